"""Tell folders that another command converts."""
from pathlib import Path

from ...errors import BadInput

_BAG = 'rosbag {root} --root NEW_FOLDER --points TOPIC --cameras NAME=TOPIC'


def refuse_known_layout(root: Path) -> None:
    """Name the command for a folder in the format of a public dataset.

    Args:
        root (Path): What was given as a folder of recordings; one that has
            ``points`` is never refused.

    Raises:
        BadInput: It holds nuScenes' tables, KITTI's folders or a bag.
    """
    found = _kind(root)
    if found is not None:
        kind, command = found
        raise BadInput(f"'{root}' is {kind}: run `python tools/create_data.py "
                       f'{command.format(root=root)}`.')


def _kind(root: Path) -> tuple[str, str] | None:
    """What a folder is, and the arguments that convert it."""
    if root.suffix == '.bag' or (root / 'metadata.yaml').is_file():
        return 'a bag of ROS', _BAG
    if not root.is_dir() or (root / 'points').is_dir():
        return None
    for path in sorted(root.glob('v*/sample.json')):
        return ("in nuScenes' own format", 'nuscenes --root-path {root} '
                f'--version {path.parent.name}')
    if any(root.glob('v*/v*/sample.json')):
        return "in Lyft's own format", 'lyft --root-path {root}'
    for folder, kind, command in (
        ('velodyne_points', "a drive of KITTI's raw data", 'kitti_raw {root}'),
        ('training/velodyne', "in the format of KITTI's objects",
         'kitti --root-path {root} --out-dir {root} --extra-tag kitti'),
        ('sequences', "in SemanticKITTI's format",
         'semantickitti --root-path {root}')):
        if (root / folder).is_dir():
            return kind, command
    return None
