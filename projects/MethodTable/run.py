"""All methods on MiniWorld: ``python projects/MethodTable/run.py``.

It trains ``reldistill_miniworld.py`` and every ``configs/baselines/
*_miniworld.py`` with every seed, each at a learning rate of its own, tests
them, and writes ``table.md`` and ``results.json`` into ``--out``. A second
call continues where the first one ended.
"""
import argparse
from pathlib import Path

import torch

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.methods import find_methods
from reldistill_mm.experiments.study_options import (add_training, open_kept,
                                                     print_study,
                                                     require_training,
                                                     study_parser)
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.paths import config_path, use_project

use_project('MiniWorld')
from method_table.methods import Settings
from method_table.study import run_study

from miniworld.prepare import study_world, world_state

PROBE = 'downstream/linear_probe_miniworld.py'


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = study_parser(__doc__, 'work_dirs/method_table')
    add = parser.add_argument
    add_training(add, tuning_epochs=4)
    add('--epochs', type=int, help="number of epochs (default: the configs')")
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
    args = parser.parse_args()
    if not all('=' in text for text in args.more):
        parser.error('--more takes NAME=CONFIG')
    return args


def run(args: argparse.Namespace) -> str:
    """Prepare the data, run, and return the table."""
    require_training(args)
    require_folder(args.out)
    more = dict(text.split('=', 1) for text in args.more)
    methods = find_methods(more)
    if args.methods:
        unknown = [name for name in args.methods if name not in methods]
        if unknown:
            raise BadInput(f'--methods {unknown} are not among '
                           f'{list(methods)}.')
        # In the order found: of two that are one, it decides which is run.
        methods = {
            name: path
            for name, path in methods.items() if name in args.methods
        }
    options: dict = study_world(args.data)
    threads = max(1, torch.get_num_threads() // args.jobs)
    how = Settings(args.out, {
        **options,
        **args.cfg_options
    }, args.epochs, args.jobs, threads, tuple(args.learning_rates),
                   args.tuning_epochs, open_kept(args, world_state(args.data)))
    return run_study(methods, args.seeds, args.probe, args.probe_all, how)


def main() -> None:
    """Run and print the table."""
    args = parse_args()
    print_study(lambda: run(args), args.page, 'MethodTable')


if __name__ == '__main__':
    main()
