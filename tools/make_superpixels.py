"""Write the superpixels (SLIC) of a config's images, once for all epochs.

``python tools/make_superpixels.py configs/baselines/slidr_nus.py``
Maps that are there stay, so that it can be run again to finish. The step
LoadSuperpixels reads them. --workers share the work on one machine, --rank
among machines, or ``torchrun``.
"""
import argparse

import _start  # noqa: F401

from reldistill_mm.cli.checks import add_ranks, check_ranks
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.errors import BadInput
from reldistill_mm.io.named_inputs import require_config


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument(
        '--files',
        help="names of the maps, as '{folder}/{stem}_slic.png' (default: "
        "those of the config's LoadSuperpixels, else superpixels/{camera}/"
        '{stem}.png in the data_root)')
    parser.add_argument(
        '--split',
        choices=['train', 'val'],
        default='train',
        help='dataset of the config to read (default: %(default)s)')
    parser.add_argument(
        '--segments',
        type=int,
        default=150,
        help='about how many an image gets (default: %(default)s)')
    parser.add_argument(
        '--compactness',
        type=float,
        default=6.0,
        help='nearness against likeness of colour (default: %(default)s)')
    parser.add_argument(
        '--sigma',
        type=float,
        default=3.0,
        help='smoothing in pixels (default: %(default)s)')
    parser.add_argument(
        '--workers',
        type=int,
        default=2,
        help='processes that share the work (default: %(default)s)')
    add_ranks(parser)
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Write the maps and print how many."""
    args = parse_args()
    if args.workers < 0:
        raise BadInput(
            f'--workers must not be negative, as {args.workers} is.')
    check_ranks(args.rank, args.world_size)
    require_config(args.config)
    from reldistill_mm.apis.make_superpixels import make_superpixels
    files, outcomes = make_superpixels(args.config, args.files, args.split,
                                       args.segments, args.compactness,
                                       args.sigma, args.workers,
                                       args.cfg_options, args.rank,
                                       args.world_size)
    done = ', '.join(f'{count} {name}' for name, count in outcomes.items())
    print(f'\n{files}: {done or "no images"}.')


if __name__ == '__main__':
    with one_line_errors():
        main()
