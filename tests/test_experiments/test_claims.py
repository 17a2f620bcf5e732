"""The rule that turns margins into verdicts."""
import math

import pytest
from scipy import stats

from reldistill_mm.experiments import Finding, compare, verdict_of


def test_interval_is_that_of_the_t_test():
    margins = [0.4, 0.1, 0.3, 0.25]
    found = compare('x', margins)
    expected = stats.ttest_1samp(margins, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.mean == pytest.approx(0.2625)
    assert found.spread == pytest.approx(
        math.sqrt(sum((m - 0.2625)**2 for m in margins) / 3))


@pytest.mark.parametrize(
    'margins, verdict',
    [
        ([1.0, 1.1, 0.9], 'holds'),
        ([-1.0, -1.1, -0.9], 'fails'),
        ([1.0, -1.1, 0.9], 'not settled'),
        ([0.1, 0.9, 2.0], 'not settled'),
        # One run under two seeds, and rounding alone.
        ([0.5, 0.5], 'not settled'),
        ([.3 - .1, .2, .2], 'not settled'),
        ([0.5, 0.501], 'holds'),
        ([0.0, 0.0, 0.0], 'not settled'),
        ([1.0], 'not settled'),
        ([], 'not settled'),
    ])
def test_verdicts(margins, verdict):
    assert compare('x', margins).verdict == verdict


def test_nan_settles_nothing():
    assert compare('x', [math.nan, 1., 1.]).verdict == 'not settled'


@pytest.mark.parametrize('parts, verdict', [
    (['holds', 'holds'], 'holds'),
    (['holds', 'not settled'], 'not settled'),
    (['holds', 'not settled', 'fails'], 'fails'),
    ([], 'not settled'),
])
def test_a_claim_needs_all_its_parts(parts, verdict):
    findings = [Finding('x', 0, 0, 0, 0, 3, part) for part in parts]
    assert verdict_of(findings) == verdict
