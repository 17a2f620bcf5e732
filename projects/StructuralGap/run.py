"""The structural gap and mIoU: ``python projects/StructuralGap/run.py``.

On MiniWorld it trains every method with every seed, tests, probes, and writes
``results.md``, ``results.json`` and pictures into ``--out``. A second call
continues where the first one ended. With checkpoints of your own, nothing is
trained:

    python projects/StructuralGap/run.py --config configs/reldistill_nus.py \
        --checkpoints relational=work_dirs/a/epoch_50.pth \
            contrastive=work_dirs/b/epoch_50.pth
"""
import argparse
from pathlib import Path

from mmengine.config import DictAction

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.experiments.plan import RANDOM
from reldistill_mm.io.paths import use_project

use_project('MiniWorld')
from structural_gap.methods import CONFIGS
from structural_gap.study import (judge_again, study_checkpoints,
                                  study_miniworld)


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out',
        type=Path,
        default=Path('work_dirs/structural_gap'),
        help='folder for runs, tables and pictures (default: %(default)s)')
    add('--seeds',
        type=int,
        nargs='+',
        help='seeds (default: 0 1 2, with '
        "--checkpoints 0); each replaces '{seed}' in a path")
    add('--jobs', type=int, default=1, help='runs at a time')
    add('--probes', type=Path, nargs='*', help='downstream configs')
    add('--elsewhere',
        type=Path,
        nargs='*',
        default=[],
        help='downstream configs on data other than that distilled on')
    add('--toy',
        type=Path,
        help="ToyClusters' results.json (claim 6)",
        default=Path(__file__).parents[1] / 'ToyClusters/results/results.json')
    add('--records',
        type=Path,
        help="a finished study's results.json, to be judged again; nothing "
        'runs')
    add('--cache',
        type=Path,
        help="folder of the teacher's features at the training set's pairs; "
        'default: in --out, or none with checkpoints of your own')
    world = parser.add_argument_group('training on MiniWorld')
    add = world.add_argument
    add('--data',
        type=Path,
        default=Path('data/miniworld'),
        help="MiniWorld's folder, made if it is missing (default: %(default)s)"
        )
    add('--methods',
        nargs='+',
        choices=CONFIGS,
        default=list(CONFIGS),
        help='methods to compare (default: all)')
    add('--learning-rates',
        type=float,
        nargs='+',
        default=[3e-3, 1e-2, 3e-2],
        help='learning rates to choose from (default: %(default)s)')
    add('--epochs', type=int, help="number of epochs (default: the configs')")
    add('--tuning-epochs',
        type=int,
        default=4,
        help='epochs of the runs that choose a learning rate')
    add('--no-cache', action='store_true', help='run the teacher in training')
    own = parser.add_argument_group('checkpoints of your own')
    add = own.add_argument
    add('--config', type=Path, help='config that they were distilled with')
    add('--checkpoints',
        nargs='+',
        metavar='NAME=PATH',
        help='checkpoints of your own; nothing is trained')
    add('--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='changes to every config')
    args = parser.parse_args()
    if (args.config is None) != (args.checkpoints is None):
        parser.error('--config and --checkpoints need each other')
    names = [text.partition('=')[0] for text in args.checkpoints or ()]
    if (not all('=' in text for text in args.checkpoints or ())
            or len(set(names)) < len(names) or RANDOM in names):
        parser.error('--checkpoints takes NAME=PATH, each name once; '
                     f"'{RANDOM}' is a protocol's name for no checkpoint")
    return args


def main() -> None:
    """Run and print the tables."""
    args = parse_args()
    study = (
        judge_again if args.records else
        study_checkpoints if args.config else study_miniworld)
    with one_line_errors():
        print(study(args))


if __name__ == '__main__':
    main()
