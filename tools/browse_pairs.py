"""Draw the point-pixel pairs that a config makes, and judge the calibration.

Each camera's bare image stands beside the same with its pairs. Printed is how
well the edges of the clouds meet those of the images, as calibrated and turned
by 0.25 to 1 degree, and what that says of the calibration.

``python tools/browse_pairs.py configs/reldistill_nus.py --out pairs.png``
"""
import argparse

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.io.files import require_file_place
from reldistill_mm.io.named_inputs import require_config


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument('--out', default='pairs.png', help='picture to write')
    parser.add_argument('--index', type=int, default=0, help='sample number')
    parser.add_argument(
        '--frames',
        type=int,
        default=8,
        help='samples, of as many as there are, to judge the calibration by '
        'together; more of them see smaller errors (default: %(default)s)')
    parser.add_argument(
        '--augmented',
        action='store_true',
        help='show crops and flips as the teacher sees them')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='seed of the augmentation (default: %(default)s)')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Draw, and print the numbers of pairs."""
    args = parse_args()
    require_config(args.config)
    require_file_place(args.out, '--out')
    from reldistill_mm.apis.browse_pairs import browse_pairs
    print(
        browse_pairs(args.config, args.out, args.index, args.augmented,
                     args.seed, args.cfg_options, args.frames))
    print(f'Wrote {args.out}')


if __name__ == '__main__':
    with one_line_errors():
        main()
