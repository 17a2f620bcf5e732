"""Draw the curves of a training run from mmengine's own log."""
import json
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..errors import MissingInput


def read_scalars(work_dir: Path) -> list[dict[str, float]]:
    """Read every logged record of a work dir, oldest run first.

    Raises:
        MissingInput: No log in the folder.
    """
    paths = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    if not paths:
        raise MissingInput(f"No log (scalars.json) under '{work_dir}'; "
                           'has the training started?')
    return [
        json.loads(line) for path in paths
        for line in path.read_text().splitlines()
    ]


def draw_curves(work_dir: Path) -> Figure:
    """Draw losses over iterations, and mIoU at each validation.

    Args:
        work_dir (Path): Work dir of a run, with ``*/vis_data/scalars.json``.

    Returns:
        Figure: Figure with two axes.
    """
    records = read_scalars(work_dir)
    train = [record for record in records if 'loss' in record]
    figure = Figure(figsize=(11, 4))
    left, right = figure.subplots(1, 2)
    names = sorted({
        name
        for record in train
        for name in record if name.startswith('loss')
    })
    for name in names:
        rows = [record for record in train if name in record]
        left.plot([row['step'] for row in rows], [row[name] for row in rows],
                  label=name)
    left.set(xlabel='iteration', ylabel='loss', title='Distillation losses')
    left.legend()
    for name, label in (('miou', 'all points'), ('miou_visible',
                                                 'camera-visible points')):
        rows = [record for record in records if name in record]
        right.plot([row['step'] for row in rows], [row[name] for row in rows],
                   marker='o',
                   label=label)
    right.set(
        xlabel='epoch',
        ylabel='mIoU',
        title='Zero-shot mIoU (validation)',
        ylim=(0, None))
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.legend()
    figure.tight_layout()
    return figure
