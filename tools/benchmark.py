"""Time parts of the plugin against plain references, side by side."""
import argparse
import os
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.io.paths import use_project

use_project('Benchmark')

from reldistill_benchmark.suites import (COUNTS, DRAWN, FOLDER, LONGEST,
                                         SUITES, WRITTEN)
from reldistill_mm.cli.command_line import device, one_line_errors
from reldistill_mm.errors import BadInput, MissingInput
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
        '--figure',
        type=Path,
        metavar='PICTURE',
        help=f'draw the curves of the suite {DRAWN}, just measured or in the '
        'file of --markdown')
    parser.add_argument(
        '--page',
        type=Path,
        metavar='FILE',
        help=f'write the page of the suite {WRITTEN}, just measured or in the '
        'file of --markdown')
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
    parser.add_argument(
        '--longest',
        type=float,
        default=LONGEST,
        help=f'seconds of a reading above which the suite {DRAWN} goes no '
        'further (default: %(default)s)')
    args = parser.parse_args()
    if (args.suite is None) == (args.markdown is None):
        parser.error('give a suite, or --markdown FILE')
    return args


def check_figure(args: argparse.Namespace) -> None:
    """Refuse a picture that nothing would be drawn in."""
    if args.suite not in (None, 'all', DRAWN):
        raise BadInput(f'--figure draws the curves of the suite {DRAWN}, not '
                       f'of {args.suite}: leave it out.')
    if args.figure.suffix not in ('.png', '.svg'):
        raise BadInput(f"--figure '{args.figure}' ends neither in .png nor in "
                       '.svg: choose one of them.')
    require_file_place(args.figure, '--figure')


def check_page(args: argparse.Namespace) -> None:
    """Refuse a page that nothing would be written to."""
    if args.suite not in (None, 'all', WRITTEN):
        raise BadInput(f'--page writes the tables of the suite {WRITTEN}, not '
                       f'of {args.suite}: leave it out.')
    require_file_place(args.page, '--page')


def write_page(figures: dict, args: argparse.Namespace) -> None:
    """Write the page, where there are its figures."""
    from reldistill_benchmark.scale_page import page
    from reldistill_mm.io.files import atomic_path
    if WRITTEN not in figures['suites']:
        raise BadInput(f"'{args.markdown}' holds no figures of the suite "
                       f'{WRITTEN}, which --page writes: run it with --json.')
    with atomic_path(args.page) as fresh:
        fresh.write_text(page(figures))


def draw(figures: dict, args: argparse.Namespace) -> None:
    """Draw the curves, where there are any."""
    from reldistill_benchmark.growth_figure import draw_growth
    from reldistill_mm.io.files import atomic_path
    rows = figures['suites'].get(DRAWN)
    if rows is None:
        raise BadInput(f"'{args.markdown}' holds no figures of the suite "
                       f'{DRAWN}, which --figure draws: run it with --json.')
    with atomic_path(args.figure) as fresh:
        draw_growth(rows).savefig(fresh, dpi=110)


def main() -> None:
    """Run suites, or print the tables of an earlier run."""
    args = parse_args()
    if min(args.repetitions, *args.counts) < 1 or not args.longest > 0:
        raise BadInput('--repetitions, --counts and --longest must be '
                       'positive.')
    if args.json:
        require_file_place(args.json, '--json')
    if args.figure:
        check_figure(args)
    if args.page:
        check_page(args)
    if args.markdown and not args.markdown.is_file():
        raise MissingInput(f"'{args.markdown}' does not exist.")
    import torch

    from reldistill_benchmark.report import markdown, read_figures
    from reldistill_benchmark.run import run_suites
    if args.markdown:
        figures = read_figures(args.markdown)
        print(markdown(figures))
    else:
        cuda = torch.cuda.is_available()
        figures = run_suites(args.suite, Path(args.data), args.device
                             or ('cuda' if cuda else 'cpu'), args.repetitions,
                             args.counts, args.json, args.longest)
    if args.figure:
        draw(figures, args)
    if args.page:
        write_page(figures, args)


if __name__ == '__main__':
    with one_line_errors():
        main()
