"""Write the demo's summary, for people and for programs."""
import json
from pathlib import Path

from terminaltables import AsciiTable

from reldistill_mm.io.files import atomic_path


def write_summary(summary: dict[str, object], out: Path) -> str:
    """Write ``summary.json`` and ``summary.txt``.

    Args:
        summary (dict[str, object]): Numbers; ``pictures``, if present, is what
            :func:`~miniworld.demo.pictures.draw_all` returns.
        out (Path): Folder of the summary and the pictures.

    Returns:
        str: The text.
    """
    text = format_summary(summary)
    for name, error in summary.get('pictures', {}).items():
        text += f'\n  {out / name}' + (f' FAILED: {error}' if error else '')
    with atomic_path(out / 'summary.json') as path:
        path.write_text(json.dumps(summary, indent=2) + '\n')
    with atomic_path(out / 'summary.txt') as path:
        path.write_text(text + '\n')
    return text


def format_summary(summary: dict[str, object]) -> str:
    """Format a table of the numbers and another of the seconds."""
    times = [['phase', 'seconds']
             ] + [[name, f'{value:.0f}']
                  for name, value in summary['seconds'].items()]
    return AsciiTable(
        figure_rows(summary)).table + '\n' + AsciiTable(times).table


def figure_rows(summary: dict[str, object]) -> list[list[str]]:
    """Rows of the table of numbers, with the spread over the seeds."""

    def figure(name: str) -> str:
        text = f'{summary[name]:.3f}'
        spread = summary.get(f'{name}_spread')
        return text if spread is None else f'{text} +- {spread:.3f}'

    seeds = summary['seeds']
    return [
        ['MiniWorld, held-out scenes', 'mIoU'],
        ['teacher (CLIP) at the pairs',
         figure('teacher_miou_at_pairs')],
        ['student, zero-shot, all points',
         figure('student_miou')],
        [
            'student, zero-shot, camera-visible points',
            figure('student_miou_visible')
        ],
        ['untrained student, all points',
         figure('untrained_miou')],
        ['classes counted', f"{summary['classes_counted']:.0f} of 16"],
        [
            'trainings', f"{len(seeds)} (seed{'s' if len(seeds) > 1 else ''} "
            f"{', '.join(map(str, seeds))})"
        ],
    ]
