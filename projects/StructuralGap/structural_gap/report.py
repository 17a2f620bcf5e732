"""Format records and claims as tables."""
from collections.abc import Sequence

from reldistill_mm.experiments import (Finding, RankCorrelation, figures_of,
                                       holm, markdown_table, spread_text)
from reldistill_mm.experiments.claims import CORRECTED, RULE
from .claims import Claim
from .correlations import by_family, correlate, correlate_given
from .methods import GAPS, TAUGHT, ZERO_SHOT

_STRUCTURE = dict(
    uniformity='U', tolerance='T', **GAPS, cka='CKA')  # yapf: disable
SCENES = ('Zero-shot mIoU of two methods is compared over seeds and scenes '
          'where the tests kept theirs; whatever else is compared, and all of '
          'it where they did not, holds for these scenes: other scenes are '
          'not in its intervals. Claim 5 is corrected within its own study, '
          'claim 6 not at all.')
# Nothing ties this method's axes to the words, so its zero-shot mIoU means
# nothing, however close its structure is.
UNTIED = 'relational_intra'


def to_markdown(records: Sequence[dict], claims: Sequence[Claim],
                scores: Sequence[str], notes: Sequence[str]) -> str:
    """Format the study's page.

    Args:
        records (Sequence[dict]): One record per checkpoint.
        claims (Sequence[Claim]): Claims from :func:`.claims.judge_claims`.
        scores (Sequence[str]): Keys of downstream mIoUs.
        notes (Sequence[str]): Lines on how the runs were made.
    """
    scores = (ZERO_SHOT, *scores)
    parts = [
        '# Results of StructuralGap', '\n'.join(f'- {note}' for note in notes),
        '## Structure and mIoU',
        'Mean ± standard deviation over the seeds; mIoU in %, last epoch, '
        'on all points.',
        structure_table(records, scores), '## The claims of the paper',
        claims_table(claims), f'Rule: {RULE}; {CORRECTED}. {SCENES}',
        '### Their parts',
        parts_table(claims), '## Rank correlation of gap and mIoU',
        "Spearman's ρ over all runs [95 % interval of a bootstrap over the "
        'methods, then over the seeds of each], p over the orders of the '
        "methods' means (five methods: never below 0.017); p* is corrected "
        'for the number of correlations in its table (Holm).',
        correlation_table(correlate(records, scores), scores),
        'Methods with one kind of loss (relational, contrastive, similarity) '
        'are not independent, so these p are too small. Over the kinds:',
        correlation_table(
            correlate(by_family(records), scores), scores, 'kinds of loss')
    ]
    if any(TAUGHT in record for record in records):
        parts += [
            "Given the teacher's mIoU at the pairs that each method is "
            'trained on (partial correlation of ranks; p by permuting what '
            'is left of the means):',
            correlation_table(
                {
                    (gap, score): correlate_given(records, gap, score)
                    for gap in GAPS
                    for score in scores
                }, scores)
        ]
    if any(record['method'] == UNTIED for record in records):
        parts += [
            f'Without `{UNTIED}`, whose axes nothing ties to the words:',
            correlation_table(correlate(records, scores, [UNTIED]), scores)
        ]
    return '\n\n'.join(parts) + '\n'


def structure_table(records: Sequence[dict], scores: Sequence[str]) -> str:
    """Format one row per method, the teacher first."""
    methods = list(dict.fromkeys(record['method'] for record in records))

    def cells(method: str, names: Sequence[str], **how) -> list[str]:
        return [
            spread_text(
                figures_of(records, name, method=method).values(), **how)
            for name in names
        ]

    teacher = cells(methods[0], ('teacher_uniformity', 'teacher_tolerance'))
    rows = [['teacher', '', *teacher, '0', '0', '0', '1'] + [''] * len(scores)]
    for method in methods:
        runs = len(figures_of(records, ZERO_SHOT, method=method))
        rows.append([method, runs, *cells(method, _STRUCTURE)] +
                    cells(method, scores, digits=1, factor=100))
    header = ['method', 'seeds', *_STRUCTURE.values()
              ] + [_score_name(score) for score in scores]
    return markdown_table(header, rows)


