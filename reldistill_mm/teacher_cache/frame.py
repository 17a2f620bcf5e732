"""Name and fingerprint of a keyframe."""
import hashlib
import os.path as osp
import re
from collections.abc import Mapping
from pathlib import PurePath

import numpy as np

from ..errors import BadInput


def frame_name(info: Mapping) -> str:
    """Return a name unique in the dataset and fit for a file.

    Args:
        info (Mapping): Info of a keyframe, as in mmdet3d's info files:
            ``token`` or, where there is none (SemanticKITTI's ``sample_id``
            collides), ``lidar_points.lidar_path``, of which the last three
            parts count (``00/velodyne/000000.bin``).

    Returns:
        str: Letters, digits, ``_``, ``.`` and ``-``.
    """
    name = info.get('token')
    if not name:
        path = PurePath(info['lidar_points']['lidar_path'])
        name = '-'.join(path.with_suffix('').parts[-3:])
    return re.sub(r'[^\w.-]', '_', name)


def frame_fingerprint(xyz: np.ndarray, cameras: Mapping[str, Mapping]) -> str:
    """Compute a digest of what a keyframe's pairs are made of.

    Other points, another order of points, another calibration and other image
    names all change the digest. The images' content is left out, since it
    would cost reading them.

    Args:
        xyz (np.ndarray): (N, 3) float32 points in metres, before any
            augmentation.
        cameras (Mapping[str, Mapping]): Camera name to ``img_path``,
            ``lidar2cam`` (4, 4) and ``cam2img``, and where the info has them
            ``height`` and ``width``.

    Returns:
        str: 32 hexadecimal digits.

    Raises:
        BadInput: A camera has no matrix.
    """
    digest = hashlib.blake2b(digest_size=16)
    # .data: to numpy 1's types, an array is no buffer.
    digest.update(np.ascontiguousarray(xyz, np.float32).data)
    for name, camera in cameras.items():
        digest.update(f"{name} {osp.basename(camera['img_path'])}".encode())
        for key in ('lidar2cam', 'cam2img'):
            if camera.get(key) is None:
                raise BadInput(f"Camera '{name}' ('{camera['img_path']}') has "
                               f'no {key} in its info.')
            digest.update(np.ascontiguousarray(camera[key], np.float64).data)
        # The size that cam2img is for; without it, files of earlier infos
        # stay valid.
        size = camera.get('height'), camera.get('width')
        if all(size):
            digest.update(f'{size[0]} {size[1]}'.encode())
    return digest.hexdigest()
