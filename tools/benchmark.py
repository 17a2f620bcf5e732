"""Times parts of the plugin against plain references, side by side."""
import argparse
import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch

try:
    from reldistill_mm.io.paths import use_project
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from reldistill_mm.io.paths import use_project

use_project('Benchmark')

from reldistill_benchmark import loss
from reldistill_benchmark.keyframe import FOLDER
from reldistill_benchmark.measure import Settings
from reldistill_benchmark.report import describe, machine, markdown
from reldistill_mm.io.files import atomic_path

SUITES = ('pairing', 'images', 'voxelize', 'teacher', 'loss', 'gather', 'step',
          'infer', 'fit')
WHOLE_PLUGIN = ('step', 'infer', 'fit')


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('suite', nargs='?', choices=[*SUITES, 'all'])
    parser.add_argument('--json', type=Path, help='writes the figures here')
    parser.add_argument(
        '--markdown',
        type=Path,
        metavar='FILE',
        help='runs nothing: prints the tables of a file that --json wrote')
    parser.add_argument(
        '--data',
        type=Path,
        default=os.environ.get(
            'RELDISTILL_REAL_DATA',
            Path(__file__).resolve().parents[2] / 'shared/data'),
        help=f'folder with {FOLDER}/; default: $RELDISTILL_REAL_DATA or '
        '../shared/data; without it suites make synthetic input')
    parser.add_argument(
        '--device',
        default='cuda' if torch.cuda.is_available() else 'cpu',
        help='default: CUDA where there is one')
    parser.add_argument('--repetitions', type=int, default=5)
    parser.add_argument(
        '--counts',
        type=int,
        nargs='+',
        default=list(loss.COUNTS),
        help='loss: numbers of pairs N')
    args = parser.parse_args()
    if (args.suite is None) == (args.markdown is None):
        parser.error('give a suite, or --markdown FILE')
    return args


def run(args: argparse.Namespace) -> dict:
    """Runs the suites, prints their rows, returns all figures."""
    data = Path(args.data)
    if not (data / FOLDER).is_dir():
        print(f'No {FOLDER} in {data}: synthetic input (see --data).')
        data = None
    settings = Settings(
        data and str(data), args.device, args.repetitions, tuple(args.counts))
    names = SUITES if args.suite == 'all' else (args.suite, )
    figures = dict(
        machine=machine(args.device),
        # Without the paths, which say nothing elsewhere.
        command=f'python tools/benchmark.py {args.suite} --device '
        f'{args.device} --repetitions {args.repetitions}' +
        ('' if args.counts == list(loss.COUNTS) else
         f" --counts {' '.join(map(str, args.counts))}"),
        suites={})
    for name in names:
        if name in WHOLE_PLUGIN and (data is None
                                     or find_spec('mmdet3d') is None):
            print(f'{name}: left out, it needs mmdet3d and {FOLDER}')
            continue
        print(f'{name}:', flush=True)
        rows = import_module(f'reldistill_benchmark.{name}').run(settings)
        figures['suites'][name] = rows
        for row in rows:
            print(f'  {describe(row)}', flush=True)
        if args.json:
            # After every suite: what is measured is not lost.
            with atomic_path(args.json) as path:
                path.write_text(json.dumps(figures, indent=2) + '\n')
    return figures


def main() -> None:
    """Runs a suite, or prints the tables of an earlier run."""
    args = parse_args()
    if args.markdown:
        print(markdown(json.loads(args.markdown.read_text())))
    else:
        run(args)


if __name__ == '__main__':
    main()
