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

from mmengine.config import DictAction

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.experiments import run_protocols
from reldistill_mm.experiments.plan import RANDOM, parse_columns
from reldistill_mm.experiments.run import RunsFailed


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
        type=Path,
        metavar='CONFIG',
        help='downstream configs, or a zero-shot config')
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
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='changes to every config')
    args = parser.parse_args()
    try:
        args.checkpoints = parse_columns(args.start, args.checkpoints)
    except ValueError as error:
        parser.error(str(error))
    return args


def main() -> None:
    """Run all and print the table."""
    args = parse_args()
    try:
        print(
            run_protocols(args.checkpoints, args.protocols, args.seeds,
                          args.out, args.cfg_options, args.jobs))
    except RunsFailed as error:
        # The runs' own output says why.
        sys.exit(str(error))


if __name__ == '__main__':
    with one_line_errors():
        main()
