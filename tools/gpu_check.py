"""Run what only a GPU can show, and write it down: ``make gpu-check``.

It runs the tests marked gpu and the suites of tools/benchmark.py on CUDA, and
writes outcomes, figures and the machine into one JSON file, whose tables
``python tools/benchmark.py --markdown FILE`` prints.
"""
import argparse
import os
import sys
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.io.paths import use_project

use_project('Benchmark')

from reldistill_benchmark.suites import COUNTS, FOLDER, SUITES
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import require_file_place


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--json',
        type=Path,
        default=Path('gpu_check.json'),
        help='file to write (default: %(default)s)')
    parser.add_argument(
        '--suite',
        choices=[*SUITES, 'all'],
        default='all',
        help='what to time (default: %(default)s)')
    parser.add_argument(
        '--data',
        type=Path,
        default=os.environ.get(
            'RELDISTILL_REAL_DATA',
            Path(__file__).resolve().parents[2] / 'shared/data'),
        help=f'folder that holds {FOLDER}/ (default: $RELDISTILL_REAL_DATA or '
        '../shared/data); without it suites make synthetic input')
    parser.add_argument(
        '--repetitions',
        type=int,
        default=5,
        help='timed repetitions (default: %(default)s)')
    parser.add_argument(
        '--counts',
        type=int,
        nargs='+',
        default=[*COUNTS, 32768, 65536],
        help='numbers of pairs N for the suite loss')
    return parser.parse_args()


def main() -> None:
    """Test, time and write; end with 1 if a test failed."""
    args = parse_args()
    if min(args.repetitions, *args.counts) < 1:
        raise BadInput('--repetitions and --counts must be positive.')
    require_file_place(args.json, '--json')
    from reldistill_benchmark.gpu import check_gpu
    outcomes = check_gpu(args.json, args.suite, Path(args.data),
                         args.repetitions, args.counts)
    print(f'Wrote {args.json}: tests',
          ', '.join(f'{count} {name}' for name, count in outcomes.items()))
    if outcomes.get('failed'):
        sys.exit(1)


if __name__ == '__main__':
    with one_line_errors():
        main()
