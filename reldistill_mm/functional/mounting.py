"""Hold extrinsics against how sensors are mounted on a vehicle."""
import numpy as np
from numpy.typing import ArrayLike

from ..errors import BadInput
from .calibration import check_extrinsics, looks_up

# Between two sensors' times a vehicle turns and goes less than this: degrees,
# metres along the ground, metres up. nuScenes' keyframes have 0.07 degrees
# and 0.4 m, and 100 ms at 40 m/s are 4 m.
_TURN, _GO, _RISE = 15., 5., 0.5
# Metres from a LiDAR to a camera of the same vehicle; KITTI has 0.3.
_FARTHEST_MOUNTED = 5.
# Of the cosine between a camera's y axis and downwards, by which the inverse
# of a matrix is clearly more upright than the matrix.
_MORE_UPRIGHT = 0.15
_GUESSES = {
    True: 'is it inverted, from camera to LiDAR?',
    False: 'is it the identity, or of other axes?'
}


def check_rig(lidar2cam: np.ndarray, cam2ego: ArrayLike,
              lidar2ego: ArrayLike) -> None:
    """Check extrinsics against the mounting of both sensors.

    The vehicle may have moved between their times.

    Args:
        lidar2cam (np.ndarray): (4, 4), checked.
        cam2ego, lidar2ego (ArrayLike): (4, 4) or (3, 4). A ``cam2ego`` that
            is the identity says nothing: it would be a camera that looks up.

    Raises:
        BadInput: They contradict; the message says what ``lidar2cam`` may be.

    Example:
        >>> down = np.array([[0., -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0],
        ...                  [0, 0, 0, 1]])
        >>> check_rig(down, cam2ego=down.T, lidar2ego=np.eye(4))
    """
    camera = _named('cam2ego', cam2ego)
    lidar = _named('lidar2ego', lidar2ego)
    if np.allclose(camera, np.eye(4)):
        return
    ego2cam = np.linalg.inv(camera)
    wanted = ego2cam @ lidar
    turn, way = _motion(lidar2cam, wanted, lidar)
    if _moved_so(turn, way):
        return
    kinds = {
        'ego2cam': ego2cam,
        'cam2lidar, the inverse': np.linalg.inv(wanted),
        'cam2ego': camera
    }
    is_like = [
        f'; it seems to be {name}' for name, matrix in kinds.items()
        if _moved_so(*_motion(lidar2cam, matrix, lidar))
    ]
    raise BadInput(
        f'lidar2cam is {turn:.0f} degrees and {np.linalg.norm(way):.2g} m off '
        'inv(cam2ego) @ lidar2ego of the same info'
        f'{is_like[0] if is_like else ""}. Correct it, or leave cam2ego out '
        'if that is not the mounting')


def check_mounting(lidar2cam: np.ndarray) -> None:
    """Check that a camera stands upright beside its LiDAR, whose z is up.

    Args:
        lidar2cam (np.ndarray): (4, 4), checked.

    Raises:
        BadInput: It cannot be a matrix of a vehicle's camera.

    Example:
        >>> check_mounting(
        ...     np.array([[0., -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0],
        ...               [0, 0, 0, 1]]))
    """
    distance = float(np.linalg.norm(lidar2cam[:3, 3]))
    if distance > _FARTHEST_MOUNTED:
        raise BadInput(
            f'puts the camera {distance:.4g} m from the LiDAR (are its '
            'translations in metres?)')
    level = abs(lidar2cam[2, 2]) < 0.7
    # Downwards is -z; a rotation's inverse is its transpose.
    gain = lidar2cam[1, 2] - lidar2cam[2, 1]
    if looks_up(lidar2cam) or not level or gain > _MORE_UPRIGHT:
        inverted = not looks_up(np.linalg.inv(lidar2cam))
        raise BadInput(
            'does not lead to an upright camera, with x to the right, y down '
            f'and z forward ({_GUESSES[inverted]})')


def _named(name: str, matrix: ArrayLike) -> np.ndarray:
    try:
        return check_extrinsics(np.asarray(matrix))
    except BadInput as error:
        raise BadInput(f'{name} {error}') from error


def _motion(found: np.ndarray, wanted: np.ndarray,
            lidar2ego: np.ndarray) -> tuple[float, np.ndarray]:
    """Turn (degrees) and way (3,) of the vehicle that would explain both."""
    ego2lidar = np.linalg.inv(lidar2ego)
    moved = lidar2ego @ np.linalg.inv(found) @ wanted @ ego2lidar
    cosine = np.clip((np.trace(moved[:3, :3]) - 1) / 2, -1, 1)
    return float(np.degrees(np.arccos(cosine))), moved[:3, 3]


def _moved_so(turn: float, way: np.ndarray) -> bool:
    return bool(turn < _TURN and np.hypot(*way[:2]) < _GO
                and abs(way[2]) < _RISE)
