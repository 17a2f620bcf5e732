"""Correlate the gaps of structure with mIoU."""
from collections.abc import Sequence

from reldistill_mm.experiments import (RankCorrelation,
                                       partial_rank_correlation,
                                       rank_correlation)
from .methods import GAPS, TAUGHT, family_of


def by_family(records: Sequence[dict]) -> list[dict]:
    """Take the mean of each number over the methods of a kind and a seed."""
    found: dict[tuple, list[dict]] = {}
    for record in records:
        key = family_of(record['method']), record['seed']
        found.setdefault(key, []).append(record)
    return [
        dict(
            method=family,
            seed=seed,
            **{
                name: sum(each[name] for each in group) / len(group)
                for name, value in group[0].items()
                if isinstance(value, float) and all(
                    isinstance(each.get(name), float) for each in group)
            }) for (family, seed), group in found.items()
    ]


def correlate(
    records: Sequence[dict],
    scores: Sequence[str],
    without: Sequence[str] = ()
) -> dict[tuple, RankCorrelation]:
    """Correlate each gap with each score over the records that have both.

    Seeds of one method are a group: methods, not seeds, are resampled and
    permuted.

    Args:
        records (Sequence[dict]): One record per checkpoint.
        scores (Sequence[str]): Keys of mIoUs.
        without (Sequence[str]): Methods left out.

    Returns:
        dict[tuple, RankCorrelation]: Correlations by (gap, score).
    """
    found = {}
    for gap in GAPS:
        for score in scores:
            rows = [
                r for r in records
                if r['method'] not in without and {gap, score} <= r.keys()
            ]
            found[gap, score] = rank_correlation(*([row[key] for row in rows]
                                                   for key in (gap, score,
                                                               'method')))
    return found


def correlate_given(
    records: Sequence[dict], gap: str, score: str,
    without: Sequence[str] = ()) -> RankCorrelation:
    """Correlate a gap with a score, given the teacher's mIoU at the pairs.

    Methods whose pairs the teacher labels better have a better teacher: this
    is what the gap says beyond that.

    Args:
        records (Sequence[dict]): One record per checkpoint; those without
            :data:`.methods.TAUGHT` are left out.
        gap, score (str): Keys.
        without (Sequence[str]): Methods left out.
    """
    rows = [
        r for r in records
        if r['method'] not in without and {gap, score, TAUGHT} <= r.keys()
    ]
    return partial_rank_correlation(*([row[key] for row in rows]
                                      for key in (gap, score, TAUGHT,
                                                  'method')))
