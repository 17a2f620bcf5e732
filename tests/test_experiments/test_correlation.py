"""Rank correlation against SciPy and against all permutations."""
import itertools
import math

import numpy as np
import pytest
from scipy import stats

from reldistill_mm.experiments import rank_correlation


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
    rho = slow_rho(x, y)
    strong = [
        abs(slow_rho(x, order)) >= abs(rho) - 1e-12
        for order in itertools.permutations(y)
    ]
    assert rank_correlation(x, y).p_value == pytest.approx(np.mean(strong))
    # Fewer draws than orders: drawn at random.
    found = rank_correlation(x, y, draws=700)
    assert found.p_value == pytest.approx(np.mean(strong), abs=0.03)
    assert found.p_value != np.mean(strong)


def test_interval_is_the_percentile_bootstrap():
    rng = np.random.default_rng(2)
    x = rng.normal(size=25)
    y = -x + 0.5 * rng.normal(size=25)
    found = rank_correlation(x, y)
    resampled = []
    for _ in range(1200):
        rows = rng.integers(25, size=25)
        resampled.append(stats.spearmanr(x[rows], y[rows]).statistic)
    assert (found.low, found.high) == pytest.approx(
        tuple(np.percentile(resampled, [2.5, 97.5])), abs=0.05)
    assert found.low < found.rho < found.high < 0


def grouped(sizes=(3, 1, 2, 3, 2)):
    """Groups far apart and alike inside, of different sizes."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=len(sizes))[group]
    y = 0.5 * rng.normal(size=len(sizes))[group] - x
    noise = 0.05 * rng.normal(size=(2, len(group)))
    return x + noise[0], y + noise[1], group


def test_groups_are_drawn_before_the_runs_in_them():
    x, y, group = grouped()
    found = rank_correlation(x, y, group.tolist())
    assert (found.runs, found.groups) == (11, 5)
    assert found.rho == pytest.approx(slow_rho(x.tolist(), y.tolist()))
    rng = np.random.default_rng(4)
    resampled = []
    for _ in range(1500):
        rows = []
        for one in rng.integers(5, size=5):
            members = np.flatnonzero(group == one)
            rows.extend(rng.choice(members, len(members)))
        if len(set(x[rows])) > 1:
            resampled.append(slow_rho(x[rows].tolist(), y[rows].tolist()))
    assert (found.low, found.high) == pytest.approx(
        tuple(np.percentile(resampled, [2.5, 97.5])), abs=0.08)


def test_p_value_of_groups_is_that_of_the_orders_of_their_means():
    x, y, group = grouped()
    means = [[float(side[group == one].mean()) for one in range(5)]
             for side in (x, y)]  # yapf: disable
    rho = abs(slow_rho(*means))
    strong = [
        abs(slow_rho(means[0], list(order))) >= rho - 1e-12
        for order in itertools.permutations(means[1])
    ]
    found = rank_correlation(x, y, [f'method {one}' for one in group])
    assert found.p_value == pytest.approx(np.mean(strong))
    # As if seeds were independent, it would come out too small.
    assert found.p_value > rank_correlation(x, y).p_value
    best = rank_correlation(x, -x, group)
    assert best.rho == -1 and best.p_value == pytest.approx(2 / 120)


def test_two_groups_have_no_interval():
    found = rank_correlation([1, 2, 3, 4], [4, 3, 2, 1], list('aabb'))
    assert found.rho == -1 and found.groups == 2
    assert all(map(math.isnan, (found.low, found.high, found.p_value)))


def test_runs_without_a_figure_are_left_out_and_counted():
    x, y = [1., 5, 2, 3, 4, 9], [3, None, 1, 4, 2, math.inf]
    found = rank_correlation(x, y, list('abcabc'))
    kept = rank_correlation([1, 2, 3, 4], [3, 1, 4, 2], list('acab'))
    assert found == kept._replace(left_out=2)
    gone = rank_correlation([math.nan] * 4, [1, 2, 3, 4])
    assert math.isnan(gone.rho) and (gone.runs, gone.left_out) == (0, 4)


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
    with pytest.raises(ValueError, match='groups of 2'):
        rank_correlation([1, 2, 3], [1, 2, 3], [0, 1])
