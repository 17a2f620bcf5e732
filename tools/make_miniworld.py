"""Make MiniWorld, a small driving world in nuScenes' or KITTI's format."""
import argparse
import sys
import time
from pathlib import Path

try:
    from reldistill_mm.io.paths import use_project
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from reldistill_mm.io.paths import use_project

use_project('MiniWorld')

from miniworld import DEFAULTS, ensure_miniworld
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.io.files import require_folder


def parse_args() -> argparse.Namespace:
    """Parse the command line; options not given have the town's defaults."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='\n'.join(f'defaults of {town}: {args}'
                         for town, args in DEFAULTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--out',
        type=Path,
        help='folder to write (default: '
        'data/miniworld or data/miniworld_other)')
    parser.add_argument(
        '--town',
        choices=sorted(DEFAULTS),
        default='nuscenes',
        help='nuscenes: six cameras and '
        '32 beams; other: one camera, 64 beams, '
        "SemanticKITTI's folders")
    parser.add_argument(
        '--scenes',
        type=int,
        nargs=2,
        metavar=('TRAIN', 'VAL'),
        help='numbers of train and val scenes')
    parser.add_argument('--keyframes', type=int, help='keyframes per scene')
    parser.add_argument(
        '--image-size',
        type=int,
        nargs=2,
        metavar=('WIDTH', 'HEIGHT'),
        help='image size in pixels')
    parser.add_argument(
        '--azimuth-steps', type=int, help='rays per beam and turn')
    parser.add_argument('--seed', type=int, help='seed of the world')
    parser.add_argument(
        '--workers', type=int, default=2, help='worker processes')
    return parser.parse_args()


def main() -> None:
    """Build the world unless it exists."""
    args = vars(parse_args())
    town, out = args.pop('town'), args.pop('out')
    workers = args.pop('workers')
    default = 'miniworld' if town == 'nuscenes' else 'miniworld_other'
    out = out or Path('data') / default
    require_folder(out.parent)
    start = time.time()
    ensure_miniworld(out, town, workers, **{
        k: v
        for k, v in args.items() if v is not None
    })
    print(f'MiniWorld: {out} is complete ({time.time() - start:.1f} s).')


if __name__ == '__main__':
    with one_line_errors():
        main()
