"""Relational minus similarity, level by level, paired by seed."""
from collections.abc import Sequence

from reldistill_mm.experiments import Finding, compare, figures_of
from .factors import RECIPE, Factor, Level

SCORE = 'miou'


def lead_of(records: Sequence[dict], level: Level) -> dict[int, float]:
    """Relational's mIoU minus similarity's, by seed.

    Similarity has no terms to weigh: where it did not run, it is the
    recipe's.
    """
    other = level.name if 'similarity' in level.methods else RECIPE
    ours = figures_of(records, SCORE, level=level.name, method='relational')
    theirs = figures_of(records, SCORE, level=other, method='similarity')
    return {seed: ours[seed] - theirs[seed] for seed in ours if seed in theirs}


def judged_lead(records: Sequence[dict], level: Level) -> Finding:
    """Judge whether relational is ahead at a level."""
    return compare(f'{level.name}: relational minus similarity',
                   list(lead_of(records, level).values()))


def judged_change(records: Sequence[dict], factor: Factor,
                  level: Level) -> Finding:
    """Judge whether the lead differs from that of the recipe."""
    recipe = next(each for each in factor.levels if each.name == RECIPE)
    here, there = lead_of(records, level), lead_of(records, recipe)
    return compare(
        f"{level.name}: lead minus the recipe's",
        [here[seed] - there[seed] for seed in here if seed in there])
