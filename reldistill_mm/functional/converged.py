"""When a curve of scores has stopped rising."""
import math
from collections.abc import Sequence
from typing import NamedTuple

# A third of them still has a line and a noise about it.
LEAST = 12
_ROUNDING = 1e-9
# A single look is flat by luck: all of a curve's last quarter must be.
SETTLED = 16


class LastThird(NamedTuple):
    """What the last third of a curve gains, and how sure that is.

    Attributes:
        level: Mean of its scores.
        gain: Rise of the least-squares line from its first score to its last.
        noise: Standard deviation of its scores about that line.
        flat: Whether the curve has stopped rising: ``gain <= noise``, but for
            rounding.
    """
    level: float
    gain: float
    noise: float
    flat: bool


def last_third(scores: Sequence[float]) -> LastThird:
    r"""Judge whether a training has converged, by one rule.

    A curve of scores at equal distances has converged when its last third
    gains no more than its noise: with the line :math:`a + b t` of least
    squares through the last :math:`m = \lceil M / 3 \rceil` of M scores, the
    gain is :math:`b (m - 1)` and the noise the standard deviation about the
    line, :math:`\sqrt{\sum r^2 / (m - 2)}`. A curve that falls has converged,
    too. Source: ours.

    Args:
        scores (Sequence[float]): M scores, more is better.

    Returns:
        LastThird: Never ``flat`` for fewer than 12 scores, or with one that
        is not finite.

    Example:
        >>> last_third([0.1 * n for n in range(12)]).flat
        False
        >>> last_third([0.5, 0.6, 0.65, 0.68] + 4 * [0.7, 0.69]).flat
        True
    """
    count = math.ceil(len(scores) / 3)
    last = [float(score) for score in scores[len(scores) - count:]]
    if not last or not all(map(math.isfinite, last)):
        return LastThird(math.nan, math.nan, math.nan, False)
    level = sum(last) / count
    if count < 3:
        return LastThird(level, math.nan, math.nan, False)
    times = [n - (count - 1) / 2 for n in range(count)]
    slope = (
        sum(t * y for t, y in zip(times, last)) / sum(t * t for t in times))
    rest = sum((y - level - slope * t)**2 for t, y in zip(times, last))
    gain, noise = slope * (count - 1), math.sqrt(rest / (count - 2))
    flat = len(scores) >= LEAST and gain <= noise + _ROUNDING
    return LastThird(level, gain, noise, flat)


def has_settled(scores: Sequence[float]) -> bool:
    r"""Judge whether a curve has stopped rising, and not by luck.

    The gain of a last third has about the noise of one score, so that a curve
    that still rises looks flat now and then. It has settled when it was flat
    (:func:`last_third`) after each score from the
    :math:`\lceil 3 M / 4 \rceil`-th on. Source: ours.

    Args:
        scores (Sequence[float]): M scores, more is better.

    Returns:
        bool: False for fewer than 16 scores.

    Example:
        >>> has_settled([0.1 * n for n in range(20)])
        False
        >>> has_settled([0.5, 0.6] + 10 * [0.7, 0.69])
        True
    """
    count = len(scores)
    looks = range(math.ceil(3 * count / 4), count + 1)
    return count >= SETTLED and all(
        last_third(scores[:end]).flat for end in looks)
