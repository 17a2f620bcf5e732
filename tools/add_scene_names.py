"""Add each keyframe's scene name to existing info files.

``python tools/add_scene_names.py INFO.pkl --root-path data/nuscenes``
"""
import argparse
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.io.named_inputs import (NUSCENES_ROOT, require_infos,
                                           require_root)


def main() -> None:
    """Rewrite each info file in place."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'infos', nargs='+', type=Path, help='info files to add to')
    parser.add_argument(
        '--root-path',
        type=Path,
        default=Path('./data/nuscenes'),
        help='folder of nuScenes (default: %(default)s)')
    parser.add_argument(
        '--version',
        default='v1.0-trainval',
        help="version of nuScenes' tables (default: %(default)s)")
    args = parser.parse_args()
    of = ("one of mmdet3d's info files of nuScenes",
          'Make it with `python tools/create_data.py nuscenes`.')
    require_root(args.root_path, NUSCENES_ROOT)
    require_infos(args.infos, *of)
    from reldistill_mm.datasets.amend_infos import amend_infos
    from reldistill_mm.datasets.convert_nuscenes import (add_scene_names,
                                                         read_tables)
    nusc = read_tables(args.root_path, args.version)
    done = amend_infos(args.infos,
                       lambda content: add_scene_names(content, nusc), *of)
    for path, count in done:
        print(f'{path}: {count} keyframes')


if __name__ == '__main__':
    with one_line_errors():
        main()
