"""The calibration of a keyframe's cameras, held against their images."""
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log
from numpy.typing import ArrayLike

from ...errors import BadInput
from ...functional.calibration import (check_extrinsics, check_intrinsics,
                                       check_product, check_size, looks_up,
                                       scale_intrinsics)
from ...functional.camera_models import check_lens
from ...functional.lens import Lens, lens_of
from ...functional.mounting import check_rig

Size = tuple[int, int]
# Names that ROS, OpenCV and others give a lens's coefficients.
_DISTORTION = ('D', 'dist', 'dist_coeffs', 'distCoeffs')
_REMEDY = ("Say for which size cam2img is, and it is scaled: by .height and "
           ".width of images['{name}'] in the info file (for nuScenes "
           'tools/add_scene_names.py adds them) or by '
           'LoadCameraImages(calibrated_size=(height, width))')


def stated_size(camera: Mapping) -> Size | None:
    """Size (height, width) that an info says its intrinsics are for.

    Args:
        camera (Mapping): One entry of an info's ``images``.

    Raises:
        BadInput: What it says is not a size.
    """
    said: tuple[Any, Any] = camera.get('height'), camera.get('width')
    if said == (None, None):
        return None
    try:
        height, width = (int(extent) for extent in said)
    except (TypeError, ValueError, OverflowError):
        height = width = 0
    if min(height, width) < 1:
        raise BadInput(f"The info of '{camera.get('img_path')}' has height="
                       f'{said[0]} and width={said[1]}: both must be positive '
                       'numbers of pixels, or missing.')
    return height, width


