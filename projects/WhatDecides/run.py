"""What decides the order: ``python projects/WhatDecides/run.py``.

On MiniWorld it trains the relational and the similarity loss with one thing
changed at a time, and writes ``results.md``, ``results.json`` and pictures
into ``--out``. It says what it will cost before it starts. A second call
continues where the first one ended.
"""
import argparse

import torch

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.study_options import (add_training, open_kept,
                                                     print_study,
                                                     require_training,
                                                     study_parser)
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.paths import use_project

use_project('MiniWorld')
from what_decides.factors import RECIPE, study_factors
from what_decides.study import Settings, run_study

from miniworld.prepare import study_world, world_state

# One level of each beside the recipe, for a look in ten minutes.
QUICK = dict(
    pairs='mixed_0.3',
    cone='cone_1.5',
    noise='noise_1',
    projector='layers_3',
    intra='intra_0')
QUICK_FRAMES = dict(train=20, test=10)


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    names = list(study_factors(6))
    parser = study_parser(__doc__, 'work_dirs/what_decides')
    add = parser.add_argument
    add_training(add, tuning_epochs=4)
    add('--factors',
        nargs='+',
        choices=names,
        metavar='NAME',
        help=f"what to change, of {', '.join(names)} (default: all)")
    add('--epochs',
        type=int,
        default=6,
        help='number of epochs where the length is not the factor (default: '
        '%(default)s)')
    add('--most-hours',
        type=float,
        default=6.,
        help='core hours that it may cost by its own estimate (default: '
        '%(default)s)')
    add('--quick',
        action='store_true',
        help='one level of five factors, one seed, one epoch, few keyframes: '
        'ten minutes of one core that show how it works, and nothing else')
    return parser.parse_args(arguments)


def run(args: argparse.Namespace) -> str:
    """Prepare the data, run, and return the tables."""
    require_training(args)
    if not args.learning_rates:
        raise BadInput('--learning-rates needs one at least: a level has no '
                       'config of its own.')
    require_folder(args.out)
    options: dict = study_world(args.data)
    factors = study_factors(args.epochs)
    if args.factors:
        factors = {name: factors[name] for name in args.factors}
    if args.quick:
        factors = quick_factors(args.factors)
        args.seeds, args.epochs = args.seeds[:1], 1
        args.learning_rates = args.learning_rates[-1:]
        options.update({
            f'{loader}_dataloader.dataset.indices': count
            for loader, count in QUICK_FRAMES.items()
        })
    threads = max(1, torch.get_num_threads() // args.jobs)
    how = Settings(args.out, {
        **options,
        **args.cfg_options
    }, args.epochs, args.learning_rates, args.tuning_epochs, args.jobs,
                   threads, args.most_hours,
                   open_kept(args, world_state(args.data)))
    return run_study(factors, args.seeds, how)


def quick_factors(names: list[str] | None) -> dict:
    """Keep the recipe and one level of each factor."""
    factors = study_factors(1)
    unknown = set(names or ()) - set(QUICK)
    if unknown:
        raise BadInput(
            f'--quick knows {", ".join(QUICK)}, not '
            f'{", ".join(sorted(unknown))}: leave it out for those.')
    return {
        name:
        factors[name]._replace(
            levels=tuple(level for level in factors[name].levels
                         if level.name in (RECIPE, kept)))
        for name, kept in QUICK.items() if name in (names or QUICK)
    }


def main() -> None:
    """Run and print the tables."""
    args = parse_args()
    print_study(lambda: run(args), args.page, 'WhatDecides')


if __name__ == '__main__':
    main()
