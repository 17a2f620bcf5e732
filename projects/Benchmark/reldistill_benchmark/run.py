"""Run suites one after the other and keep the results."""
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from reldistill_mm.io.files import atomic_path
from . import loss
from .keyframe import FOLDER
from .measure import Settings
from .report import describe, machine

SUITES = ('pairing', 'images', 'voxelize', 'teacher', 'loss', 'gather', 'step',
          'infer', 'batch_memory', 'superpixels')
WHOLE_PLUGIN = ('step', 'infer', 'batch_memory', 'superpixels')
# Without the keyframe it makes one of MiniWorld.
MAKES_ITS_OWN = ('superpixels', )


def run_suites(suite: str, data: Path, device: str, repetitions: int,
               counts: list[int], json_file: Path | None) -> dict:
    """Run suites and print their rows.

    Args:
        suite (str): One of :data:`SUITES`, or 'all'.
        data (Path): Folder with real frames; synthetic input without it.
        device (str): Device, as torch names it.
        repetitions (int): Timed runs of each way.
        counts (list[int]): Numbers of pairs N of the suite 'loss'.
        json_file (Path, optional): File that is written after every suite.

    Returns:
        dict: All numbers.
    """
    folder: str | None = str(data)
    if not (data / FOLDER).is_dir():
        print(f'No {FOLDER} in {data}: synthetic input (see --data).')
        folder = None
    settings = Settings(folder, device, repetitions, tuple(counts))
    names = SUITES if suite == 'all' else (suite, )
    figures = dict(
        machine=machine(device),
        # Paths are left out, since they mean nothing elsewhere.
        command=f'python tools/benchmark.py {suite} --device '
        f'{device} --repetitions {repetitions}' + ('' if counts == list(
            loss.COUNTS) else f" --counts {' '.join(map(str, counts))}"),
        suites={})
    for name in names:
        unfit = folder is None and name not in MAKES_ITS_OWN
        if name in WHOLE_PLUGIN and (unfit or find_spec('mmdet3d') is None):
            print(f'{name}: left out, it needs mmdet3d and {FOLDER}')
            continue
        print(f'{name}:', flush=True)
        rows = import_module(f'reldistill_benchmark.{name}').run(settings)
        figures['suites'][name] = rows
        for row in rows:
            print(f'  {describe(row)}', flush=True)
        if json_file:
            # Written after every suite, so that no result is lost.
            with atomic_path(json_file) as path:
                path.write_text(json.dumps(figures, indent=2) + '\n')
    return figures
