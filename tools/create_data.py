"""Make info files: ``python tools/create_data.py nuscenes --root-path ...``.

nuScenes goes through mmdet3d's own converter, and each key frame's scene is
named; every other dataset is handed to mmdet3d's own ``create_data.py``.
"""
import argparse
import sys
from pathlib import Path

import mmdet3d

from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
from reldistill_mm.utils.upstream_tools import run_upstream_tool


def parse_args() -> argparse.Namespace:
    """Command line for nuScenes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('dataset', choices=['nuscenes'])
    parser.add_argument('--root-path', default='./data/nuscenes')
    parser.add_argument('--out-dir', help='defaults to --root-path')
    parser.add_argument('--version', default='v1.0-trainval')
    parser.add_argument('--extra-tag', default='nuscenes')
    parser.add_argument('--max-sweeps', type=int, default=10)
    return parser.parse_args()


def main() -> None:
    """Convert nuScenes, or hand over to mmdet3d."""
    if len(sys.argv) > 1 and sys.argv[1] not in ('nuscenes', '-h', '--help'):
        sys.path.insert(0, str(Path(mmdet3d.__file__).parent / '.mim'))
        run_upstream_tool('create_data.py')
        return
    args = parse_args()
    paths = convert_nuscenes(
        Path(args.root_path), Path(args.out_dir or args.root_path),
        args.version, args.extra_tag, args.max_sweeps)
    print('Wrote', *paths)


if __name__ == '__main__':
    main()
