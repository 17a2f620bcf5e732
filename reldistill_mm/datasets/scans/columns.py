"""Find the number of columns of a bare table of floats."""
import numpy as np

# Numbers of columns that files of points have.
_COUNTS = (3, 4, 5, 6, 7)
# Values in which each of these numbers of columns begins again.
_PERIOD = 420
# Blocks of that many values to look at; the rest of a file is like them.
_BLOCKS = 200
# Share of the variance by which another number of columns must explain more.
_CLEARLY = 0.1
# By chance, count / V is explained; fewer values tell nothing.
_CHANCE = 20
_FEW = 100


def other_columns(values: np.ndarray, columns: int) -> list[int]:
    """List the numbers of columns that clearly fit better than the given.

    The columns of a table differ (heights are small, intensities large), and
    a wrong number mixes them until all are alike. Source: ours; the share of
    variance between groups is R. A. Fisher's correlation ratio.

    Args:
        values (np.ndarray): (V,) all values of the file.
        columns (int): Number of columns that the file is read with.

    Returns:
        list[int]: One number or none; none for files of few values.
    """
    period = int(np.lcm(_PERIOD, columns))
    if len(values) > _BLOCKS * period:
        blocks = values[:len(values) // period * period].reshape(-1, period)
        sizes = np.abs(blocks[::len(blocks) // _BLOCKS]).reshape(-1)
    else:
        sizes = np.abs(values)
    if len(sizes) < _FEW:
        return []
    # Logarithms, lest single values decide.
    sizes = np.log1p(np.nan_to_num(sizes.astype(np.float64)))
    shares = {
        count: _difference(sizes, count)
        for count in _COUNTS if len(values) % count == 0
    }
    best = max(shares.values(), default=0)
    if best <= _difference(sizes, columns) + _CLEARLY + _CHANCE / len(sizes):
        return []
    # Its multiples fit as well.
    return [next(n for n, share in shares.items() if share > best - _CLEARLY)]


def _difference(sizes: np.ndarray, count: int) -> float:
    """Share of the variance that is between columns, from 0 to 1."""
    sizes = sizes[:len(sizes) // count * count]
    total = float(sizes.var())
    means = sizes.reshape(-1, count).mean(0)
    return float(means.var()) / total if total > 0 else 0.
