"""Name and fingerprint of a keyframe."""
import contextlib
import hashlib
import os
import os.path as osp
import posixpath
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

import numpy as np

from ..errors import BadInput
from ..functional.lens import lens_of
from ..io.segment_map import segment_path

# Tokens of nuScenes and the like are names as they are.
_SIMPLE = re.compile(r'\w[\w.-]{0,119}', re.ASCII)
# Characters of a path that a person may recognise it by.
_READABLE = 100
# Of a file with superpixels: so many pieces of so many bytes are compared.
_PIECES, _PIECE = 16, 4096


def frame_name(info: Mapping, data_root: str | None = None) -> str:
    """Return a name unique in the dataset and fit for a file.

    The path below the data's root counts as a whole, so that two recordings
    with the same file names differ, and nothing changes when the root moves.

    Args:
        info (Mapping): Info of a keyframe, as in mmdet3d's info files:
            ``token`` or, where there is none (SemanticKITTI's ``sample_id``
            collides), ``frame_path`` (the cloud's path below the root) or
            ``lidar_points.lidar_path``.
        data_root (str, optional): Root of the data. Defaults to None, that
            of ``info['dataset']``, which mmdet3d sets in training; without
            either, the whole path counts.

    Returns:
        str: At most 120 letters, digits, ``_``, ``.`` and ``-`` of ASCII: the
        token, or the end of the path and a digest of all of it.
    """
    token = info.get('token')
    if token and _SIMPLE.fullmatch(str(token)):
        return str(token)
    if data_root is None:
        data_root = getattr(info.get('dataset'), 'data_root', None)
    path = str(token or _relative(info, data_root or ''))
    readable = '-'.join(PurePosixPath(path).with_suffix('').parts)
    readable = re.sub(r'[^A-Za-z0-9_.-]', '_', readable)[-_READABLE:]
    digest = hashlib.blake2b(path.encode(), digest_size=8).hexdigest()
    return f'{readable.lstrip(".")}-{digest}'


def _relative(info: Mapping, root: str) -> str:
    """Find the path of a keyframe's cloud below the data's root."""
    if info.get('frame_path'):
        return str(info['frame_path'])
    path = str(info['lidar_points']['lidar_path'])
    # A string's prefix: roots of remote data are addresses.
    root = root.rstrip('/') + '/'
    if root == '/' or not path.startswith(root):
        return path
    return posixpath.normpath(path[len(root):])


def frame_fingerprint(xyz: np.ndarray, cameras: Mapping[str, Mapping]) -> str:
    """Compute a digest of what a keyframe's pairs are made of.

    Other points, another order of points, another calibration and other image
    names all change the digest. The images' content is left out, since it
    would cost reading them; see :func:`image_bytes`.

    Args:
        xyz (np.ndarray): (N, 3) float32 points in metres, before any
            augmentation.
        cameras (Mapping[str, Mapping]): Camera name to ``img_path``,
            ``lidar2cam`` (4, 4) and ``cam2img``, and where the info has them
            ``height`` and ``width``, ``camera_model`` and ``distortion``.

    Returns:
        str: 32 hexadecimal digits.

    Raises:
        BadInput: A camera has no matrix, or no lens that is known.
    """
    digest = hashlib.blake2b(digest_size=16)
    # .data: to numpy 1's types, an array is not a buffer.
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
        digest.update(_lens_bytes(name, camera))
    return digest.hexdigest()


def _lens_bytes(name: str, camera: Mapping) -> bytes:
    """What tells lenses apart; nothing of pinholes, as in earlier files."""
    try:
        lens = lens_of(camera.get('camera_model'), camera.get('distortion'))
    except BadInput as error:
        raise BadInput(f"Camera '{name}' ('{camera['img_path']}'): it "
                       f'{error}.') from error
    return b'' if lens is None else repr(lens).encode()


def image_bytes(
    cameras: Mapping[str, Mapping], superpixels: Iterable[Mapping] = ()
) -> dict[str, int]:
    """Return the sizes of a keyframe's image files, of those that are here.

    They tell two datasets apart that share clouds, calibrations and names but
    not their images, a foggy copy of one, say. No image is opened. Files with
    superpixels, which may be arrays of equal sizes, are told apart by a
    checksum of pieces spread over them.

    Args:
        cameras (Mapping[str, Mapping]): Camera name to ``img_path``.
        superpixels (Iterable[Mapping]): Steps that give pairs their
            superpixels, from a cache's identity: where one has ``files``, a
            pattern as of :func:`.segment_path`, its files count, too.

    Returns:
        dict[str, int]: Camera name to bytes, and the name with
        ``(superpixels)`` to a checksum; remote files are left out.
    """
    found = {}
    for name, camera in cameras.items():
        # Training from a cache needs neither file.
        with contextlib.suppress(OSError):
            found[name] = os.stat(camera['img_path']).st_size
        for step in superpixels:
            if isinstance(step.get('files'), str):
                with contextlib.suppress(OSError):
                    found[f'{name} (superpixels)'] = _sum_of_pieces(
                        segment_path(step['files'], name, camera))
    return found


def _sum_of_pieces(path: str) -> int:
    """Checksum of a file's size and of pieces from its start to its end."""
    with open(path, 'rb') as file:
        size = os.fstat(file.fileno()).st_size
        value = zlib.crc32(str(size).encode())
        for piece in range(_PIECES):
            file.seek(max(size - _PIECE, 0) * piece // (_PIECES - 1))
            value = zlib.crc32(file.read(_PIECE), value)
    return value
