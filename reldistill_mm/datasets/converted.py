"""Folders to which the paths in mmdet3d's info files are relative.

mmdet3d's converters write bare file names and leave the folders to the
configs of its detectors (``update_infos_to_v2.py``, ``waymo_converter.py`` and
``configs/_base_/datasets`` of 1.4.0). Here the info file's own
``metainfo['dataset']`` says which they are.
"""
import os.path as osp
from collections.abc import Mapping

_WAYMO = ('CAM_FRONT', 'CAM_FRONT_LEFT', 'CAM_FRONT_RIGHT', 'CAM_SIDE_LEFT',
          'CAM_SIDE_RIGHT')
_NUSCENES = ('CAM_FRONT', 'CAM_FRONT_RIGHT', 'CAM_FRONT_LEFT', 'CAM_BACK',
             'CAM_BACK_LEFT', 'CAM_BACK_RIGHT')


def _kitti(split: str) -> dict[str, str]:
    return dict(pts=f'{split}/velodyne', CAM2=f'{split}/image_2')


def _waymo(split: str) -> dict[str, str]:
    images = {name: f'{split}/image_{i}' for i, name in enumerate(_WAYMO)}
    return dict(pts=f'{split}/velodyne', **images)


def _lyft(split: str) -> dict[str, str]:
    return dict(pts=f'{split}/lidar', img=f'{split}/images')


# metainfo['dataset'] to the folders of its splits; the first that has the
# cloud of the first keyframe is taken.
FOLDERS: Mapping[str, tuple[dict[str, str], ...]] = {
    'kitti': (_kitti('training'), _kitti('testing')),
    'waymo': (_waymo('training'), _waymo('testing')),
    'lyft': (_lyft('v1.01-train'), _lyft('v1.01-test')),
    'nuscenes': (dict(
        pts='samples/LIDAR_TOP',
        sweeps='sweeps/LIDAR_TOP',
        pts_semantic_mask='lidarseg/v1.0-trainval',
        **{name: f'samples/{name}'
           for name in _NUSCENES}), ),
}


def below(root: str, path: str) -> str:
    """Join a root, a folder or an address, with a path below it."""
    if not root or '://' in path or path.startswith('/'):
        return path
    return f'{root.rstrip("/")}/{path}'.rstrip('/')


def find_folders(dataset: str, root: str, given: Mapping[str, str],
                 first: str) -> dict[str, str]:
    """Find the folders of an info file's paths.

    Args:
        dataset (str): The file's ``metainfo['dataset']``.
        root (str): Folder of the data, or its address.
        given (Mapping[str, str]): ``data_prefix`` of the config, joined with
            the root; it counts before what is known of the dataset.
        first (str): The first keyframe's ``lidar_path``.

    Returns:
        dict[str, str]: ``pts``, and ``img`` or the cameras' own names, to
        folders; paths without one are relative to the root.
    """
    known = FOLDERS.get(str(dataset).lower(), ({}, ))
    tries = [{
        **{
            name: below(root, path)
            for name, path in folders.items()
        },
        **given
    } for folders in known]
    for folders in tries:
        if osp.isfile(below(folders.get('pts', root), first)):
            return folders
    # Infos of their own may have paths below the root.
    if 'pts' not in given and osp.isfile(below(root, first)):
        return dict(given)
    return tries[0]
