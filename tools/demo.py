"""The first five minutes: ``make demo``.

Makes MiniWorld, judges the teacher, trains the student without a label, tests
it, and writes figures and pictures into ``--out``.
"""
import argparse
from pathlib import Path

from reldistill_mm.demo import run_demo


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('--out', type=Path, default=Path('demo_out'))
    parser.add_argument('--data', type=Path, default=Path('data/miniworld'))
    parser.add_argument('--seeds', type=int, nargs='+', default=[0])
    parser.add_argument(
        '--epochs', type=int, help="defaults to the config's own")
    args = parser.parse_args()
    run_demo(args.out, args.data, args.seeds, args.epochs)


if __name__ == '__main__':
    main()
