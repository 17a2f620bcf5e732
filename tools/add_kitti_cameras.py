"""Add cameras and poses to existing info files of SemanticKITTI.

``python tools/add_kitti_cameras.py INFO.pkl --root-path data/semantickitti``
"""
import argparse
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.io.named_inputs import require_infos


def main() -> None:
    """Rewrite each info file in place."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'infos', nargs='+', type=Path, help='info files to add to')
    parser.add_argument(
        '--root-path',
        type=Path,
        default=Path('./data/semantickitti'),
        help='folder that holds sequences/ (default: %(default)s)')
    args = parser.parse_args()
    of = ("one of mmdet3d's info files of SemanticKITTI",
          'Make it with `python tools/create_data.py semantickitti`.')
    require_infos(args.infos, *of)
    from reldistill_mm.datasets.amend_infos import amend_infos
    from reldistill_mm.datasets.convert_semantickitti import add_cameras
    done = amend_infos(args.infos,
                       lambda content: add_cameras(content, args.root_path),
                       *of)
    for path, count in done:
        print(f'{path}: {count} scans')


if __name__ == '__main__':
    with one_line_errors():
        main()
