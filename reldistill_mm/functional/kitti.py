"""KITTI's calibration and pose files.

Formats, as described in the readme files of KITTI's development kits:

- odometry, ``calib.txt``: ``P0`` to ``P3`` and ``Tr``;
- object, ``calib/*.txt``: ``P0`` to ``P3``, ``R0_rect``, ``Tr_velo_to_cam``;
- tracking, ``calib/*.txt``: ``P0`` to ``P3``, ``R_rect``, ``Tr_velo_cam``,
  the last two without a colon;
- raw, ``calib_cam_to_cam.txt`` (``P_rect_00`` to ``P_rect_03``,
  ``R_rect_00``) and ``calib_velo_to_cam.txt`` (``R``, ``T``).
"""

from collections.abc import Callable

import numpy as np

from ..errors import BadInput
from .calibration import check_extrinsics, check_intrinsics
from .geometry import as_4x4

_TO_CAMERA = ('Tr_velo_to_cam', 'Tr_velo_cam')
_RECTIFYING = ('R0_rect', 'R_rect', 'R_rect_00')
_SHAPES = {9: (3, 3), 12: (3, 4), 3: (3, 1)}


def parse_calibration(text: str) -> dict[str, np.ndarray]:
    """Parse the matrices of a calibration file.

    Args:
        text (str): Lines ``name: values`` or ``name values``, with 12 values
            for a (3, 4) matrix, 9 for a (3, 3) one and 3 for a column. Other
            lines are ignored.

    Returns:
        dict[str, np.ndarray]: Name to float64 matrix.

    Raises:
        BadInput: A value is not a finite number, a projection or transform
            has another number of values, or a name is there twice.

    Example:
        >>> parse_calibration('P2: 7 0 6 0 0 7 1 0 0 0 1 0')['P2'].tolist()
        [[7.0, 0.0, 6.0, 0.0], [0.0, 7.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    matrices = {}
    for line in text.splitlines():
        name, *numbers = line.replace(':', ' ', 1).split() or ['']
        matrix = name.startswith(('P', 'R0', 'R_rect', 'Tr'))
        if len(numbers) not in _SHAPES:
            if matrix and numbers:
                raise BadInput(f"the matrix '{name}' has {len(numbers)} "
                               'values, not 12 (3 x 4) or 9 (3 x 3).')
            continue
        try:
            values = np.array(numbers, np.float64)
        except ValueError as error:
            if not matrix:
                continue
            raise BadInput(f"the matrix '{name}' holds a value that is not a "
                           f'number ({error}).') from error
        if matrix and not np.isfinite(values).all():
            raise BadInput(f"the matrix '{name}' holds a value that is not "
                           'finite.')
        if name in matrices:
            raise BadInput(f"the matrix '{name}' is there twice.")
        matrices[name] = values.reshape(_SHAPES[len(numbers)])
    return matrices


def camera_matrices(calibration: dict[str, np.ndarray],
                    camera: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Intrinsics and extrinsics of a camera, as in mmdet3d's KITTI infos.

    ``cam2img`` is P, which holds the camera's distance from camera 0 in its
    last column; ``lidar2cam`` leads to camera 0's rectified frame, whose z
    axis, and so depth, is that of all four cameras. A pixel is

    - odometry: ``P2 . Tr . point``, since Tr holds the rectification; a
      rectifying matrix beside it is not applied again;
    - object: ``P2 . R0_rect . Tr_velo_to_cam . point``;
    - tracking: ``P2 . R_rect . Tr_velo_cam . point``;
    - raw: ``P_rect_02 . R_rect_00 . [R | T] . point``; the rectifying matrix
      is always that of camera 0.

    Args:
        calibration (dict[str, np.ndarray]): Matrices from
            :func:`parse_calibration`; of the raw format, of both files.
        camera (int): Camera, 0 to 3. Defaults to 2, the left colour camera.

    Returns:
        tuple[np.ndarray, np.ndarray]: cam2img and lidar2cam, both (4, 4)
        float64, metres and pixels.

    Raises:
        BadInput: A matrix is missing or cannot be right.

    Example:
        >>> projection = np.array([[7., 0, 6, 0], [0, 7, 1, 0], [0, 0, 1, 0]])
        >>> to_camera = np.array([[0., -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0]])
        >>> cam2img, lidar2cam = camera_matrices(
        ...     dict(P2=projection, Tr=to_camera))
        >>> (cam2img @ lidar2cam @ [10, 0, 0, 1])[:3].tolist()
        [60.0, 10.0, 10.0]
    """
    projection = _first(calibration, (f'P{camera}', f'P_rect_{camera:02d}'))
    if 'Tr' in calibration:
        return (_right(check_intrinsics, *projection),
                _right(check_extrinsics, 'Tr', calibration['Tr']))
    if {'R', 'T'} <= calibration.keys():
        unrectified = np.hstack([calibration['R'], calibration['T']])
        transform = '[R | T]', unrectified
    else:
        transform = _first(calibration, ('Tr', *_TO_CAMERA))
    rectifying = _first(
        calibration, _RECTIFYING,
        f"; '{transform[0]}' leads to camera 0 before rectification. If it "
        "holds the rectification, as odometry's does, call it Tr")
    to_camera = _right(check_extrinsics, *transform)
    turn = np.hstack([as_4x4(rectifying[1])[:3, :3], np.zeros((3, 1))])
    rotation = _right(check_extrinsics, rectifying[0], turn)
    return _right(check_intrinsics, *projection), rotation @ to_camera


def _first(calibration: dict[str, np.ndarray],
           names: tuple[str, ...],
           why: str = '') -> tuple[str, np.ndarray]:
    """Find the first of several names, with its matrix."""
    for name in names:
        if name in calibration:
            return name, calibration[name]
    others = ' or '.join(names[1:])
    raise BadInput(f"no matrix '{names[0]}' (or {others}) among "
                   f'{sorted(calibration)}{why}.')


def _right(check: Callable, name: str, matrix: np.ndarray) -> np.ndarray:
    try:
        return check(matrix)
    except BadInput as error:
        raise BadInput(f"the matrix '{name}' {error}.") from error


def lidar_poses(text: str, lidar2cam: np.ndarray) -> np.ndarray:
    """Compute the pose of the LiDAR at each scan.

    Args:
        text (str): ``poses.txt``: 12 values per scan in one line, camera 0's
            (3, 4) pose in the frame of the first scan's camera 0.
        lidar2cam (np.ndarray): (4, 4) LiDAR to camera 0.

    Returns:
        np.ndarray: (S, 4, 4) float64, LiDAR frame of each scan to that of
        the first, metres.

    Raises:
        BadInput: A line does not hold 12 finite numbers.

    Example:
        >>> poses = lidar_poses('1 0 0 0 0 1 0 0 0 0 1 5', np.eye(4))
        >>> poses[0, :3, 3].tolist()
        [0.0, 0.0, 5.0]
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    for number, row in enumerate(rows, 1):
        if len(row) != 12:
            raise BadInput(f'line {number} has {len(row)} values, not 12.')
    poses = np.tile(np.eye(4), (len(rows), 1, 1))
    poses[:, :3] = np.array(rows, np.float64).reshape(-1, 3, 4)
    bad = np.flatnonzero(~np.isfinite(poses).all((1, 2)))
    if len(bad):
        raise BadInput(f'line {bad[0] + 1} holds a value that is not finite.')
    return np.linalg.inv(lidar2cam) @ poses @ lidar2cam
