"""Several training runs in one figure, from mmengine's own logs."""
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..errors import BadInput
from .curves import read_scalars

# Title, unit of the values, whether of the validations, and the names under
# which a value is logged; the first one counts. Training logs some under the
# same names.
PANELS: tuple[tuple[str, str, bool, tuple[str, ...]], ...] = (
    ('loss', 'loss', False, ('loss', )),
    ('learning rate', 'learning rate', False, ('lr', 'base_lr')),
    ('zero-shot mIoU (validation)', 'mIoU', True, ('miou', )),
    ('uniformity U of the student (training batches)', 'U', False,
     ('uniformity', )),
    ('tolerance T of the student (validation)', 'T', True,
     ('tolerance', 'keyframe_tolerance')),
    ('modality gap G (training batches)', 'G', False, ('modality_gap', )),
    ('CKA with the teacher (training batches)', 'CKA', False, ('cka', )),
)
# Told apart by everyone; beyond them, by dashes.
_COLOURS = ('#1f6fd0', '#e08a1e', '#2a9d6f', '#b0398f', '#777777', '#7fc4ff')
_DASHES = '-', '--', ':'


def draw_runs(work_dirs: Sequence[str | Path]) -> Figure:
    """Compare runs, a curve for each in every panel.

    Args:
        work_dirs (Sequence[str | Path]): Work dirs with
            ``*/vis_data/scalars.json``.

    Returns:
        Figure: A panel for each of loss, learning rate, mIoU, uniformity,
        tolerance, modality gap and CKA that a run has logged.

    Raises:
        BadInput: Folders are given twice, or nothing is logged.
        MissingInput: A folder has no log.
    """
    names = run_names(work_dirs)
    runs = {
        name: read_scalars(Path(folder))
        for name, folder in zip(names, work_dirs)
    }
    panels = [
        panel for panel in PANELS if any(
            _curve(run, *panel[2:])[0] for run in runs.values())
    ]
    if not panels:
        raise BadInput(f'The logs of {list(names)} hold none of the values '
                       f'that are drawn ({", ".join(_keys())}).')
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(5.2 * columns, 3.8 * rows), layout='constrained')
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (title, unit, validation, keys) in zip(axes, panels):
        for number, (name, records) in enumerate(runs.items()):
            steps, values = _curve(records, validation, keys)
            axis.plot(
                steps,
                values,
                _DASHES[number // len(_COLOURS) % len(_DASHES)],
                color=_COLOURS[number % len(_COLOURS)],
                marker='o' if len(steps) < 40 else '',
                ms=3,
                label=name)
        axis.set_title(title, fontsize=12)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel('epoch' if validation else 'iteration')
        axis.set_ylabel(unit)
        axis.grid(alpha=0.3)
    for axis in axes[len(panels):]:
        axis.set_axis_off()
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc='outside lower center',
        ncol=min(len(runs), 4))
    return figure


def _keys() -> list[str]:
    return [key for *_, keys in PANELS for key in keys]


def _curve(records: Sequence[dict], validation: bool,
           keys: Sequence[str]) -> tuple[list[float], list[float]]:
    """Steps and values of the first of ``keys`` that a record has.

    The logger repeats what is measured less often than it logs; a value that
    is the last one again is left out of a training's curve.
    """
    steps: list[float] = []
    values: list[float] = []
    for record in records:
        value = next((record[key] for key in keys if key in record), None)
        if value is None or ('loss' not in record) != validation:
            continue
        if validation or values[-1:] != [value]:
            steps.append(record['step'])
            values.append(value)
    return steps, values


def run_names(work_dirs: Sequence[str | Path]) -> list[str]:
    """Name runs by the ends of their paths that tell them apart.

    Raises:
        BadInput: Two are one folder.

    Example:
        >>> run_names(['a/seed0/train', 'b/seed0/train'])
        ['a/seed0/train', 'b/seed0/train']
        >>> run_names(['work/a', 'work/b'])
        ['a', 'b']
    """
    parts = [Path(folder).resolve().parts for folder in work_dirs]
    if len(set(parts)) < len(parts):
        raise BadInput('A work dir is given twice: name each run once.')
    for count in range(1, max(map(len, parts), default=0) + 1):
        names = ['/'.join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    return []
