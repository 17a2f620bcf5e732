"""Run suites one after the other and keep the results."""
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from reldistill_mm.errors import MissingInput
from reldistill_mm.io.files import atomic_path
from .measure import Settings
from .report import describe, machine
from .suites import (COUNTS, FOLDER, LONGEST, MAKES_ITS_OWN, SUITES,
                     WHOLE_PLUGIN)


def run_suites(suite: str,
               data: Path,
               device: str,
               repetitions: int,
               counts: list[int],
               json_file: Path | None,
               longest: float = LONGEST) -> dict:
    """Run suites and print their rows.

    Args:
        suite (str): One of :data:`SUITES`, or 'all'.
        data (Path): Folder with real frames; synthetic input without it.
        device (str): Device, as torch names it.
        repetitions (int): Timed runs of each way.
        counts (list[int]): Numbers of pairs N of the suite 'loss'.
        json_file (Path, optional): File that is written after every suite.
        longest (float): Seconds of a reading above which the suite 'growth'
            goes no further. Defaults to a minute.

    Returns:
        dict: All numbers.
    """
    folder: str | None = str(data)
    if not (data / FOLDER).is_dir():
        print(f'No {FOLDER} in {data}: synthetic input (see --data).')
        folder = None
    settings = Settings(folder, device, repetitions, tuple(counts), longest)
    names = SUITES if suite == 'all' else (suite, )
    figures = dict(
        machine=machine(device),
        # Paths are left out, since they mean nothing elsewhere.
        command=f'python tools/benchmark.py {suite} --device '
        f'{device} --repetitions {repetitions}' +
        ('' if counts == list(COUNTS) else
         f" --counts {' '.join(map(str, counts))}") +
        ('' if longest == LONGEST else f' --longest {longest:g}'),
        suites={})
    for name in names:
        unfit = folder is None and name not in MAKES_ITS_OWN
        if name in WHOLE_PLUGIN and (unfit or find_spec('mmdet3d') is None):
            print(f'{name}: left out, it needs mmdet3d and {FOLDER}')
            continue
        print(f'{name}:', flush=True)
        try:
            rows = import_module(f'reldistill_benchmark.{name}').run(settings)
        except MissingInput as error:
            if suite != 'all':
                raise
            print(f'{name}: left out. {error}')
            continue
        figures['suites'][name] = rows
        for row in rows:
            print(f'  {describe(row)}', flush=True)
        if json_file:
            # Written after every suite, so that no result is lost.
            with atomic_path(json_file) as path:
                path.write_text(json.dumps(figures, indent=2) + '\n')
    return figures
