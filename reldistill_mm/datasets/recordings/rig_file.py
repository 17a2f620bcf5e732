"""Read ``calibration.yaml``: the cameras of a recording and their LiDAR."""
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import BadInput
from ...functional.calibration import check_extrinsics, check_intrinsics
from ...functional.geometry import as_4x4
from ...functional.lens import lens_of
from ...functional.mounting import check_mounting
from .plain_yaml import numbers, read_yaml, require_keys

NAME = 'calibration.yaml'
_KEYS = 'cameras', 'lidar2ego', 'max_gap', 'columns', 'max_intensity'
_CAMERA_KEYS = ('cam2img', 'lidar2cam', 'cam2lidar', 'camera_model',
                'distortion', 'width', 'height', 'unusual_mounting',
                'off_centre')
# Largest entry of R R^T - 1; matrices of three decimals have 0.002.
_ROUNDED = 5e-3
_AXES = ('the LiDAR has z up, the camera x right, y down and z forward, in '
         'metres')


class Rig(NamedTuple):
    """Content of a calibration file.

    Attributes:
        cameras (dict[str, dict]): Name to ``cam2img`` (4, 4) and
            ``lidar2cam`` (4, 4), lists, and, where they are given,
            ``camera_model``, ``distortion``, ``height``, ``width``,
            ``off_centre``.
        lidar2ego (np.ndarray, optional): (4, 4), mounting of the LiDAR on
            what ``poses.txt`` has the poses of.
        max_gap (float): Seconds that an image may be from its cloud.
        points (dict): ``num_pts_feats`` and ``max_intensity``, where they are
            given.
    """
    cameras: dict[str, dict]
    lidar2ego: np.ndarray | None
    max_gap: float
    points: dict[str, float]


def read_rig(path: Path) -> Rig:
    """Read and check a calibration file.

    Args:
        path (Path): YAML; docs/own_data.md shows its keys.

    Returns:
        Rig: The checked content.

    Raises:
        MissingInput: No such file.
        BadInput: A key or value that cannot be right, in one line.
    """
    content = read_yaml(path)
    require_keys(content, _KEYS, f"'{path}'")
    cameras = content.get('cameras')
    if not isinstance(cameras, Mapping) or not cameras:
        raise BadInput(f"'{path}' has no cameras: write `cameras:` and below "
                       'it each name with cam2img and lidar2cam.')
    points: dict[str, float] = {}
    if content.get('columns') is not None:
        points['num_pts_feats'] = _count(content['columns'],
                                         f"columns of '{path}'", 3)
    if content.get('max_intensity') is not None:
        points['max_intensity'] = _positive(content['max_intensity'],
                                            f"max_intensity of '{path}'")
    lidar2ego = content.get('lidar2ego')
    return Rig(
        {
            str(name): _camera(camera, f"camera '{name}' of '{path}'")
            for name, camera in cameras.items()
        }, None
        if lidar2ego is None else _matrix(lidar2ego, f"lidar2ego of '{path}'"),
        _positive(content.get('max_gap', 0.1), f"max_gap of '{path}'"), points)


def _camera(camera: Any, where: str) -> dict:
    if not isinstance(camera, Mapping):
        raise BadInput(f'{where} is {type(camera).__name__}, not a mapping: '
                       'write cam2img and lidar2cam below it.')
    require_keys(camera, _CAMERA_KEYS, where)
    if camera.get('cam2img') is None:
        raise BadInput(f'{where} has no cam2img: give its intrinsics, '
                       '[fx, fy, cx, cy] in pixels or a matrix 3 x 3.')
    if (camera.get('lidar2cam') is None) == (camera.get('cam2lidar') is None):
        raise BadInput(f'{where} needs lidar2cam (4 x 4) or its inverse '
                       'cam2lidar, one of the two.')
    found: dict[str, Any] = dict(cam2img=_intrinsics(camera, where))
    lidar2cam = _extrinsics(camera, where)
    if not _switch(camera, 'unusual_mounting', where):
        try:
            check_mounting(lidar2cam)
        except BadInput as error:
            key = 'lidar2cam' if 'lidar2cam' in camera else 'cam2lidar'
            raise BadInput(
                f'{key} of {where} {error}: {_AXES}. Where it really is so '
                '(a drone, a mast), say unusual_mounting: true.') from error
    found['lidar2cam'] = lidar2cam.tolist()
    found.update(_lens(camera, where))
    if _switch(camera, 'off_centre', where):
        found['off_centre'] = True
    sizes = [key for key in ('height', 'width') if camera.get(key) is not None]
    if len(sizes) == 1:
        raise BadInput(f'{where} has a {sizes[0]} alone: give width and '
                       'height of the images that cam2img is for, or neither.')
    for key in sizes:
        found[key] = _count(camera[key], f'{key} of {where}', 1)
    return found


