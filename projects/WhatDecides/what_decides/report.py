"""The tables of the study."""
from collections.abc import Mapping, Sequence

from reldistill_mm.experiments import (Finding, figures_of, markdown_table,
                                       spread_text)
from .factors import RECIPE, Factor, Level
from .leads import SCORE, judged_change, judged_lead

_INTRO = (
    'mIoU in % on all points of the validation scenes, last epoch: mean ± '
    'sample standard deviation over the seeds. *Lead*: relational minus '
    'similarity in points, paired by seed, with the 95 % interval of its mean '
    "(Student's t over seeds and scenes; none for one seed). *Change*: the "
    'lead minus that of the recipe, whose interval is over the seeds alone: '
    'it is of these scenes. No interval is corrected for the number of '
    'levels. '
    'A weight changes the relational loss alone: its lead is over the '
    "recipe's similarity.")


def to_markdown(factors: Mapping[str, Factor], records: Sequence[dict],
                teachers: Mapping[str, dict], notes: Sequence[str]) -> str:
    """Format the page.

    Args:
        factors (Mapping[str, Factor]): The factors that were asked for.
        records (Sequence[dict]): ``level``, ``method``, ``seed`` and the
            metrics of each run.
        teachers (Mapping[str, dict]): What each change of the teacher did,
            from :func:`.changes.make_changed`.
        notes (Sequence[str]): Lines on how the runs were made.
    """
    parts = [
        '# What decides the order', '\n'.join(f'- {note}' for note in notes),
        _INTRO
    ]
    for factor in factors.values():
        parts += [f'## {factor.title}', _table(factor, records)]
        moved = [level for level in factor.levels if level.name in teachers]
        if moved:
            parts.append(_teachers(moved, teachers))
    return '\n\n'.join(parts) + '\n'


def _table(factor: Factor, records: Sequence[dict]) -> str:
    rows = []
    for level in factor.levels:
        lead = judged_lead(records, level)
        change = judged_change(records, factor, level)
        rows.append([
            level.label.replace('\n', ' '), lead.seeds, *(spread_text(
                figures_of(records, SCORE, level=level.name,
                           method=method).values(),
                digits=1,
                factor=100) for method in ('relational', 'similarity')),
            _points(lead), '' if level.name == RECIPE else _points(change)
        ])
    return markdown_table([
        factor.axis or 'level', 'seeds', 'relational', 'similarity', 'lead',
        'change'
    ], rows)


def _teachers(levels: Sequence[Level], teachers: Mapping[str, dict]) -> str:
    """Say what was done to the teacher."""
    return markdown_table(
        ['teacher', 'U before', 'U', 'zero-shot labels kept'], [[
            level.label.replace('\n',
                                ' '), f"{found['uniformity_before']:.2f}",
            f"{found['uniformity']:.2f}", f"{100 * found['labels_kept']:.1f} %"
        ] for level in levels for found in [teachers[level.name]]])


def _points(found: Finding) -> str:
    if found.mean != found.mean:
        return '–'
    text = f'{100 * found.mean:+.1f}'
    if found.low == found.low:
        text += f' [{100 * found.low:+.1f}, {100 * found.high:+.1f}]'
    return text
