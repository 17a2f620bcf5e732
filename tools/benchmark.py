"""Time parts of the plugin against plain references, side by side."""
import argparse
import os
import sys
from pathlib import Path

import torch

try:
    from reldistill_mm.io.paths import use_project
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from reldistill_mm.io.paths import use_project

use_project('Benchmark')

from reldistill_benchmark.keyframe import FOLDER
from reldistill_benchmark.loss import COUNTS
from reldistill_benchmark.report import markdown, read_figures
from reldistill_benchmark.run import SUITES, run_suites
from reldistill_mm.cli.command_line import device, one_line_errors
from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import require_file_place


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'suite', nargs='?', choices=[*SUITES, 'all'], help='what to time')
    parser.add_argument(
        '--json', type=Path, help='file to write the numbers to')
    parser.add_argument(
        '--markdown',
        type=Path,
        metavar='FILE',
        help='run nothing; print the tables of a file that --json wrote')
    parser.add_argument(
        '--data',
        type=Path,
        default=os.environ.get(
            'RELDISTILL_REAL_DATA',
            Path(__file__).resolve().parents[2] / 'shared/data'),
        help=f'folder that holds {FOLDER}/ (default: $RELDISTILL_REAL_DATA or '
        '../shared/data); without it suites make synthetic input')
    parser.add_argument(
        '--device',
        type=device,
        default='cuda' if torch.cuda.is_available() else 'cpu',
        help='device to run on (default: CUDA if available)')
    parser.add_argument(
        '--repetitions',
        type=int,
        default=5,
        help='timed repetitions (default: %(default)s)')
    parser.add_argument(
        '--counts',
        type=int,
        nargs='+',
        default=list(COUNTS),
        help='numbers of pairs N for the suite loss')
    args = parser.parse_args()
    if (args.suite is None) == (args.markdown is None):
        parser.error('give a suite, or --markdown FILE')
    return args


def main() -> None:
    """Run suites, or print the tables of an earlier run."""
    args = parse_args()
    if min(args.repetitions, *args.counts) < 1:
        raise BadInput('--repetitions and --counts must be positive.')
    if args.json:
        require_file_place(args.json, '--json')
    if args.markdown:
        print(markdown(read_figures(args.markdown)))
    else:
        run_suites(args.suite, Path(args.data), args.device, args.repetitions,
                   args.counts, args.json)


if __name__ == '__main__':
    with one_line_errors():
        main()
