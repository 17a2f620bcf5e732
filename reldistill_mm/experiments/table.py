"""The table of a study: means and spreads over the seeds."""
from pathlib import Path

from ..cli.tables import markdown_table, mean_and_spread
from ..io.files import atomic_path
from .records import write_json


def summarise_runs(results: list[dict[str, object]]) -> list[dict]:
    """Summarise runs in one row per protocol and model.

    Args:
        results (list[Dict]): Results of finished runs.

    Returns:
        list[Dict]: ``miou`` (a fraction) with ``miou_spread`` (sample
        standard deviation, None for one run), the same for ``miou_visible``
        where the protocol has it, ``seeds``, ``subset``, ``start`` (None
        for a checkpoint), ``classes`` (how
        many mIoU averages, fewest of all runs) and ``commits``.
    """
    groups: dict[tuple, list[dict]] = {}
    for result in results:
        key = (result['protocol'], result['model'])
        groups.setdefault(key, []).append(result)
    rows = []
    for (protocol, model), runs in groups.items():
        row = dict(
            protocol=protocol,
            model=model,
            subset=_subset(runs),
            start=runs[0].get('start'),
            seeds=[run['seed'] for run in runs],
            classes=min(run['metrics']['classes'] for run in runs),
            commits=sorted({run['commit']
                            for run in runs}))
        for name in ('miou', 'miou_visible'):
            values = [
                run['metrics'][name] for run in runs if name in run['metrics']
            ]
            if values:
                row[name], row[f'{name}_spread'] = mean_and_spread(values)
        rows.append(row)
    return rows


def _subset(runs: list[dict]) -> str:
    """Name the labels of a row; several subsets by what they share."""
    names = list(dict.fromkeys(run['subset'] for run in runs))
    if len(names) == 1:
        return names[0]
    return f"{names[0].partition('_from_')[0]}, {len(names)} subsets"


def format_table(rows: list[dict]) -> str:
    """Format rows as Markdown: one line per protocol, a column per model."""
    models = list(dict.fromkeys(row['model'] for row in rows))
    cells = {(row['protocol'], row['model']): row for row in rows}
    lines = []
    for protocol in dict.fromkeys(row['protocol'] for row in rows):
        line = [row for row in rows if row['protocol'] == protocol]
        subset = ' / '.join(dict.fromkeys(row['subset'] for row in line))
        classes = min(row['classes'] for row in line)
        figures = [_cell(cells.get((protocol, model))) for model in models]
        lines.append([protocol, subset, f'{classes:.0f}', *figures])
    commits = sorted({commit for row in rows for commit in row['commits']})
    return '\n'.join([
        'mIoU in % on all points, last epoch: mean ± sample standard '
        'deviation (number of runs).', '',
        markdown_table(['protocol', 'labels', 'classes', *models], lines), '',
        f"Commit: {', '.join(commits)}."
    ]) + '\n'


def _cell(row: dict | None) -> str:
    if row is None:
        return '–'
    text = f"{100 * row['miou']:.1f}"
    if row['miou_spread'] is not None:
        text += f" ± {100 * row['miou_spread']:.1f}"
    return f"{text} ({len(row['seeds'])})"


def write_table(results: list[dict[str, object]], out: Path) -> str:
    """Write ``table.md`` and ``table.json``; return the text of the former."""
    rows = summarise_runs(results)
    text = format_table(rows)
    write_json(out / 'table.json', rows)
    with atomic_path(out / 'table.md') as path:
        path.write_text(text)
    return text