def _intrinsics(camera: Mapping, where: str) -> list:
    value = numbers(camera['cam2img'], f'cam2img of {where}', (4, ), (9, ),
                    (3, 3), (3, 4), (4, 4))
    if value.shape == (4, ):
        fx, fy, cx, cy = value
        value = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    elif value.shape == (9, ):
        value = value.reshape(3, 3)
    try:
        return check_intrinsics(value).tolist()
    except BadInput as error:
        raise BadInput(_sentence(f'cam2img of {where} {error}')) from error


def _extrinsics(camera: Mapping, where: str) -> np.ndarray:
    if camera.get('lidar2cam') is not None:
        return _matrix(camera['lidar2cam'], f'lidar2cam of {where}')
    return np.linalg.inv(_matrix(camera['cam2lidar'], f'cam2lidar of {where}'))


def _matrix(value: Any, where: str) -> np.ndarray:
    """A rotation with a translation, (4, 4)."""
    matrix = numbers(value, where, (4, 4), (3, 4), (16, ), (12, ))
    matrix = matrix.reshape(-1, 4)
    turn = matrix[:3, :3]
    error = np.abs(turn @ turn.T - np.eye(3)).max()
    if error <= _ROUNDED and np.linalg.det(turn) < 0:
        raise BadInput(f'{where} is left-handed (its determinant is -1), a '
                       f'mirror image: {_AXES}; turn the sign of the axis '
                       'that is the other way round.')
    try:
        matrix = check_extrinsics(matrix)
    except BadInput as refusal:
        raise BadInput(_sentence(f'{where} {refusal}')) from refusal
    if error > _ROUNDED:
        raise BadInput(
            f'{where} is not a rotation with a translation: R times its '
            f'transpose is off the identity by {error:.2g}; give more '
            'decimals, or calibrate again.')
    # What was rounded would be a scale.
    left, _, right = np.linalg.svd(matrix[:3, :3])
    if error > 1e-9:
        matrix[:3, :3] = left @ right
    return as_4x4(matrix)


def _sentence(text: str) -> str:
    return text if text.endswith('?') else f'{text}.'


def _lens(camera: Mapping, where: str) -> dict:
    model, distortion = camera.get('camera_model'), camera.get('distortion')
    if distortion is not None:
        distortion = numbers(distortion, f'distortion of {where}')
        if distortion.ndim != 1:
            raise BadInput(f'distortion of {where} is not a list of numbers.')
        distortion = distortion.tolist()
    if model is not None and not isinstance(model, str):
        raise BadInput(f'camera_model of {where} is {model!r:.60}, not a '
                       'name.')
    try:
        lens = lens_of(model, distortion)
    except BadInput as error:
        raise BadInput(f'{where} {error}.') from error
    if lens is None:
        return {}
    return dict(camera_model=model, distortion=distortion)


def _count(value: Any, where: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadInput(f'{where} is {value!r:.60}, not a whole number of at '
                       f'least {least}.')
    return value


def _positive(value: Any, where: str) -> float:
    number = float(numbers(value, where, ()))
    if number <= 0:
        raise BadInput(f'{where} is {number:g}, which is not positive.')
    return number


def _switch(camera: Mapping, key: str, where: str) -> bool:
    value = camera.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadInput(f'{key} of {where} is {value!r:.60}, not '
                       'true or false.')
    return bool(value)
