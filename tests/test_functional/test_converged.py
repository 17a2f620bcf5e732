"""The rule that ends a training, against NumPy's line."""
import math

import numpy as np
import pytest

from reldistill_mm.functional.converged import has_settled, last_third


@pytest.mark.parametrize('count', [12, 13, 14, 30])
def test_gain_and_noise_are_those_of_a_line(count):
    scores = np.random.default_rng(count).random(count)
    found = last_third(scores.tolist())
    last = scores[-math.ceil(count / 3):]
    times = np.arange(len(last))
    line = np.polyval(np.polyfit(times, last, 1), times)
    assert found.level == pytest.approx(last.mean())
    assert found.gain == pytest.approx(line[-1] - line[0])
    assert found.noise == pytest.approx(
        np.sqrt(((last - line)**2).sum() / (len(last) - 2)))
    assert found.flat == (found.gain <= found.noise)


def test_where_a_rising_curve_ends():
    """1 - exp(-t) with noise: not before it is up, and not much later."""
    draws = np.random.default_rng(0)
    curve, times = [], np.arange(0, 20, .25)
    for time in times:
        curve.append(1 - math.exp(-time) + .01 * draws.normal())
        if last_third(curve).flat:
            break
    assert .95 < curve[-1] and time < 12


def test_what_settles_nothing():
    assert not last_third([]).flat
    assert not last_third(11 * [.5]).flat
    assert not last_third([.1 * n for n in range(30)]).flat
    assert not last_third(11 * [.5] + [math.nan]).flat
    assert last_third([.5, .4] * 6).flat and last_third(12 * [.5]).flat
    assert last_third([.9 - .01 * n for n in range(12)]).flat


@pytest.mark.parametrize('noise', [.005, .01, .02, .03])
def test_a_noisy_curve_has_settled_near_its_plateau(noise):
    """From 20 to 60 %, three quarters of the way in 28 tests."""
    ends = []
    for seed in range(40):
        draws = np.random.default_rng(seed)
        curve = []
        while not has_settled(curve):
            truth = .6 - .4 * math.exp(-len(curve) / 20)
            curve.append(truth + noise * draws.normal())
        ends.append(truth)
    assert np.median(ends) > .58 and np.quantile(ends, .1) > .55


def test_what_has_not_settled():
    assert not has_settled(15 * [.5]) and has_settled(16 * [.5])
    assert not has_settled([.1 * n for n in range(30)])
    assert not has_settled(15 * [.5] + [math.nan])
    # Flat at its last look alone.
    assert last_third([.01 * n for n in range(16)] + 8 * [.2]).flat
    assert not has_settled([.01 * n for n in range(16)] + 8 * [.2])
