"""KITTI's calibration and pose files.

Formats: the odometry benchmark's ``calib.txt`` (``P0`` to ``P3`` and ``Tr``)
and the object benchmark's ``calib/*.txt`` (``R0_rect``, ``Tr_velo_to_cam``),
as described in the readme files of the KITTI development kits.
"""

import numpy as np

from ..errors import BadInput
from .geometry import as_4x4


def parse_calibration(text: str) -> dict[str, np.ndarray]:
    """Parse the matrices of a calibration file.

    Args:
        text (str): Lines ``name: values``, with 12 values for a (3, 4)
            matrix and 9 for a (3, 3) one. Other lines are ignored.

    Returns:
        Dict[str, np.ndarray]: Name to float64 matrix.

    Raises:
        BadInput: A value is not a number.
    """
    matrices = {}
    for line in text.splitlines():
        name, _, values = line.partition(':')
        numbers = values.split()
        if len(numbers) in (9, 12):
            matrices[name.strip()] = np.array(numbers,
                                              np.float64).reshape(3, -1)
    return matrices


def camera_matrices(calibration: dict[str, np.ndarray],
                    camera: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Intrinsics and extrinsics of a camera, as in mmdet3d's KITTI infos.

    ``cam2img`` is P, which holds the camera's distance from camera 0 in its
    last column; ``lidar2cam`` leads to camera 0's rectified frame, whose z
    axis, and so depth, is that of all four cameras. A pixel is
    ``P . R0_rect . Tr . point``; odometry's Tr holds R0_rect already.

    Args:
        calibration (Dict[str, np.ndarray]): Matrices from
            :func:`parse_calibration`.
        camera (int): Camera, 0 to 3. Defaults to 2, the left colour camera.

    Returns:
        Tuple[np.ndarray, np.ndarray]: cam2img and lidar2cam, both (4, 4)
        float64, metres and pixels.

    Raises:
        BadInput: A matrix is missing.
    """
    transform = 'Tr' if 'Tr' in calibration else 'Tr_velo_to_cam'
    for name in (f'P{camera}', transform):
        if name not in calibration:
            raise BadInput(f"no matrix '{name}' among "
                           f'{sorted(calibration)}.')
    lidar2cam = as_4x4(calibration[transform])
    if 'R0_rect' in calibration:
        lidar2cam = as_4x4(calibration['R0_rect']) @ lidar2cam
    return as_4x4(calibration[f'P{camera}']), lidar2cam


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
        BadInput: A line does not hold 12 numbers.
    """
    rows = [line.split() for line in text.splitlines() if line.strip()]
    for number, row in enumerate(rows, 1):
        if len(row) != 12:
            raise BadInput(f'line {number} has {len(row)} values, not 12.')
    poses = np.tile(np.eye(4), (len(rows), 1, 1))
    poses[:, :3] = np.array(rows, np.float64).reshape(-1, 3, 4)
    return np.linalg.inv(lidar2cam) @ poses @ lidar2cam
