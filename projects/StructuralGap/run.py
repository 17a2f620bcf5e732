"""The structural gap and mIoU: ``python projects/StructuralGap/run.py``.

It judges the runs of projects/MethodTable and writes ``results.md``,
``results.json`` and pictures into ``--out``. Nothing is trained. With
checkpoints of your own it tests and probes them first; a second call
continues where the first one ended:

    python projects/StructuralGap/run.py --config configs/reldistill_nus.py \
        --checkpoints relational=work_dirs/a/epoch_50.pth \
            contrastive=work_dirs/b/epoch_50.pth
"""
import argparse
from pathlib import Path

from structural_gap.study import judge_again, study_checkpoints, study_table

from reldistill_mm.cli.table_columns import RANDOM
from reldistill_mm.experiments.study_options import print_study, study_parser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = study_parser(__doc__, 'work_dirs/structural_gap')
    add = parser.add_argument
    add('--table',
        type=Path,
        default=Path('work_dirs/method_table/results.json'),
        help="MethodTable's results.json; with the runs beside it, pictures "
        'of features are drawn, too (default: %(default)s)')
    add('--toy',
        type=Path,
        help="ToyClusters' results.json (claim 6)",
        default=Path(__file__).parents[1] / 'ToyClusters/results/results.json')
    add('--contrasts', type=Path, help="Downstream's contrasts.json (claim 5)")
    add('--records',
        type=Path,
        help="a finished study's results.json, to be judged again; nothing "
        'runs')
    add('--cache',
        type=Path,
        help="folder of the teacher's features at the training set's pairs; "
        'with it the classes are studied')
    own = parser.add_argument_group('checkpoints of your own')
    add = own.add_argument
    add('--config', type=Path, help='config that they were distilled with')
    add('--checkpoints',
        nargs='+',
        metavar='NAME=PATH',
        help='checkpoints of your own, to be tested')
    add('--seeds',
        type=int,
        nargs='+',
        default=[0],
        help="seeds; each replaces '{seed}' in a path (default: 0)")
    add('--probes',
        type=Path,
        nargs='*',
        default=[],
        help='downstream configs')
    add('--elsewhere',
        type=Path,
        nargs='*',
        default=[],
        help='downstream configs on data other than that distilled on')
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
        judge_again
        if args.records else study_checkpoints if args.config else study_table)
    print_study(lambda: study(args), args.page, 'StructuralGap')


if __name__ == '__main__':
    main()
