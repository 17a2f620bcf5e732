"""P-values of several tests, corrected together."""
from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979).

    The smallest of m is multiplied by m, the next by m - 1, and so on; none
    becomes smaller than one before it, and none larger than 1. Calling a test
    significant below 0.05 then errs once among all of them with a probability
    of 5 % at most, however they depend on each other.

    Args:
        p_values (Sequence[float]): One per test; NaN for one that could not be
            done, which stays NaN and does not count.

    Returns:
        list[float]: In the same order.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, np.float64)
    known = np.flatnonzero(np.isfinite(values))
    result = np.full(len(values), np.nan)
    worst = 0.
    for place, index in enumerate(known[np.argsort(values[known])]):
        worst = max(worst, (len(known) - place) * values[index])
        result[index] = min(worst, 1.)
    return result.tolist()
