"""The six claims of the paper, each judged from the runs' records.

A record is one checkpoint: ``method``, ``seed``, the measures of
``StructureMetric`` with :func:`.methods.with_gaps`, ``miou`` (zero-shot), and
the mIoU of each downstream protocol under the protocol's name.
"""
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from reldistill_mm.experiments import (Finding, RankCorrelation, compare,
                                       correct, figures_of, verdict_of)
from reldistill_mm.experiments.claims import verdict_of_interval
from reldistill_mm.experiments.contrasts import (PairedRun, contrast,
                                                 paired_tests)
from .correlations import correlate
from .methods import GAPS, ZERO_SHOT

OTHERS = ('contrastive', 'similarity')
FEW_SHOT = ('Few-shot mIoU, in distribution and out of it: relational above '
            'similarity')


class Claim(NamedTuple):
    """A claim of the paper, the findings on its parts, and its verdict."""
    number: int
    text: str
    parts: list[Finding]
    verdict: str


def judge_claims(
    records: Sequence[dict],
    inside: Sequence[str] = (),
    outside: Sequence[str] = (),
    toy: dict | None = None,
    fine_tuned: Sequence[Finding] = ()) -> list[Claim]:
    """Judge all six claims.

    Args:
        records (Sequence[dict]): One record per checkpoint.
        inside (Sequence[str]): Few-shot protocols
            (:func:`.evaluation.is_few_shot`) on the data that the student
            was distilled on. Others, such as a linear probe, are not judged.
        outside (Sequence[str]): Few-shot protocols on other data.
        toy (dict, optional): Content of ToyClusters' ``results.json``.
        fine_tuned (Sequence[Finding]): What another study has found on the
            few-shot claim, corrected there. Defaults to none: it is judged by
            ``inside`` and ``outside``.

    Returns:
        list[Claim]: In the order of the paper's claims.
    """
    scores = (ZERO_SHOT, *inside, *outside)
    correlations = [
        _negative(name, found)
        for name, found in correlate(records, scores).items()
    ]
    if not scores[1:]:
        # Half of the claim was not examined, as below.
        correlations.append(compare('few-shot mIoU', []))
    few_shot = []
    for protocols, where in ((inside, 'same world'), (outside,
                                                      'another world')):
        few_shot += [
            _better(records, 'similarity', protocol, f'{protocol} ({where})')
            for protocol in protocols
        ]
        if scores[1:] and not protocols:
            # Half of the claim was not examined.
            few_shot.append(compare(where, []))
    claims = {
        "Contrastive: U above the teacher's, T below; similarity: the other "
        'way round':
        _sides(records),
        "Relational: U and T closest to the teacher's, G smallest":
        _closest(records),
        'The gap is negatively correlated with zero-shot and few-shot mIoU':
        correlations,
        'Zero-shot mIoU: relational above contrastive, and above similarity '
        '(the paper has 2.1 to 2.7 points; a smaller lead holds, too)':
        [_better(records, other, ZERO_SHOT, 'zero-shot') for other in OTHERS],
        FEW_SHOT:
        few_shot,
    }
    claims = _corrected(claims)
    if fine_tuned:
        claims[FEW_SHOT] = [*fine_tuned, compare('another world', [])]
    # Its own study judges it.
    claims['Toy study: U over t against that of the source'] = _toy(toy)
    return [
        Claim(number, text, parts, verdict_of(parts))
        for number, (text, parts) in enumerate(claims.items(), 1)
    ]


def _corrected(claims: dict[str, list[Finding]]) -> dict[str, list[Finding]]:
    """Correct the p-values of all parts of all claims together."""
    corrected = iter(
        correct([part for parts in claims.values() for part in parts]))
    return {
        text: list(islice(corrected, len(parts)))
        for text, parts in claims.items()
    }


def scene_runs(records: Sequence[dict], left: str,
               right: str) -> list[PairedRun]:
    """Pair the zero-shot tests of two methods, scene by scene.

    Args:
        records (Sequence[dict]): One record per checkpoint.
        left, right (str): Methods.

    Returns:
        list[PairedRun]: Nothing where a test kept no scenes.
    """
    sides = [{
        record['seed']: record
        for record in records if record['method'] == method
    } for method in (left, right)]
    return paired_tests(*sides, (left, right))


def paired(records: Sequence[dict], left: tuple, right: tuple) -> list[float]:
    """Compute ``left - right`` for every seed that has both.

    Args:
        records (Sequence[dict]): One record per checkpoint.
        left, right (tuple): Method and measure.
    """
    mine, theirs = (figures_of(records, figure, method=method)
                    for method, figure in (left, right))
    return [mine[seed] - theirs[seed] for seed in mine if seed in theirs]


def _sides(records: Sequence[dict]) -> list[Finding]:
    parts = []
    for method, higher, lower in (('contrastive', 'uniformity', 'tolerance'),
                                  ('similarity', 'tolerance', 'uniformity')):
        for figure, sign in ((higher, 1), (lower, -1)):
            margins = paired(records, (method, figure),
                             (method, f'teacher_{figure}'))
            word = 'above' if sign > 0 else 'below'
            parts.append(
                compare(f"{method}: {figure} {word} the teacher's",
                        [sign * margin for margin in margins]))
    return parts


def _closest(records: Sequence[dict]) -> list[Finding]:
    return [
        compare(f"relational: {symbol} below {other}'s",
                paired(records, (other, gap), ('relational', gap)))
        for gap, symbol in GAPS.items() for other in OTHERS
    ]


def _better(records: Sequence[dict], other: str, score: str,
            name: str) -> Finding:
    text = f'{name} mIoU: relational above {other}'
    if score == ZERO_SHOT:
        runs = scene_runs(records, 'relational', other)
        if runs:
            return contrast(text, runs).finding
    return compare(text, paired(records, ('relational', score),
                                (other, score)))


def _negative(pair: tuple, found: RankCorrelation) -> Finding:
    """Turn a correlation into a margin, positive where it is negative."""
    gap, score = pair
    low, high = -found.high, -found.low
    return Finding(f'−ρ({GAPS[gap]}, {score})', -found.rho,
                   float('nan'), low, high, found.runs,
                   verdict_of_interval(low, high), found.p_value)


def _toy(toy: dict | None) -> list[Finding]:
    """List ToyClusters' findings, part by part."""
    if toy is None:
        return []
    nan = float('nan')
    return [
        Finding(
            f"{set_up}, {part['text']}",
            *(nan if part[key] is None else part[key]
              for key in ('mean', 'spread', 'low', 'high')), part['seeds'],
            part['verdict']) for set_up, parts in toy['findings'].items()
        for part in parts
    ]