def camera_matrices(
    cameras: Mapping[str, Mapping],
    sizes: Sequence[Size],
    check_centre: bool = True,
    lidar2ego: ArrayLike | None = None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Check the matrices of all cameras; scale intrinsics where necessary.

    Args:
        cameras (Mapping[str, Mapping]): An info's ``images``: camera name to
            ``lidar2cam``, ``cam2img`` and, optionally, ``height``, ``width``
            (the size that cam2img is for) and ``lidar2img``.
        sizes (Sequence[tuple[int, int]]): (height, width) of the V images.
        check_centre (bool): Whether to refuse intrinsics by
            :func:`.calibration.check_size`. Defaults to True.
        lidar2ego (ArrayLike, optional): (4, 4) mounting of the LiDAR, to hold
            against cameras that have ``cam2ego``.

    Returns:
        tuple[list[np.ndarray], list[np.ndarray]]: lidar2cam and cam2img,
        (4, 4) float64 each; the latter for images of ``sizes``.

    Raises:
        BadInput: A matrix is missing or cannot be right, or an image is not
            of the size that its calibration is for.
    """
    lidar2cams, cam2imgs = [], []
    for (name, camera), size in zip(cameras.items(), sizes):
        lidar2cam = _checked(check_extrinsics, name, camera, 'lidar2cam')
        if looks_up(lidar2cam):
            _say_tilted(name)
        if np.linalg.det(lidar2cam) < 0:
            _say_mirrored(name)
        for key, value in camera.items():
            if _is_distortion(key, value):
                _say_distorted(name, key)
        cam2img = _checked(check_intrinsics, name, camera, 'cam2img')
        lidar2cams.append(lidar2cam)
        try:
            if camera.get('lidar2img') is not None:
                check_product(camera['lidar2img'], lidar2cam, cam2img)
            if lidar2ego is not None and camera.get('cam2ego') is not None:
                check_rig(lidar2cam, camera['cam2ego'], lidar2ego)
        except BadInput as error:
            raise BadInput(_sentence(name, camera, error)) from error
        cam2imgs.append(
            _fitted(name, camera, cam2img, (size[0], size[1]), check_centre))
    return lidar2cams, cam2imgs


def camera_lenses(cameras: Mapping[str,
                                   Mapping], cam2imgs: Sequence[np.ndarray],
                  sizes: Sequence[Size]) -> list[Lens | None]:
    """Lenses of all cameras; None for a pinhole.

    Args:
        cameras (Mapping[str, Mapping]): An info's ``images``: camera name to,
            optionally, ``camera_model`` and ``distortion``.
        cam2imgs (Sequence[np.ndarray]): V intrinsics (4, 4).
        sizes (Sequence[tuple[int, int]]): (height, width) of the V images.

    Raises:
        BadInput: One is no model that is known, has other coefficients, or
            cannot be this image's.
    """
    lenses = []
    for (name, camera), cam2img, size in zip(cameras.items(), cam2imgs, sizes):
        try:
            lens = lens_of(
                camera.get('camera_model'), camera.get('distortion'))
            if lens is not None:
                check_lens(lens, cam2img, size)
        except BadInput as error:
            raise BadInput(_sentence(name, camera, f'it {error}')) from error
        lenses.append(lens)
    return lenses


def _checked(check: Callable, name: str, camera: Mapping,
             key: str) -> np.ndarray:
    if camera.get(key) is None:
        raise BadInput(
            _sentence(
                name, camera, f'the info has no {key}: it needs lidar2cam '
                '(4, 4) and cam2img (3, 3), see docs/own_data.md'))
    try:
        return check(camera[key])
    except BadInput as error:
        raise BadInput(_sentence(name, camera, f'{key} {error}')) from error


def _fitted(name: str, camera: Mapping, cam2img: np.ndarray, size: Size,
            check_centre: bool) -> np.ndarray:
    """Intrinsics for the image as it is stored."""
    calibrated = stated_size(camera)
    check_centre = check_centre and camera.get('off_centre') is not True
    try:
        known = check_centre and check_size(cam2img, calibrated or size)
        if calibrated is None and not known:
            _say_assumed(name)
        return scale_intrinsics(cam2img, calibrated or size, size)
    except BadInput as error:
        remedy = _REMEDY.format(name=name)
        if calibrated is not None:
            remedy = ('Correct cam2img, or the height and width of the image '
                      'that it is for, in the info file')
        if 'principal point' in str(error):
            remedy += ('; where it really lies there, say off_centre: true '
                       'of the camera (calibration.yaml, or the info file)')
        raise BadInput(_sentence(name, camera,
                                 f'{error}. {remedy}')) from error


def _is_distortion(key: str, value: Any) -> bool:
    """Whether an entry is a lens's coefficients, and not all of them 0."""
    if key == 'distortion' or not (key in _DISTORTION
                                   or key.startswith('distort')):
        # That of this name is applied.
        return False
    try:
        return bool(np.any(np.asarray(value, float)))
    except (TypeError, ValueError):
        # The name of its model.
        return False


@functools.cache
def _say_distorted(name: str, key: str) -> None:
    print_log(
        f"Camera '{name}' has {key} in its info, which is not applied: unless "
        'its images are undistorted already, undistort them (with the '
        'cam2img that this gives), or pairs are off towards their borders.',
        logger='current',
        level=logging.WARNING)


@functools.cache
def _say_tilted(name: str) -> None:
    print_log(
        f"Camera '{name}' does not stand upright by its lidar2cam: if it "
        'does, the matrix is inverted, or its axes are not x right, y down '
        'and z forward (OpenCV). tools/browse_pairs.py shows whether points '
        'and pixels meet.',
        logger='current',
        level=logging.WARNING)


@functools.cache
def _say_mirrored(name: str) -> None:
    print_log(
        f"lidar2cam of camera '{name}' is a mirror image (its determinant is "
        '-1): right for points in a left-handed frame, as some simulators '
        'have; otherwise an axis of it has the wrong sign.',
        logger='current',
        level=logging.WARNING)


@functools.cache
def _say_assumed(name: str) -> None:
    print_log(
        f"The info states no size for the intrinsics of camera '{name}': they "
        f'are taken to be for its images as they are stored, which cannot be '
        f'checked to better than 13 %. {_REMEDY.format(name=name)}.',
        logger='current',
        level=logging.WARNING)


def _sentence(name: str, camera: Mapping, what: object) -> str:
    return f"Camera '{name}' ('{camera.get('img_path')}'): {what}."
