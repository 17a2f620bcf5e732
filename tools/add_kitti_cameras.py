"""Add cameras and poses to existing info files of SemanticKITTI.

``python tools/add_kitti_cameras.py INFO.pkl --root-path data/semantickitti``
"""
import argparse
from pathlib import Path

import mmengine

from reldistill_mm.datasets.convert_semantickitti import add_cameras
from reldistill_mm.datasets.info_file import write_infos


def main() -> None:
    """Rewrite each info file in place."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('infos', nargs='+', type=Path)
    parser.add_argument('--root-path', default='./data/semantickitti')
    args = parser.parse_args()
    for path in args.infos:
        content = mmengine.load(path)
        add_cameras(content, Path(args.root_path))
        write_infos(content, path)
        print(f"{path}: {len(content['data_list'])} scans")


if __name__ == '__main__':
    main()