def claims_table(claims: Sequence[Claim]) -> str:
    """Format one row per claim."""
    rows = []
    for claim in claims:
        held = sum(part.verdict == 'holds' for part in claim.parts)
        came = ('; '.join(map(_in_words, claim.parts))
                if 0 < len(claim.parts) <= 4 else
                f'{held} of {len(claim.parts)} parts hold')
        if not claim.parts:
            came = 'not run'
        rows.append([f'{claim.number}. {claim.text}', came, claim.verdict])
    return markdown_table(['claim', 'here (margin, positive: as claimed)',
                           'verdict'], rows)  # yapf: disable


def parts_table(claims: Sequence[Claim]) -> str:
    """Format one row per comparison."""
    rows = [[f'{claim.number}. {part.text}', part.seeds,
             _number(part), _interval(part), part.verdict]
            for claim in claims for part in claim.parts]  # yapf: disable
    return markdown_table([
        'margin (positive: as claimed)', 'seeds or runs', 'mean ± spread',
        '95 % interval', 'verdict'
    ], rows)


def correlation_table(found: dict[tuple, RankCorrelation],
                      scores: Sequence[str],
                      of: str = 'methods') -> str:
    """Format one row per score and one column per gap."""
    tests = [(gap, score) for gap in GAPS for score in scores]
    corrected = dict(zip(tests, holm([found[key].p_value for key in tests])))
    rows = []
    for score in scores:
        keys = [(gap, score) for gap in GAPS]
        rows.append([
            _score_name(score),
            *(correlation_text(found[key], of, corrected[key]) for key in keys)
        ])
    return markdown_table(['', *GAPS.values()], rows)


def rho_text(found: RankCorrelation, of: str = 'methods') -> str:
    """Format rho, or say why there is none.

    Args:
        found (RankCorrelation): A correlation.
        of (str): What is ranked.
    """
    if found.groups < 3:
        return f'no ρ: fewer than 3 {of}'
    if found.rho != found.rho:
        return 'no ρ: all values equal'
    return f'ρ = {found.rho:+.2f}'


def correlation_text(found: RankCorrelation,
                     of: str = 'methods',
                     corrected: float | None = None) -> str:
    """Format rho, interval, p, p corrected, and the number of runs."""
    text = rho_text(found, of).removeprefix('ρ = ')
    if found.low == found.low:
        text += (f' [{found.low:+.2f}, {found.high:+.2f}], '
                 f'p = {found.p_value:.3f}')
        if corrected is not None and corrected == corrected:
            text += f', p* = {corrected:.3f}'
    text += f', n = {found.runs}'
    if found.groups < found.runs:
        text += f' runs of {found.groups} {of}'
    if found.left_out:
        text += f' ({found.left_out} without a figure left out)'
    return text


def _score_name(score: str) -> str:
    return 'zero-shot mIoU' if score == ZERO_SHOT else f'{score} mIoU'


def _in_words(part: Finding) -> str:
    return f'{part.text}: {_number(part)}'


def _number(part: Finding) -> str:
    """Format a margin; those of mIoU are in points."""
    if part.mean != part.mean:
        return '–'
    points = 'mIoU' in part.text
    factor, digits, unit = (100, 1, ' points') if points else (1, 3, '')
    text = f'{factor * part.mean:+.{digits}f}'
    if part.spread == part.spread:
        text += f' ± {factor * part.spread:.{digits}f}'
    return text + unit


def _interval(part: Finding) -> str:
    if part.low != part.low:
        return '–'
    factor, digits = (100, 1) if 'mIoU' in part.text else (1, 3)
    return (f'[{factor * part.low:+.{digits}f}, '
            f'{factor * part.high:+.{digits}f}]')
