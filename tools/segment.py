"""Label every point of a scan, or of a folder of scans, with your own words.

``python tools/segment.py SCAN --words "car, tree, road" --model DIR``
DIR comes from tools/export_zero_shot.py; a config with --checkpoint works
too. Words that the model does not hold are embedded by the CLIP that its
config names, and kept for later calls.
"""
import argparse
from pathlib import Path

from mmengine.config import DictAction
from mmengine.device import get_device

from reldistill_mm.apis import segment_file
from reldistill_mm.cli.command_line import device, one_line_errors
from reldistill_mm.datasets.scans import EXTENSIONS
from reldistill_mm.functional.prompts import parse_words


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        'scan',
        type=Path,
        help=f"a file ({', '.join(EXTENSIONS)}), or a folder of such files")
    parser.add_argument(
        '--model', required=True, help='exported folder, or a config')
    parser.add_argument(
        '--checkpoint', help='weights, if the model is a config')
    parser.add_argument(
        '--words', help="e.g. 'car, tree, road' (default: the model's own)")
    parser.add_argument(
        '--heat-map',
        metavar='WORD',
        help='also show how well this word fits each point')
    parser.add_argument(
        '--out',
        type=Path,
        help="folder to write (default: segmented/NAME-SUM, the scan's name "
        "and a checksum of its path, so that no two scans share one); of a "
        'folder each scan has one in it, and labels/NAME in its own format '
        '(.pcd and .ply with a field label, .npy, .label)')
    parser.add_argument(
        '--columns',
        type=int,
        help='columns per point in a .bin file (default: guessed)')
    parser.add_argument(
        '--intensity',
        type=float,
        help='one value for all points, 0 to 255, for scans without any')
    parser.add_argument(
        '--intensity-scale',
        type=float,
        help='factor that brings intensities to 0 to 255 (default: guessed '
        'from their quantiles)')
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
        default=get_device(),
        help='device to run on (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='changes of the config, key=value')
    return parser.parse_args()


def main() -> None:
    """Read, segment and write scans."""
    args = parse_args()
    words = None if args.words is None else parse_words(args.words)
    heat = None if args.heat_map is None else parse_words(args.heat_map)
    paths = segment_file(args.scan, args.model, args.checkpoint, words, heat,
                         args.out, args.device, args.columns, args.intensity,
                         args.intensity_scale, args.origin, args.cfg_options)
    for path in paths:
        print(f'Wrote {path}')


if __name__ == '__main__':
    with one_line_errors():
        main()
