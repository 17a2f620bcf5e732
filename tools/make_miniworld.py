"""Make MiniWorld, a small driving world in nuScenes' or KITTI's format."""
import argparse
import time
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.io.paths import use_project

use_project('MiniWorld')

from miniworld import DEFAULTS, LARGE, ensure_miniworld
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
        'data/miniworld, data/miniworld_other or data/miniworld_large)')
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
        nargs='+',
        metavar='N',
        help='numbers of train scenes, of val scenes and, in the format of '
        'nuScenes, of scenes for choices; these get info files, too')
    parser.add_argument(
        '--large',
        action='store_true',
        help='--scenes 8 10 4 --seed 1: enough for intervals over scenes')
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
    args = parser.parse_args()
    if args.large and (args.scenes or args.seed is not None
                       or args.town != 'nuscenes'):
        parser.error(
            "--large is a world in nuScenes' format with --scenes and "
            '--seed of its own')
    return args


def main() -> None:
    """Build the world unless it exists."""
    args = vars(parse_args())
    town, out = args.pop('town'), args.pop('out')
    workers = args.pop('workers')
    default = 'miniworld' if town == 'nuscenes' else 'miniworld_other'
    if args.pop('large'):
        default = 'miniworld_large'
        args.update(LARGE)
    out = out or Path('data') / default
    require_folder(out.parent)
    start = time.time()
    given = {k: v for k, v in args.items() if v is not None}
    if town == 'nuscenes' and len(given.get('scenes', ())) == 3:
        from miniworld.prepare import prepare_data

        # create_data.py would count scenes for choices among the training.
        prepare_data(out, workers=workers, **given)
    else:
        ensure_miniworld(out, town, workers, **given)
    print(f'MiniWorld: {out} is complete ({time.time() - start:.1f} s).')


if __name__ == '__main__':
    with one_line_errors():
        main()
