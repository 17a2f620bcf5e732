r"""Take checkpoints through downstream protocols and write one table.

    python tools/run_protocol.py \
        --start random \
        --checkpoints relational=work_dirs/rel/seed{seed}/epoch_30.pth \
        --protocols configs/reldistill_miniworld.py \
            configs/downstream/linear_probe_miniworld.py \
            configs/downstream/finetune_miniworld_1pct.py \
        --seeds 0 1 2 --jobs 2 --out work_dirs/protocols

Each run is tools/train.py and tools/test.py (a zero-shot config is tested
only). A second call continues where the first one ended.
"""
import argparse
import sys
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import ConfigOptions
from reldistill_mm.cli.sweep_settings import Sweep
from reldistill_mm.cli.table_columns import RANDOM, parse_columns
from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.named_inputs import require_config


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--checkpoints',
        nargs='+',
        default=[],
        metavar='NAME=PATH',
        help="columns of the table; '{seed}' in a path is the run's seed; "
        f"'{RANDOM}' alone is --start {RANDOM}")
    parser.add_argument(
        '--start',
        nargs='+',
        default=[],
        metavar='NAME',
        help="columns without a checkpoint, by their name in the configs' "
        f"starts; '{RANDOM}' is the baseline without pretraining")
    parser.add_argument(
        '--protocols',
        nargs='+',
        required=True,
        metavar='CONFIG',
        help='downstream configs, or a zero-shot config; those of '
        "configs/downstream by their name, too, and 'linear_probe' and "
        "'linear_probe_balanced' on --data")
    parser.add_argument(
        '--data',
        metavar='NAME',
        help="data of 'linear_probe': what follows finetune_ in "
        'configs/downstream (nus, kitti, miniworld, semanticposs_1pct, ...)')
    parser.add_argument(
        '--seeds',
        nargs='+',
        type=int,
        default=[0, 1, 2],
        help='seeds of each run (default: %(default)s)')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/protocols'),
        help='folder for runs and the table (default: %(default)s)')
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        help='runs at a time, which share the cores')
    parser.add_argument(
        '--subsets',
        type=int,
        default=1,
        help='labelled subsets of a protocol on every n-th keyframe '
        "(default: the config's own one)")
    parser.add_argument(
        '--seeds-per-subset',
        type=int,
        default=2,
        help='seeds that see each of several subsets (default: %(default)s)')
    parser.add_argument(
        '--compare',
        nargs=2,
        action='append',
        default=[],
        metavar=('COLUMN', 'OTHER'),
        help='test whether a column is above another, over seeds, subsets and '
        'scenes; may be given again')
    add_sweep(parser)
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigOptions,
        default={},
        help='changes to every config')
    args = parser.parse_args()
    try:
        args.checkpoints = parse_columns(args.start, args.checkpoints)
    except ValueError as error:
        parser.error(str(error))
    return args


def add_sweep(parser: argparse.ArgumentParser) -> None:
    """Add what is tried before the runs."""
    usual = Sweep()
    group = parser.add_argument_group(
        'learning rates and lengths', 'chosen for every column by one rule on '
        'scenes of their own: docs/protocols.md')
    group.add_argument(
        '--sweep', action='store_true', help='choose them before the runs')
    group.add_argument(
        '--sweep-on',
        metavar='ANN_FILE',
        default=usual.ann_file,
        help='info file of the choose scenes (default: %(default)s)')
    for part in ('backbone', 'head'):
        group.add_argument(
            f'--{part}-rates',
            type=float,
            nargs='+',
            metavar='LR',
            default=getattr(usual, part),
            help='learning rates to try (default: %(default)s)')
    group.add_argument(
        '--sweep-iters',
        type=int,
        default=usual.max_iters,
        help='most iterations of a trial (default: %(default)s)')
    group.add_argument(
        '--sweep-interval',
        type=int,
        default=usual.interval,
        help='iterations between two tests of a trial (default: %(default)s)')


def sweep_of(args: argparse.Namespace) -> Sweep | None:
    """What the arguments ask to be tried."""
    if not args.sweep:
        return None
    return Sweep(args.sweep_on, args.backbone_rates, args.head_rates,
                 args.sweep_iters, args.sweep_interval)


def main() -> None:
    """Run all and print the table."""
    args = parse_args()
    if args.jobs < 1:
        raise BadInput(f'--jobs must be positive, not {args.jobs}.')
    require_folder(args.out)
    for text in args.protocols:
        # Others may be short names.
        if '/' in text or text.endswith('.py'):
            require_config(text)
    from reldistill_mm.experiments import run_protocols
    from reldistill_mm.experiments.named import named_protocol
    from reldistill_mm.experiments.run import RunsFailed
    protocols = [
        named_protocol(name, args.data, args.out) for name in args.protocols
    ]
    try:
        print(
            run_protocols(args.checkpoints, protocols, args.seeds, args.out,
                          args.cfg_options, args.jobs, args.subsets,
                          args.seeds_per_subset, sweep_of(args), args.compare))
    except RunsFailed as error:
        # The runs' own output says why.
        sys.exit(str(error))


if __name__ == '__main__':
    with one_line_errors():
        main()
