"""Relational minus similarity, level by level, paired by seed."""
from collections.abc import Sequence

from reldistill_mm.experiments import Finding, compare, figures_of
from reldistill_mm.experiments.contrasts import contrast, paired_tests
from .factors import RECIPE, Factor, Level

SCORE = 'miou'


def lead_of(records: Sequence[dict], level: Level) -> dict[int, float]:
    """Relational's mIoU minus similarity's, by seed.

    Similarity has no terms to weigh: where it did not run, it is the
    recipe's.
    """
    other = _held_against(level)
    ours = figures_of(records, SCORE, level=level.name, method='relational')
    theirs = figures_of(records, SCORE, level=other, method='similarity')
    return {seed: ours[seed] - theirs[seed] for seed in ours if seed in theirs}


def judged_lead(records: Sequence[dict], level: Level) -> Finding:
    """Judge whether relational is ahead at a level, by seeds and scenes.

    By seeds alone where a test kept no scenes.
    """
    text = f'{level.name}: relational minus similarity'
    runs = paired_tests(
        _tests_of(records, level.name, 'relational'),
        _tests_of(records, _held_against(level), 'similarity'),
        ('relational', 'similarity'))
    if runs:
        return contrast(text, runs).finding
    return compare(text, list(lead_of(records, level).values()))


def _held_against(level: Level) -> str:
    """Level whose similarity relational is held against."""
    return level.name if 'similarity' in level.methods else RECIPE


def _tests_of(records: Sequence[dict], level: str,
              method: str) -> dict[int, dict]:
    return {
        record['seed']: record
        for record in records
        if (record['level'], record['method']) == (level, method)
    }


def judged_change(records: Sequence[dict], factor: Factor,
                  level: Level) -> Finding:
    """Judge whether the lead differs from that of the recipe, by seeds."""
    recipe = next(each for each in factor.levels if each.name == RECIPE)
    here, there = lead_of(records, level), lead_of(records, recipe)
    return compare(
        f"{level.name}: lead minus the recipe's",
        [here[seed] - there[seed] for seed in here if seed in there])
