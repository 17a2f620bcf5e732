"""Make info files: ``python tools/create_data.py nuscenes --root-path ...``.

Your own recordings, a folder with ``points``, ``images/CAMERA`` and
``calibration.yaml``: ``python tools/create_data.py folder ROOT``.

nuScenes and SemanticKITTI go through mmdet3d's own converters, which are then
given each keyframe's scene and each scan's camera. Every other dataset is
handed to mmdet3d's own ``create_data.py``.
"""
import argparse
import sys
from pathlib import Path

import mmdet3d

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.compat.upstream_tools import run_upstream_tool
from reldistill_mm.datasets.convert_semantickitti import convert_semantickitti

_DATASETS = ('nuscenes', 'semantickitti')
# What mmdet3d's own tool converts beside these.
_UPSTREAM = ('kitti', 'lyft', 's3dis', 'scannet', 'sunrgbd', 'waymo')


def parse_args() -> argparse.Namespace:
    """Parse the command line for the datasets that we convert."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'dataset',
        choices=(*_DATASETS, *_UPSTREAM),
        metavar='DATASET',
        help=f"one of {', '.join(_DATASETS)}, folder (see `folder --help`), "
        f"or by mmdet3d's own tool and with its options {', '.join(_UPSTREAM)}"
    )
    parser.add_argument(
        '--root-path', help='folder of the data (default: ./data/DATASET)')
    parser.add_argument(
        '--out-dir', help='folder for the info files (default: --root-path)')
    parser.add_argument(
        '--extra-tag', help='prefix of the info files (default: DATASET)')
    parser.add_argument(
        '--version', default='v1.0-trainval', help='nuScenes version')
    parser.add_argument(
        '--max-sweeps',
        type=int,
        default=10,
        help='sweeps listed for each keyframe (default: %(default)s)')
    return parser.parse_args()


def parse_folder_args() -> argparse.Namespace:
    """Parse the command line for a folder of one's own recordings."""
    parser = argparse.ArgumentParser(
        prog='create_data.py folder',
        description='Make the info file of a folder with points/*.bin (.pcd, '
        '.ply, .npy), images/CAMERA/*.jpg (.png) and calibration.yaml, check '
        'it and draw its pairs; docs/own_data.md describes the folder.')
    parser.add_argument('root', type=Path, help='the folder')
    _add_check_arguments(parser)
    return parser.parse_args(sys.argv[2:])


def _add_check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--out', type=Path, help='info file (default: ROOT/infos.pkl)')
    parser.add_argument(
        '--picture',
        type=Path,
        help='picture of the pairs (default: pairs.png beside the info file)')
    parser.add_argument(
        '--frames',
        type=int,
        default=8,
        help='keyframes to check; more of them see smaller errors of the '
        'calibration (default: %(default)s)')
    parser.add_argument(
        '--max-sweeps',
        type=int,
        default=10,
        help='sweeps listed for each keyframe, where there are poses '
        '(default: %(default)s)')


def prepare(root: Path, args: argparse.Namespace) -> None:
    """Make, check and draw what a folder holds."""
    from reldistill_mm.apis.prepare_recording import prepare_recording
    paths = prepare_recording(root, args.out, args.picture, args.frames,
                              args.max_sweeps)
    print('Wrote', *paths)


def main() -> None:
    """Convert our datasets, or hand over to mmdet3d."""
    if sys.argv[1:2] == ['folder']:
        args = parse_folder_args()
        prepare(args.root, args)
        return
    if len(sys.argv) > 1 and sys.argv[1] in _UPSTREAM:
        sys.path.insert(0, str(Path(mmdet3d.__file__).parent / '.mim'))
        run_upstream_tool('create_data.py')
        return
    args = parse_args()
    root = Path(args.root_path or f'./data/{args.dataset}')
    out_dir = Path(args.out_dir or root)
    prefix = args.extra_tag or args.dataset
    if args.dataset == 'semantickitti':
        paths = convert_semantickitti(root, out_dir, prefix)
    else:
        # Only nuScenes needs the devkit.
        from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
        paths = convert_nuscenes(root, out_dir, args.version, prefix,
                                 args.max_sweeps)
    print('Wrote', *paths)


if __name__ == '__main__':
    with one_line_errors():
        main()
