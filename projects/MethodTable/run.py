"""All methods on MiniWorld: ``python projects/MethodTable/run.py``.

It trains ``reldistill_miniworld.py`` and every ``configs/baselines/
*_miniworld.py`` with every seed, each at a learning rate of its own, tests
them, and writes ``table.md`` and ``results.json`` into ``--out``. A second
call continues where the first one ended.
"""
import argparse
import sys
from pathlib import Path

import torch
from mmengine.config import DictAction

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.methods import find_methods
from reldistill_mm.experiments.run import RunsFailed
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.paths import config_path, use_project

use_project('MiniWorld')
from method_table.methods import Settings
from method_table.study import run_study

from miniworld.prepare import study_world

PROBE = 'downstream/linear_probe_miniworld.py'


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out',
        type=Path,
        default=Path('work_dirs/method_table'),
        help='folder for runs and the table (default: %(default)s)')
    add('--data',
        type=Path,
        default=Path('data/miniworld'),
        help="MiniWorld's folder, made if it has no info files (default: "
        '%(default)s)')
    add('--seeds',
        type=int,
        nargs='+',
        default=[0, 1, 2],
        help='seeds of each method (default: %(default)s)')
    add('--jobs', type=int, default=1, help='runs at a time')
    add('--epochs', type=int, help="number of epochs (default: the configs')")
    add('--learning-rates',
        type=float,
        nargs='*',
        default=[3e-3, 1e-2, 3e-2, 1e-1],
        help='learning rates to choose from, for each method by its own loss; '
        "none leaves the configs' own (default: %(default)s)")
    add('--tuning-epochs',
        type=int,
        default=4,
        help='epochs of the runs that choose a learning rate (default: '
        '%(default)s)')
    add('--methods',
        nargs='+',
        metavar='NAME',
        help='rows of the table (default: all that are found)')
    add('--more',
        nargs='+',
        default=[],
        metavar='NAME=CONFIG',
        help='more rows: configs on MiniWorld of your own, of other teachers, '
        'say')
    add('--probe',
        type=Path,
        default=Path(config_path(PROBE)),
        help='protocol for methods without words (default: '
        f'{Path(PROBE).name})')
    add('--probe-all',
        action='store_true',
        help='take the methods with words through it, too')
    add('--kept',
        type=Path,
        metavar='FILE',
        help='small JSON file for the results of finished runs; what is in it '
        'is not run again, on another machine, say')
    add('--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='changes to every config')
    args = parser.parse_args()
    if not all('=' in text for text in args.more):
        parser.error('--more takes NAME=CONFIG')
    return args


def run(args: argparse.Namespace) -> str:
    """Prepare the data, run, and return the table."""
    for name, values in dict(
            seeds=args.seeds, jobs=[args.jobs], epochs=[args.epochs]).items():
        least = 0 if name == 'seeds' else 1
        if any(value is not None and value < least for value in values):
            raise BadInput(f'--{name} must be at least {least}.')
    if len(set(args.seeds)) < len(args.seeds):
        raise BadInput(f'A seed is given twice: {args.seeds}.')
    require_folder(args.out)
    more = dict(text.split('=', 1) for text in args.more)
    methods = find_methods(more)
    if args.methods:
        unknown = [name for name in args.methods if name not in methods]
        if unknown:
            raise BadInput(f'--methods {unknown} are not among '
                           f'{list(methods)}.')
        methods = {name: methods[name] for name in args.methods}
    options: dict = study_world(args.data)
    threads = max(1, torch.get_num_threads() // args.jobs)
    kept = Kept(args.kept, dict(data=args.data, out=args.out))
    how = Settings(args.out, {
        **options,
        **args.cfg_options
    }, args.epochs, args.jobs, threads, tuple(args.learning_rates),
                   args.tuning_epochs, kept)
    return run_study(methods, args.seeds, args.probe, args.probe_all, how)


def main() -> None:
    """Run and print the table."""
    args = parse_args()
    with one_line_errors():
        try:
            print(run(args))
        except RunsFailed as error:
            # The runs' own output says why.
            sys.exit(str(error))


if __name__ == '__main__':
    main()
