"""Format numbers for the terminal and as Markdown, with their origin."""
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from reldistill_mm.cli.source_version import source_version
from reldistill_mm.cli.tables import markdown_table
from reldistill_mm.errors import BadInput
from .measure import OTHER, OURS

_PACKAGES = ('torch', 'numpy', 'opencv-python-headless', 'opencv-python',
             'pillow', 'open-clip-torch', 'mmdet3d', 'mmengine', 'mmcv',
             'spconv')


def machine(device: str) -> dict[str, Any]:
    """Describe the machine and the commit that produced the numbers."""
    return dict(
        device=torch.cuda.get_device_name()
        if device.startswith('cuda') else _processor(),
        threads=torch.get_num_threads(),
        system=platform.platform(terse=True),
        commit=source_version(),
        versions=_versions())


def describe(row: dict[str, Any]) -> str:
    """Format one row in one or more lines of plain text."""
    if 'head' in row:
        lines = [' | '.join(cells) for cells in (row['head'], *row['cells'])]
        return '\n    '.join([f"{row['case']}:", *lines, *row['notes']])
    cells = _cells(row)
    first = f'{cells[0]}: {cells[1]}'
    return ' | '.join([first, *(cell for cell in cells[2:] if cell)])


def read_figures(path: Path) -> dict:
    """Read what --json wrote."""
    try:
        figures = json.loads(path.read_text())
        figures['suites'].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"'{path}' is not a file that --json wrote "
                       f'({error}).') from error
    return figures


def markdown(figures: dict[str, Any]) -> str:
    """Format all suites' tables from a ``tools/benchmark.py --json`` file."""
    lines = [origin(figures)]
    for suite, rows in figures['suites'].items():
        lines += ['', f'### {suite}', '']
        lines.append(_table(rows))
    return '\n'.join(lines)


def origin(figures: dict[str, Any]) -> str:
    """Say in a line where figures come from."""
    made_on = figures['machine']
    versions = ', '.join(f'{k} {v}' for k, v in made_on['versions'].items())
    return (f"{made_on['device']}, {made_on['threads']} threads, "
            f"{made_on['system']}; {versions}; commit {made_on['commit']}; "
            f"`{figures['command']}`")


def _table(rows: list[dict[str, Any]]) -> str:
    if 'head' in rows[0]:
        return '\n\n'.join(f"#### {row['case']}\n\n{with_notes(row)}"
                           for row in rows)
    if 'curve' in rows[0]:
        head = [
            'part', 'grows by', 'time', 'its exponent', 'memory',
            'its exponent', 'left out'
        ]
    elif 'batch' in rows[0]:
        head = ['case', 'fixed', 'each keyframe', 'batch that fits']
    elif 'part' in rows[0]:
        head = ['case', 'part', 'cost', 'share of the step', 'goal']
    else:
        head = ['case', 'ours', 'other way', 'ratio (range)', 'memory', 'goal']
    return markdown_table(head, [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> list[str]:
    if 'curve' in row:
        return _growth(row)
    if 'batch' in row:
        return [
            row['case'], f"{row['fixed_mb']:.0f} MB",
            f"{row['frame_mb']:.0f} MB",
            ', '.join(f'{count} in {gb} GB'
                      for gb, count in row['batch'].items())
        ]
    if 'part' in row:
        return [
            row['case'], row['part'],
            _seconds(row)
            if 'median_s' in row else f"{row['extra_mb']:.0f} MB",
            f"{row['share']:.1%}" if 'share' in row else '', row['goal']
        ]
    ours, other = row[OURS], row[OTHER]
    ratio = memory = ''
    if 'ratio' in row:
        found = row['ratio']
        ratio = (f"{found['median']:.2f} ({found['least']:.2f} to "
                 f"{found['most']:.2f})")
    if 'extra_mb' in ours and 'extra_mb' in other:
        memory = f"{ours['extra_mb']:.1f} / {other['extra_mb']:.1f} MB"
    return [
        row['case'],
        _seconds(ours), f"{row['other_way']}: {_seconds(other)}", ratio,
        memory, row['goal']
    ]


def with_notes(row: dict[str, Any]) -> str:
    """Format a row that is a table, and the sentences below it."""
    notes = '\n'.join(f'- {note}' for note in row['notes'])
    return f"{markdown_table(row['head'], row['cells'])}\n\n{notes}"


def _growth(row: dict[str, Any]) -> list[str]:
    """Both ends of a curve, and its exponents beside those expected."""
    first, last = row['curve'][0], row['curve'][-1]
    exponents = [
        '' if found is None else f'{found:.2f} (at most {wanted})'
        for found, wanted in zip((row['of_time'],
                                  row['of_memory']), row['wanted'])
    ]
    return [
        row['case'], f"{first['size']} to {last['size']} {row['by']}",
        f"{1e3 * first['least_s']:.2f} to {1e3 * last['least_s']:.2f} ms",
        exponents[0], f"{first['extra_mb']:.1f} to {last['extra_mb']:.1f} MB",
        exponents[1], ', '.join(map(str, row['left_out']))
    ]


def _seconds(cost: dict[str, Any]) -> str:
    if 'error' in cost:
        return cost['error']
    return (f"{1e3 * cost['median_s']:.2f} ms ({1e3 * cost['least_s']:.2f} "
            f"to {1e3 * cost['most_s']:.2f})")


def _processor() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [
        line.split(':', 1)[1].strip() for line in lines
        if line.startswith('model name')
    ]
    return f'{len(names)} x {names[0]}' if names else platform.machine()


def _versions() -> dict[str, str]:
    found = dict(python=platform.python_version())
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
