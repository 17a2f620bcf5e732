"""Run the demo: ``make demo``.

It makes MiniWorld, evaluates the teacher, trains the student without a label,
tests it, and writes tables and pictures into ``--out``. A second call does
only what is left to do.
"""
import argparse
import sys
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.paths import use_project


def main() -> None:
    """Parse the command line and run the demo."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('demo_out'),
        help='folder for tables and pictures (default: %(default)s)')
    parser.add_argument(
        '--data',
        type=Path,
        default=Path('data/miniworld'),
        help="MiniWorld's folder, made if it is missing (default: %(default)s)"
    )
    parser.add_argument(
        '--seeds',
        type=int,
        nargs='+',
        default=[0],
        help='seeds of the distillation (default: %(default)s)')
    parser.add_argument(
        '--epochs', type=int, help="epochs of training, if not the config's")
    parser.add_argument(
        '--processes',
        type=int,
        choices=(1, 2),
        help='processes per training step (default: two on a CPU with two\n'
        'cores or more)')
    args = parser.parse_args()
    for name, values in dict(seeds=args.seeds, epochs=[args.epochs]).items():
        least = 1 if name == 'epochs' else 0
        if any(value is not None and value < least for value in values):
            raise BadInput(f'--{name} must be at least {least}.')
    require_folder(args.out)
    require_folder(args.data, '--data')
    use_project('MiniWorld')
    from miniworld.demo import run_demo
    summary = run_demo(args.out, args.data, args.seeds, args.epochs,
                       args.processes)
    failed = [name for name, error in summary['pictures'].items() if error]
    if failed:
        sys.exit(f"The tables are complete; not drawn: {', '.join(failed)} "
                 '(see the tracebacks above).')


if __name__ == '__main__':
    with one_line_errors():
        main()
