"""Rank correlation against SciPy and against all permutations."""
import itertools
import math

import numpy as np
import pytest
from scipy import stats

from reldistill_mm.analysis import rank_correlation


def slow_rho(x, y):
    """Pearson's formula on ranks that are counted, ties in the middle."""

    def ranks(values):
        return [
            sum(o < v for o in values) + (sum(o == v for o in values) + 1) / 2
            for v in values
        ]

    a, b = ranks(x), ranks(y)
    a = [v - sum(a) / len(a) for v in a]
    b = [v - sum(b) / len(b) for v in b]
    top = sum(p * q for p, q in zip(a, b))
    return top / math.sqrt(sum(p * p for p in a) * sum(q * q for q in b))


def test_rho_equals_the_slow_reference_and_scipy_with_ties():
    rng = np.random.default_rng(1)
    for _ in range(5):
        x, y = rng.integers(0, 6, 15), rng.integers(0, 6, 15)
        found = rank_correlation(x, y, draws=10)
        assert found.rho == pytest.approx(slow_rho(x.tolist(), y.tolist()))
        assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic)
        assert found.runs == 15


def test_p_value_is_that_of_all_permutations():
    x, y = [1, 2, 3, 4, 5, 6], [2., 1, 3, 5, 4, 6]
    found = rank_correlation(x, y, draws=20000)
    rho = slow_rho(x, y)
    strong = [
        abs(slow_rho(x, order)) >= abs(rho) - 1e-12
        for order in itertools.permutations(y)
    ]
    assert found.p_value == pytest.approx(np.mean(strong), abs=0.01)


def test_interval_is_the_percentile_bootstrap():
    rng = np.random.default_rng(2)
    x = rng.normal(size=25)
    y = -x + 0.5 * rng.normal(size=25)
    found = rank_correlation(x, y, draws=2000)
    resampled = []
    for _ in range(400):
        rows = rng.integers(25, size=25)
        resampled.append(stats.spearmanr(x[rows], y[rows]).statistic)
    assert (found.low, found.high) == pytest.approx(
        tuple(np.percentile(resampled, [2.5, 97.5])), abs=0.05)
    assert found.low < found.rho < found.high < 0


def test_repeats_and_does_not_see_monotonic_maps():
    x, y = np.arange(9.), np.array([3, 1, 4, 1, 5, 9, 2, 6, 5.])
    assert rank_correlation(x, y) == rank_correlation(np.exp(x), y**3)


def test_without_an_order_there_is_no_figure():
    for x, y in (([1, 2], [2, 1]), ([1, 1, 1], [1, 2, 3]), ([], [])):
        found = rank_correlation(x, y)
        assert all(map(math.isnan, found[:4])) and found.runs == len(x)


def test_bad_figures_are_named():
    with pytest.raises(ValueError, match=r'\(3,\) and \(2,\)'):
        rank_correlation([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match='nan'):
        rank_correlation([1, 2, math.nan], [1, 2, 3])
