"""Partial rank correlation and Holm's correction, against references."""
import math

import numpy as np
import pytest
from scipy import stats

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import (holm, partial_rank_correlation,
                                       rank_correlation)


def slow(x, y, z):
    """The formula of the three correlations."""
    xy, xz, yz = (stats.spearmanr(a, b).statistic
                  for a, b in ((x, y), (x, z), (y, z)))
    return (xy - xz * yz) / math.sqrt((1 - xz**2) * (1 - yz**2))


def test_it_equals_the_formula_with_ties():
    rng = np.random.default_rng(0)
    for _ in range(5):
        x, y, z = rng.integers(0, 6, (3, 15))
        found = partial_rank_correlation(x, y, z, draws=10)
        assert found.rho == pytest.approx(slow(x, y, z))
        assert (found.runs, found.groups, found.left_out) == (15, 15, 0)


def test_what_both_owe_to_the_third_is_taken_out():
    rng = np.random.default_rng(0)
    third = rng.normal(size=40)
    x, y = third + rng.normal(size=(2, 40)) / 3
    assert rank_correlation(x, y, draws=100).rho > 0.7
    found = partial_rank_correlation(x, y, third)
    assert abs(found.rho) < 0.3 and found.low < 0 < found.high
    assert found.p_value > 0.05
    strong = partial_rank_correlation(x, x + rng.normal(size=40) / 9, third)
    assert strong.rho > 0.8 and strong.p_value < 0.01 and strong.low > 0


def test_seeds_of_a_method_are_one_group():
    rng = np.random.default_rng(1)
    means = rng.normal(size=(3, 6)).repeat(3, 1)
    columns = means + rng.normal(size=(3, 18)) / 100
    groups = np.arange(6).repeat(3)
    one = partial_rank_correlation(*columns, groups)
    alone = partial_rank_correlation(*columns)
    assert one.rho == alone.rho and one.groups == 6
    assert one.high - one.low > alone.high - alone.low
    # 720 orders of six groups: all are taken.
    assert one.p_value == pytest.approx(round(720 * one.p_value) / 720)
    assert one == partial_rank_correlation(*columns, groups)


@pytest.mark.parametrize('columns', [
    ([1, 2, 3], [1, 2, 3], [2, 1, 3]),
    ([1, 2, 3, 4, 5], [2, 1, 3, 5, 4], [7.] * 5),
    ([1, 2, 3, 4, 5], [2, 1, 3, 5, 4], [1, 2, 3, 4, 5]),
    ([1.] * 5, [2, 1, 3, 5, 4], [1, 3, 2, 4, 5]),
])
def test_where_nothing_is_left_there_is_no_rho(columns):
    found = partial_rank_correlation(*columns)
    assert all(math.isnan(value) for value in found[:4])


def test_few_groups_have_a_rho_alone():
    rng = np.random.default_rng(0)
    found = partial_rank_correlation(*rng.normal(size=(3, 9)), 'aaabbbccc')
    assert math.isfinite(found.rho) and math.isnan(found.p_value)


def test_runs_without_a_number_are_left_out():
    rng = np.random.default_rng(0)
    x, y, z = rng.normal(size=(3, 9))
    z[2] = np.nan
    found = partial_rank_correlation(x, [*y[:8], None], z)
    assert (found.runs, found.left_out) == (7, 2)
    with pytest.raises(BadInput, match='cannot be correlated'):
        partial_rank_correlation(x, y, z[:3])


def slow_holm(p_values):
    m = len(p_values)
    order = sorted(range(m), key=lambda i: p_values[i])
    found = [0.] * m
    for place, i in enumerate(order):
        found[i] = max(
            min(1, (m - k) * p_values[j])
            for k, j in enumerate(order[:place + 1]))
    return found


def test_holm():
    rng = np.random.default_rng(0)
    for _ in range(5):
        values = rng.random(7)**2
        assert holm(values) == pytest.approx(slow_holm(values.tolist()))
    with_nan = holm([.01, math.nan, .04])
    assert with_nan[0] == .02 and math.isnan(with_nan[1])
    assert with_nan[2] == .04 and holm([]) == []
