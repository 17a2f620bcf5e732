"""Components, scenes and corrections, against formulas of their own."""
import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import (Finding, PairedRun, compare, contrast,
                                       correct, holm)
from reldistill_mm.experiments.variance import (miou_of, resample_scenes,
                                                split_variance)
from reldistill_mm.functional import summarise


def draw_table(seeds, subsets, deviations, generator):
    a, b, e = deviations
    return (generator.normal(0, a, seeds)[:, None] +
            generator.normal(0, b, subsets) +
            generator.normal(0, e, (seeds, subsets)))


def test_a_full_table_is_the_analysis_of_variance():
    table = draw_table(5, 8, (2, 3, 1), np.random.default_rng(0))
    cells = list(itertools.product(range(5), range(8)))
    found = split_variance([table[cell] for cell in cells],
                           *zip(*cells))  # yapf: disable
    mean = table.mean()
    rows, columns = table.mean(1), table.mean(0)
    ms_rest = ((table - rows[:, None] - columns + mean)**2).sum() / 28
    ms_seed = 8 * ((rows - mean)**2).sum() / 4
    ms_subset = 5 * ((columns - mean)**2).sum() / 7
    assert found.rest == pytest.approx(ms_rest)
    assert found.seed == pytest.approx((ms_seed - ms_rest) / 8)
    assert found.subset == pytest.approx((ms_subset - ms_rest) / 5)
    assert found.free == dict(seed=4, subset=7, rest=28)
    # What is known of the mean of a full table.
    assert sum(found.of_mean.values()) == pytest.approx(found.seed / 5 +
                                                        found.subset / 8 +
                                                        ms_rest / 40)


def test_half_a_table_has_the_components_on_average():
    """Two seeds per subset; the mean over many draws is the truth."""
    cells = [(k % 5, k) for k in range(8)] + [((k + 2) % 5, k)
                                              for k in range(8)]
    generator = np.random.default_rng(1)
    found = []
    for _ in range(600):
        table = draw_table(5, 8, (2, 3, 1), generator)
        one = split_variance([table[cell] for cell in cells],
                             *zip(*cells))  # yapf: disable
        found.append((one.seed, one.subset, one.rest))
    # Components cut off at zero are a little too large on average.
    assert np.mean(found, 0) == pytest.approx([4, 9, 1], rel=.12)


def test_seeds_alone_are_the_plain_variance():
    values = [.4, .1, .3, .25]
    found = split_variance(values, range(4), 4 * ['all labels'])
    assert found.seed == pytest.approx(np.var(values, ddof=1))
    assert found.of_mean['seed'] == pytest.approx(np.var(values, ddof=1) / 4)
    assert math.isnan(found.subset) and math.isnan(found.rest)
    with pytest.raises(BadInput, match='not finite'):
        split_variance([math.nan, 1.], range(2), range(2))
    with pytest.raises(BadInput, match='are no runs'):
        split_variance([], [], [])


@pytest.mark.parametrize('seeds, subsets', [('ab', 'xy'), ('abcd', 'wxyz')])
def test_seeds_that_share_no_subset_are_the_plain_t_test(seeds, subsets):
    """Nothing of the runs' spread may be lost, or intervals are too short."""
    values = [.4, .1, .3, .25][:len(seeds)]
    found = split_variance(values, seeds, subsets)
    plain = np.var(values, ddof=1) / len(values)
    assert sum(found.of_mean.values()) == pytest.approx(plain)
    assert found.free['rest'] == len(values) - 1


def test_parts_that_share_nothing_are_the_units():
    found = split_variance([1., 3., 5., 7., 9.], 'aabbc', 'xyzwv')
    assert found.of_mean['rest'] == pytest.approx(
        np.var([2., 6., 9.], ddof=1) * (4 + 4 + 1) / 25)
    assert found.free['rest'] == 2
    # Connected through a run: the parts are no longer units.
    assert split_variance([1., 3., 5., 7.], 'aabb', 'xyyz').free == dict(
        rest=0, seed=1, subset=2)


def random_counts(*shape, classes=4, seed=0):
    return np.random.default_rng(seed).integers(0, 50,
                                                (*shape, classes, classes))


def test_miou_is_that_of_the_metric():
    counts = random_counts(3)
    counts[1, 2], counts[1, :, 2] = 0, 0
    assert miou_of(counts) == pytest.approx(
        [summarise(torch.from_numpy(each))['miou'] for each in counts])


