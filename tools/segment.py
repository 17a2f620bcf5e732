"""Label every point of scans, or of folders of scans, with your own words.

``python tools/segment.py SCAN... --words "car, tree, road" --model DIR``
DIR comes from tools/export_zero_shot.py; a config with --checkpoint works
too. Words that the model does not hold are embedded by the CLIP that its
config names, and kept for later calls.
"""
import argparse
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.checks import add_intensity, check_intensities
from reldistill_mm.cli.command_line import device, one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.functional.prompts import parse_words
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.named_inputs import (SCANS, list_scans,
                                           require_checkpoint, require_config,
                                           require_scan)


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        'scans',
        type=Path,
        nargs='+',
        metavar='SCAN',
        help=f"files ({', '.join(SCANS)}), or folders of such files")
    parser.add_argument(
        '--labels-only',
        action='store_true',
        help='draw nothing, for many scans')
    parser.add_argument(
        '--model', required=True, help='exported folder, or a config')
    parser.add_argument(
        '--checkpoint', help='weights, if the model is a config')
    parser.add_argument(
        '--words', help="e.g. 'car, tree, road' (default: the model's own)")
    parser.add_argument(
        '--unknown',
        type=float,
        metavar='THRESHOLD',
        help="label 'unknown' where the best word's cosine is below this")
    parser.add_argument(
        '--heat-map',
        metavar='WORD',
        help='also show how well this word fits each point')
    parser.add_argument(
        '--out',
        type=Path,
        help="folder to write (default: segmented/NAME-SUM, the scan's name "
        "and a checksum of its path, so that no two scans share one); of "
        'several scans each has one in it, and labels/NAME in its own format '
        '(.pcd and .ply with a field label, .npy, .label)')
    parser.add_argument(
        '--columns',
        type=int,
        help='columns per point in a .bin file (default: guessed)')
    add_intensity(parser.add_argument)
    parser.add_argument(
        '--origin',
        type=float,
        nargs=3,
        metavar=('X', 'Y', 'Z'),
        help="position of the sensor in the file's frame, for clouds in map "
        'coordinates')
    parser.add_argument(
        '--device',
        type=device,
        help='device to run on (default: a GPU, where there is one)')
    add_config_options(parser)
    return parser.parse_args()


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what cannot be right before anything is imported."""
    check_intensities(args.intensity, args.intensity_scale, args.origin)
    for path in args.scans:
        require_scan(list_scans(path)[0])
    if args.out is not None:
        require_folder(args.out)
    model = Path(args.model)
    require_config(model / 'zero_shot.py' if model.is_dir() else model)
    if args.checkpoint is not None:
        require_checkpoint(args.checkpoint)


def main() -> None:
    """Read, segment and write scans."""
    args = parse_args()
    words = None if args.words is None else parse_words(args.words)
    heat = None if args.heat_map is None else parse_words(args.heat_map)
    check_arguments(args)
    from mmengine.device import get_device

    from reldistill_mm.apis.segment_file import segment_file
    paths = segment_file(
        args.scans,
        args.model,
        args.checkpoint,
        words,
        heat,
        args.out,
        args.device or get_device(),
        args.columns,
        args.intensity,
        args.intensity_scale,
        args.origin,
        args.cfg_options,
        unknown=args.unknown,
        pictures=not args.labels_only)
    for path in paths:
        print(f'Wrote {path}')


if __name__ == '__main__':
    with one_line_errors():
        main()
