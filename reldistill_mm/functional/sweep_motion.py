"""Where the points of another sweep lie in the keyframe's LiDAR frame."""
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import BadInput
from .calibration import check_extrinsics

# Two sources of one pose may differ by this many metres, 20 m away.
_GAP = 0.5
_CORNERS = np.array([[20., 0, 0, 1], [-20, 0, 0, 1], [0, 20, 0, 1]]).T


def sweep_to_keyframe(info: Mapping[str, Any],
                      sweep: Mapping[str, Any]) -> np.ndarray:
    """Transform from a sweep's LiDAR frame to that of its keyframe.

    By the poses, ``inv(lidar2ego) inv(ego2global) ego2global' lidar2ego'``
    with those of the sweep dashed, or by the inverse of mmdet3d's
    ``lidar2sensor``, which leads from the keyframe's LiDAR to the sweep's;
    where the info has both, they must agree. (mmdet3d's own
    ``LoadPointsFromMultiSweeps`` subtracts that matrix's translation after it
    has turned the points, which is not its inverse.) Source: ours.

    Args:
        info (Mapping): The keyframe: ``ego2global`` and
            ``lidar_points.lidar2ego`` (4, 4). Without lidar2ego (Waymo),
            points are in the vehicle's frame.
        sweep (Mapping): One of its ``lidar_sweeps``, with the same keys, or
            ``lidar_points.lidar2sensor`` (4, 4).

    Returns:
        np.ndarray: (4, 4) float64.

    Raises:
        BadInput: The sweep has neither, they contradict each other, or a
            matrix cannot be a pose; the message does not name the file.

    Example:
        The vehicle has driven 2 m along its x axis since the sweep:

        >>> now, then = np.eye(4), np.eye(4)
        >>> now[0, 3] = 2
        >>> sweep_to_keyframe(
        ...     dict(ego2global=now),
        ...     dict(ego2global=then, lidar_points={}))[0].tolist()
        [1.0, 0.0, 0.0, -2.0]
    """
    cloud = info.get('lidar_points') or {}
    other = sweep.get('lidar_points') or {}
    by_poses = by_sensor = None
    if (info.get('ego2global') is not None
            and sweep.get('ego2global') is not None):
        mounted = cloud.get('lidar2ego')
        then = other.get('lidar2ego', mounted)
        by_poses = _inverse(
            _pose(info['ego2global'], 'ego2global') @ _pose(
                mounted, 'lidar2ego')) @ _pose(
                    sweep['ego2global'], 'ego2global of the sweep') @ _pose(
                        then, 'lidar2ego of the sweep')
    if other.get('lidar2sensor') is not None:
        by_sensor = _inverse(_pose(other['lidar2sensor'], 'lidar2sensor'))
    if by_poses is None:
        if by_sensor is None:
            raise BadInput('has no pose: it needs ego2global, as its '
                           'keyframe, or lidar_points.lidar2sensor')
        return by_sensor
    if by_sensor is None:
        return by_poses
    gap = np.abs((by_poses - by_sensor) @ _CORNERS)[:3].max()
    if gap > _GAP:
        raise BadInput(
            f'lies {gap:.3g} m apart by its poses (ego2global, lidar2ego) and '
            'by lidar2sensor: correct one of them, or leave it out')
    return by_sensor


def move_points(xyz: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Transform points (N, 3) by a pose (4, 4), in float64."""
    return xyz.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3]


def _pose(matrix: Any, name: str) -> np.ndarray:
    """A pose as (4, 4); its translation may reach across a map."""
    if matrix is None:
        return np.eye(4)
    try:
        matrix = np.array(matrix, np.float64)
        translation = matrix[:3, 3].copy()
        matrix[:3, 3] = 0
    except (TypeError, ValueError, IndexError) as error:
        raise BadInput(f'has a {name} that is not a matrix (4, 4) of numbers '
                       f'({error})') from error
    if not np.isfinite(translation).all():
        raise BadInput(f'has a {name} with values that are not finite')
    try:
        matrix = check_extrinsics(matrix)
    except BadInput as error:
        raise BadInput(f'has a {name} that {error}') from error
    matrix[:3, 3] = translation
    return matrix


def _inverse(pose: np.ndarray) -> np.ndarray:
    # Rotations of float32 are not quite orthogonal.
    return np.linalg.inv(pose)
