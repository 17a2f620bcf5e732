"""Add each keyframe's scene name to existing info files.

``python tools/add_scene_names.py INFO.pkl --root-path data/nuscenes``
"""
import argparse
from pathlib import Path

import mmengine
from nuscenes.nuscenes import NuScenes

from reldistill_mm.datasets.convert_nuscenes import add_scene_names
from reldistill_mm.datasets.info_file import write_infos


def main() -> None:
    """Rewrite each info file in place."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('infos', nargs='+', type=Path)
    parser.add_argument('--root-path', default='./data/nuscenes')
    parser.add_argument('--version', default='v1.0-trainval')
    args = parser.parse_args()
    nusc = NuScenes(
        version=args.version, dataroot=args.root_path, verbose=False)
    for path in args.infos:
        content = mmengine.load(path)
        add_scene_names(content, nusc)
        write_infos(content, path)
        print(f"{path}: {len(content['data_list'])} keyframes")


if __name__ == '__main__':
    main()
