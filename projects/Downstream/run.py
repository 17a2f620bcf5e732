"""What the students are good for: ``python projects/Downstream/run.py``.

Makes the large MiniWorld, distils students with every loss and seed, each loss
at a rate of its own, chooses rates and lengths of fine-tuning on the choose
scenes, fine-tunes and probes, and compares on ten val scenes. A second call
continues where the first one ended.
"""
import argparse
from pathlib import Path

from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.methods import find_methods
from reldistill_mm.experiments.study_options import (add_kept, add_page,
                                                     print_study)
from reldistill_mm.io.paths import use_project

use_project('MiniWorld')
from downstream_study.sizes import QUICK, WHOLE
from downstream_study.study import run_study


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out',
        type=Path,
        help='folder for runs and tables (default: work_dirs/downstream, '
        'with --quick work_dirs/downstream_quick)')
    add('--data',
        type=Path,
        help="the world's folder, made if it is missing (default: "
        'data/miniworld_large, with --quick data/miniworld_quick)')
    add('--jobs', type=int, default=2, help='runs at a time')
    add('--seeds', type=int, nargs='+', help='seeds (default: 0 to 4)')
    add('--methods',
        nargs='+',
        choices=find_methods({}),
        metavar='NAME',
        help='losses of the students (default: relational similarity)')
    add('--epochs',
        type=int,
        help="epochs of distillation (default: the configs')")
    add('--table',
        type=Path,
        metavar='FILE',
        help="MethodTable's results.json: its students are taken, and none is "
        'trained')
    add_kept(add)
    add_page(add)
    add('--sweep-iters',
        type=int,
        help='iterations of fine-tuning at constant rates, at most (default: '
        '600)')
    add('--quick',
        action='store_true',
        help='every part once, small, in ten minutes; no figure of it means '
        'anything')
    args = parser.parse_args()
    if args.table and args.epochs:
        parser.error('--table takes students that are trained; --epochs would '
                     'train others')
    return args


def main() -> None:
    """Run and print the tables."""
    args = parse_args()
    size, end = (QUICK, '_quick') if args.quick else (WHOLE, '')
    if args.seeds:
        size = size._replace(seeds=tuple(args.seeds))
    if args.methods:
        size = size._replace(methods=tuple(args.methods))
    if args.epochs:
        size = size._replace(epochs=args.epochs)
    if args.sweep_iters:
        size = size._replace(
            sweep=size.sweep._replace(max_iters=args.sweep_iters))
    data = args.data or Path(f'data/miniworld{end or "_large"}')
    out = args.out or Path(f'work_dirs/downstream{end}')
    print_study(
        lambda: run_study(size, data, out, args.jobs,
                          Kept(args.kept, dict(data=data, out=out)), args.table
                          ), args.page, 'Downstream')


if __name__ == '__main__':
    main()
