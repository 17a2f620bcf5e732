"""Decide by one rule, never by hand, whether numbers support a claim.

A claim is written as margins that are positive where it is true, one per
seed (seeds are paired: both sides of a margin come from the same seed). It
*holds* when the 95 % interval of the mean margin (Student's t over the seeds)
lies above zero, *fails* when it lies below, and is *not settled* when it
holds zero or when there are fewer than two seeds. Source: ours.
"""
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from .holm import holm

HOLDS, FAILS, OPEN = 'holds', 'fails', 'not settled'
RULE = ('holds: the 95 % interval of the mean margin over the seeds '
        "(Student's t, paired by seed; for correlations a bootstrap over the "
        'methods, then over the seeds of each) lies on the side claimed; '
        'fails: it lies on the other side; '
        'not settled: it holds zero, or there are too few seeds. A claim of '
        'several parts fails with any of them and holds with all')
# What correct() adds to it.
CORRECTED = ('the p-values of all comparisons are corrected together (Holm), '
             'and what is not below 5 % then is not settled')


class Finding(NamedTuple):
    """One comparison and its outcome.

    ``mean`` and ``spread`` (standard deviation over the seeds) are those of
    the margin, ``low`` and ``high`` the 95 % interval of its mean, and
    ``p_value`` is two-sided, of a mean of zero: NaN where there is none.
    """
    text: str
    mean: float
    spread: float
    low: float
    high: float
    seeds: int
    verdict: str
    p_value: float = math.nan


def compare(text: str, margins: Sequence[float]) -> Finding:
    """Judge margins that are positive where the claim is true.

    Args:
        text (str): Description of the comparison.
        margins (Sequence[float]): One margin per seed.

    Returns:
        Finding: NaN where there are too few seeds.
    """
    values = np.asarray(margins, dtype=np.float64)
    count = len(values)
    mean = float(values.mean()) if count else np.nan
    spread = low = high = p_value = np.nan
    # Seeds that are equal but for rounding are one run, not several.
    if count > 1 and np.ptp(values) > 1e-12 * np.abs(values).max():
        spread = float(values.std(ddof=1))
        reach = stats.t.ppf(0.975, count - 1) * spread / np.sqrt(count)
        low, high = float(mean - reach), float(mean + reach)
        p_value = _p_of_t(mean, spread, count)
    return Finding(text, mean, spread, low, high, count,
                   verdict_of_interval(low, high), p_value)


def _p_of_t(mean: float, spread: float, count: int) -> float:
    return float(2 *
                 stats.t.sf(abs(mean) / (spread / np.sqrt(count)), count - 1))


def correct(findings: Sequence[Finding]) -> list[Finding]:
    """Correct the p-values of findings, and with them their verdicts.

    Args:
        findings (Sequence[Finding]): All that a study tests.

    Returns:
        list[Finding]: With corrected ``p_value``; what was settled alone and
        is not below 5 % after :func:`holm` is *not settled*. Intervals stay
        those of one comparison.
    """
    corrected = holm([finding.p_value for finding in findings])
    return [
        finding._replace(
            p_value=p_value,
            verdict=finding.verdict if p_value < .05 else OPEN)
        for finding, p_value in zip(findings, corrected)
    ]


def verdict_of_interval(low: float, high: float) -> str:
    """Judge where the interval lies; NaN settles nothing."""
    if low > 0:
        return HOLDS
    return FAILS if high < 0 else OPEN


def verdict_of(findings: Iterable[Finding]) -> str:
    """Judge a claim with several parts: it needs all of them."""
    verdicts = [finding.verdict for finding in findings]
    if FAILS in verdicts:
        return FAILS
    return HOLDS if verdicts and set(verdicts) == {HOLDS} else OPEN