def test_scenes_are_drawn_as_a_loop_draws_them():
    left, right = random_counts(2, 5, seed=1), random_counts(2, 5, seed=2)
    found = resample_scenes(left, right, draws=20, seed=3)
    times = np.random.default_rng(3).multinomial(5, np.full(5, .2), size=20)
    for drawn, value in zip(times, found):
        scenes = [s for s in range(5) for _ in range(drawn[s])]
        margins = [
            summarise(torch.from_numpy(sum(a[s] for s in scenes)))['miou'] -
            summarise(torch.from_numpy(sum(b[s] for s in scenes)))['miou']
            for a, b in zip(left, right)
        ]
        assert value == pytest.approx(np.mean(margins))


def paired(left, right, subset='all labels'):
    return [PairedRun(seed, subset, *pair)
            for seed, pair in enumerate(zip(left, right))]  # yapf: disable


def test_scenes_that_are_alike_leave_the_t_test_of_the_seeds():
    left, right = (
        np.repeat(random_counts(6, 1, seed=seed), 10, axis=1)
        for seed in (1, 2))
    found = contrast('x', paired(left, right))
    margins = miou_of(left.sum(1)) - miou_of(right.sum(1))
    plain = compare('x', margins)
    for key in ('mean', 'spread', 'low', 'high', 'p_value'):
        assert getattr(found.finding,
                       key) == pytest.approx(getattr(plain, key))
    assert found.errors['scene'] == pytest.approx(0, abs=1e-12)
    assert found.free == pytest.approx(5)
    assert found.levels == dict(seeds=6, subsets=1, scenes=10)


def test_scenes_widen_the_interval():
    left, right = random_counts(6, 10, seed=1), random_counts(6, 10, seed=2)
    found = contrast('x', paired(left, right))
    error = math.sqrt(sum(each**2 for each in found.errors.values()))
    drawn = resample_scenes(left, right)
    assert found.errors['scene'] == pytest.approx(
        drawn.std(ddof=1) * math.sqrt(10 / 9))
    assert found.errors['scene'] > 0
    half = (found.finding.high - found.finding.low) / 2
    assert half == pytest.approx(stats.t.ppf(.975, found.free) * error)


def test_one_seed_settles_nothing():
    found = contrast('x', paired(random_counts(1, 4), random_counts(1, 4)))
    assert found.finding.verdict == 'not settled'
    assert math.isnan(found.finding.low) and math.isnan(found.finding.p_value)
    with pytest.raises(BadInput, match='no run'):
        contrast('x', [])


def test_one_scene_and_one_run_under_several_seeds_settle_nothing():
    left, right = random_counts(5, 10, seed=1), random_counts(5, 10, seed=2)
    assert contrast('x', paired(left, right)).free > 0
    for same in ((left[:, :1], right[:, :1]), (left[:1].repeat(5, 0), right),
                 (left, right[:1].repeat(5, 0))):
        found = contrast('x', paired(*same)).finding
        assert found.verdict == 'not settled' and math.isnan(found.low)


def rejected(p_values, level):
    """Holm's procedure, step by step."""
    left, out = list(range(len(p_values))), set()
    while left:
        smallest = min(left, key=lambda n: p_values[n])
        if p_values[smallest] > level / len(left):
            break
        out.add(smallest)
        left.remove(smallest)
    return out


@pytest.mark.parametrize('seed', range(5))
def test_holm_rejects_what_the_procedure_rejects(seed):
    p_values = (np.random.default_rng(seed).random(7)**3).tolist()
    corrected = holm(p_values)
    for level in (.01, .05, .1, .3):
        assert {n
                for n, p in enumerate(corrected)
                if p <= level} == rejected(p_values, level)


def test_what_is_no_test_is_not_counted():
    assert holm([.02, math.nan, .03])[::2] == pytest.approx([.04, .04])
    assert math.isnan(holm([math.nan])[0]) and holm([]) == []


def test_a_verdict_that_does_not_survive():
    alone = Finding('x', 1, 1, .1, 2, 5, 'holds', .03)
    sure = alone._replace(verdict='fails', p_value=.001)
    odd = alone._replace(p_value=math.nan)
    found = correct([alone, sure, odd, alone])
    assert [one.verdict for one in found
            ] == ['not settled', 'fails', 'not settled', 'not settled']
    assert found[1].p_value == pytest.approx(.003)
    assert found[0].p_value == pytest.approx(.06)
