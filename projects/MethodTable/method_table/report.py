"""The table."""
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reldistill_mm.cli.tables import markdown_table, spread_text
from reldistill_mm.experiments import figures_of

PROBE = 'probe'
_STRUCTURE = {
    'uniformity': 'U',
    'teacher_uniformity': 'U*',
    'tolerance': 'T',
    'teacher_tolerance': 'T*',
    'modality_gap': 'G',
    'cka': 'CKA'
}


class Row(NamedTuple):
    """What the table says of a method beside its figures.

    Attributes:
        teacher: Type and model of its teacher.
        words: Whether the teacher has words.
        cached: Whether it was trained on cached features.
        teacher_miou: The teacher's mIoU at the pairs that it is trained on;
            None without words, or as long as it is not known.
    """
    teacher: str
    words: bool
    cached: bool
    teacher_miou: float | None = None


def to_markdown(records: Sequence[dict], methods: Mapping[str, Row],
                notes: Sequence[str]) -> str:
    """Format the page.

    Args:
        records (Sequence[dict]): One per method and seed: ``method``,
            ``seed``, metrics of the test, and ``probe`` (mIoU) where it ran.
        methods (Mapping[str, Row]): In the order of the table.
        notes (Sequence[str]): Lines on how the runs were made.
    """
    parts = [
        '# All methods on MiniWorld', '\n'.join(f'- {note}' for note in notes),
        'Mean ± sample standard deviation over the seeds, last epoch; mIoU in '
        "% on all points of the validation scenes, the teacher's at the pairs "
        'of the training scenes that the method learns from. U uniformity, '
        "T tolerance, G modality gap, at class-balanced pairs; with * the "
        "teacher's."
    ]
    for words, title in ((True, 'With words'), (False, 'Without words')):
        names = [name for name, row in methods.items() if row.words == words]
        if names:
            parts += [f'## {title}', table(records, methods, names, words)]
    return '\n\n'.join(parts) + '\n'


def table(records: Sequence[dict], methods: Mapping[str, Row],
          names: Sequence[str], words: bool) -> str:
    """Format one row per method."""
    scores = {PROBE: 'probe mIoU'}
    if words:
        # Where teacher and student are tested together, the student's own.
        scores = {
            'student': 'zero-shot mIoU',
            'ensemble': 'with the teacher',
            **scores
        }
    scores = {
        key: title
        for key, title in scores.items()
        if key == 'student' or any(_of(records, names, key)) or not words
    }
    rows = []
    for name in names:
        row = methods[name]
        seeds = {r['seed'] for r in records if r['method'] == name}
        cells = [
            spread_text(
                figures_of(records, key, method=name).values(),
                digits=1,
                factor=100) for key in scores
        ]
        cells += [
            spread_text(figures_of(records, key, method=name).values())
            for key in _STRUCTURE
        ]
        features = 'cached' if row.cached else 'live'
        taught = [] if not words else ['–'] if row.teacher_miou is None else [
            f'{100 * row.teacher_miou:.1f}'
        ]
        rows.append([name, row.teacher, features, *taught, len(seeds), *cells])
    taught = ["teacher's mIoU"] if words else []
    return markdown_table([
        'method', 'teacher', 'features', *taught, 'seeds', *scores.values(),
        *_STRUCTURE.values()
    ], rows)


def with_scores(metrics: dict[str, float]) -> dict[str, float]:
    """Name the mIoU of the student, and of both where there is an ensemble."""
    found = dict(metrics)
    if 'miou_student' in metrics:
        found.update(student=metrics['miou_student'], ensemble=metrics['miou'])
    elif 'miou' in metrics:
        found['student'] = metrics['miou']
    return found


def _of(records: Sequence[dict], names: Sequence[str], key: str) -> list:
    return [r[key] for r in records if r['method'] in names and key in r]
