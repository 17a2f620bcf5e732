"""Draw the point-pixel pairs that a config makes, and judge the calibration.

Each camera's bare image stands beside the same with its pairs. Printed is how
well the edges of the clouds meet those of the images, as calibrated and turned
by 0.25 to 1 degree, and what that says of the calibration.

``python tools/browse_pairs.py configs/reldistill_nus.py --out pairs.png``
"""
import argparse

from mmengine.config import DictAction

from reldistill_mm.apis import browse_pairs
from reldistill_mm.cli.command_line import one_line_errors


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument('--out', default='pairs.png', help='picture to write')
    parser.add_argument('--index', type=int, default=0, help='sample number')
    parser.add_argument(
        '--frames',
        type=int,
        default=1,
        help='samples to judge the calibration by; more of them see smaller '
        'errors '
        '(default: %(default)s)')
    parser.add_argument(
        '--augmented',
        action='store_true',
        help='show crops and flips as the teacher sees them')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='seed of the augmentation (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='changes of the config, key=value')
    return parser.parse_args()


def main() -> None:
    """Draw, and print the numbers of pairs."""
    args = parse_args()
    print(
        browse_pairs(args.config, args.out, args.index, args.augmented,
                     args.seed, args.cfg_options, args.frames))
    print(f'Wrote {args.out}')


if __name__ == '__main__':
    with one_line_errors():
        main()
