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

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.compat.upstream_arguments import upstream_script
from reldistill_mm.errors import BadInput
from reldistill_mm.io.named_inputs import (KITTI_ROOT, NUSCENES_ROOT,
                                           RECORDING_ROOT, require_root)

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
        help=f"one of {', '.join(_DATASETS)}, folder, rosbag, kitti_raw, "
        "check (see `folder --help`), or by mmdet3d's own tool and with its "
        f"options {', '.join(_UPSTREAM)}")
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


def parse_kitti_raw_args() -> argparse.Namespace:
    """Parse the command line for a drive of KITTI's raw data."""
    parser = argparse.ArgumentParser(
        prog='create_data.py kitti_raw',
        description="Make the info file of a drive of KITTI's raw data "
        '(synchronised and rectified), check it and draw its pairs.')
    parser.add_argument('root', type=Path, help='DATE/DATE_drive_NNNN_sync')
    _add_check_arguments(parser)
    return parser.parse_args(sys.argv[2:])


def check() -> None:
    """Check and draw an info file that is there."""
    parser = argparse.ArgumentParser(
        prog='create_data.py check',
        description="Check the calibration of any of mmdet3d's info files "
        '(nuScenes, KITTI, Waymo, Lyft, your own) and draw its pairs.')
    parser.add_argument('infos', type=Path, help='the info file')
    parser.add_argument(
        '--root-path',
        type=Path,
        help="folder of the data (default: the info file's)")
    parser.add_argument(
        '--picture',
        type=Path,
        default=Path('pairs.png'),
        help='picture to '
        'write (default: %(default)s)')
    parser.add_argument(
        '--frames',
        type=int,
        default=8,
        help='keyframes to check (default: %(default)s)')
    args = parser.parse_args(sys.argv[2:])
    from reldistill_mm.apis.prepare_recording import check_recording
    check_recording(args.infos, args.root_path or args.infos.parent,
                    args.picture, args.frames)
    print('Wrote', args.picture)


def parse_rosbag_args() -> argparse.Namespace:
    """Parse the command line for a bag of ROS."""
    parser = argparse.ArgumentParser(
        prog='create_data.py rosbag',
        description='Unpack a bag of ROS 2 (or 1) into a folder of '
        'recordings, and make its info file as `create_data.py folder` does. '
        'Needs the package rosbags, and no ROS.')
    parser.add_argument('bag', type=Path, help="the bag's folder, or .bag")
    parser.add_argument(
        '--root', type=Path, required=True, help='new folder to unpack into')
    parser.add_argument(
        '--points', required=True, metavar='TOPIC', help='PointCloud2')
    parser.add_argument(
        '--cameras',
        required=True,
        nargs='+',
        metavar='NAME=TOPIC',
        help='Image or CompressedImage of each camera')
    parser.add_argument(
        '--camera-info',
        nargs='+',
        default=[],
        metavar='NAME=TOPIC',
        help='CameraInfo (default: camera_info beside the images)')
    parser.add_argument(
        '--odometry',
        metavar='TOPIC',
        help='Odometry, for poses (default: none)')
    parser.add_argument(
        '--calibration',
        type=Path,
        help='YAML whose values count before those of the bag (default: '
        'CameraInfo and tf)')
    parser.add_argument(
        '--intensity',
        type=float,
        help='intensity of every point, for clouds that have none')
    parser.add_argument(
        '--every',
        type=int,
        default=1,
        help='take each such cloud alone (default: %(default)s)')
    _add_check_arguments(parser)
    return parser.parse_args(sys.argv[2:])


def unpack(args: argparse.Namespace) -> None:
    """Unpack a bag and prepare the folder."""
    cameras = _named_topics(args.cameras, '--cameras')
    infos = _named_topics(args.camera_info, '--camera-info')
    from reldistill_mm.datasets.recordings.ros import unpack_bag
    lines = unpack_bag(args.bag, args.root, args.points, cameras, infos,
                       args.odometry, args.calibration, args.intensity,
                       args.every)
    print(*lines, sep='\n')
    prepare(args.root, args)


def _named_topics(words: list[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, topic = word.partition('=')
        if not (name and equals and topic) or '/' in name or name in found:
            raise BadInput(f"{option} '{word}' is not NAME=TOPIC with a name "
                           'of its own: front=/camera/front/image_raw.')
        found[name] = topic
    return found


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


def prepare(root: Path,
            args: argparse.Namespace,
            kind: str = 'folder') -> None:
    """Make, check and draw what a folder holds."""
    from reldistill_mm.apis.prepare_recording import prepare_recording
    paths = prepare_recording(root, args.out, args.picture, args.frames,
                              args.max_sweeps, kind)
    print('Wrote', *paths)


def _upstream_root(words: list[str]) -> Path:
    """The folder that mmdet3d's tool will read, by its option."""
    parser = argparse.ArgumentParser(add_help=False)
    # Its own help is mmdet3d's.
    parser.add_argument(
        '--root-path', default='./data/kitti', help=argparse.SUPPRESS)
    return Path(parser.parse_known_args(words)[0].root_path)


def _folder() -> None:
    args = parse_folder_args()
    # A file may be a bag, which is told its own command.
    if not args.root.exists():
        require_root(args.root, RECORDING_ROOT)
    prepare(args.root, args)


def _kitti_raw() -> None:
    args = parse_kitti_raw_args()
    prepare(args.root, args, 'kitti_raw')


_OWN = dict(
    folder=_folder,
    rosbag=lambda: unpack(parse_rosbag_args()),
    kitti_raw=_kitti_raw,
    check=check)


def main() -> None:
    """Convert our datasets, or hand over to mmdet3d."""
    own = _OWN.get(sys.argv[1] if len(sys.argv) > 1 else '')
    if own is not None:
        own()
        return
    if len(sys.argv) > 1 and sys.argv[1] in _UPSTREAM:
        if sys.argv[1] == 'kitti' and not {'-h', '--help'} & set(sys.argv):
            from reldistill_mm.datasets.check_kitti import \
                require_kitti_objects
            require_kitti_objects(_upstream_root(sys.argv[2:]))
        sys.path.insert(0, str(upstream_script('create_data.py').parents[1]))
        from reldistill_mm.compat.upstream_tools import run_upstream_tool
        run_upstream_tool('create_data.py')
        return
    args = parse_args()
    root = Path(args.root_path or f'./data/{args.dataset}')
    out_dir = Path(args.out_dir or root)
    prefix = args.extra_tag or args.dataset
    if args.dataset == 'semantickitti':
        require_root(root, KITTI_ROOT)
        from reldistill_mm.datasets.convert_semantickitti import \
            convert_semantickitti
        paths = convert_semantickitti(root, out_dir, prefix)
    else:
        require_root(root, NUSCENES_ROOT)
        # Only nuScenes needs the devkit.
        from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
        paths = convert_nuscenes(root, out_dir, args.version, prefix,
                                 args.max_sweeps)
    print('Wrote', *paths)


if __name__ == '__main__':
    with one_line_errors():
        main()
