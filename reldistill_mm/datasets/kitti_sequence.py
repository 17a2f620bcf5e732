"""What lies beside the scans of one of KITTI's sequences."""
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import BadInput, MissingInput
from ..functional.kitti import camera_matrices, lidar_poses, parse_calibration
from ..functional.mounting import check_mounting

_IMAGES = ('.png', '.jpg', '.jpeg')
_RAW = ('calib_cam_to_cam.txt', 'calib_velo_to_cam.txt')


class Sequence(NamedTuple):
    """Files beside the scans of one sequence.

    Attributes:
        images (dict[str, str]): Scan number to file name in ``image_2``.
        labels (dict[str, str]): Scan number to file name in ``labels``.
        cam2img (np.ndarray): (4, 4) intrinsics.
        lidar2cam (np.ndarray): (4, 4) extrinsics.
        lidar2global (np.ndarray, optional): (S, 4, 4) poses in the LiDAR
            frame of the first scan.
    """
    images: dict[str, str]
    labels: dict[str, str]
    cam2img: np.ndarray
    lidar2cam: np.ndarray
    lidar2global: np.ndarray | None


def read_sequence(folder: Path) -> Sequence:
    """Read calibration, poses and file lists of one sequence."""
    calibration, text = _calibration(folder)
    try:
        cam2img, lidar2cam = camera_matrices(parse_calibration(text))
        _require_mounted(lidar2cam, calibration)
    except ValueError as error:
        raise BadInput(f"'{calibration}' is not a calibration of KITTI "
                       f'odometry: {error}') from error
    poses, lidar2global = folder / 'poses.txt', None
    if poses.is_file():
        try:
            lidar2global = lidar_poses(poses.read_text(), lidar2cam)
        except ValueError as error:
            raise BadInput(f"'{poses}': {error}") from error
        _tell_spare_poses(poses, len(lidar2global))
    return Sequence(
        _files(folder / 'image_2', _IMAGES),
        _files(folder / 'labels', ('.label', )), cam2img, lidar2cam,
        lidar2global)


def _require_mounted(lidar2cam: np.ndarray, path: Path) -> None:
    """Check the matrix that leads from the LiDAR to camera 0."""
    try:
        check_mounting(lidar2cam)
    except BadInput as error:
        raise BadInput(f'the matrix from the LiDAR to camera 0 {error}. The '
                       'LiDAR has x forward, y to the left and z up, in '
                       'metres: correct Tr (or Tr_velo_to_cam).') from error
    if not lidar2cam[:3, 3].any():
        print(f"'{path}': by its Tr the camera is exactly where the LiDAR is; "
              'if it is not, the translation has been left out.')


def _tell_spare_poses(path: Path, count: int) -> None:
    """Say that a pose file is longer than its sequence.

    A part of a sequence has its first scans only, so it may be right.
    """
    numbers = [
        int(name) for name in _files(path.parent / 'velodyne', ('.bin', ))
        if name.isdecimal()
    ]
    if numbers and count > max(numbers) + 1:
        print(f"'{path}' has {count} poses and the last scan is "
              f'{max(numbers)}: unless scans are missing, it is of another '
              'sequence.')


def _calibration(folder: Path) -> tuple[Path, str]:
    """Find a sequence's calibration, of odometry or of the raw data."""
    path = folder / 'calib.txt'
    raw = [folder / name for name in _RAW]
    if path.is_file():
        files = [path]
    elif all(file.is_file() for file in raw):
        path, files = raw[0], raw
    else:
        raise MissingInput(
            f"'{path}' does not exist: unpack KITTI odometry's calibration "
            '(data_odometry_calib.zip) there.')
    try:
        return path, '\n'.join(file.read_text() for file in files)
    except UnicodeDecodeError as error:
        raise BadInput(f"'{path}' is not a calibration of KITTI odometry: it "
                       'is not a text file; unpack it again.') from error


def _files(folder: Path, suffixes: tuple[str, ...]) -> dict[str, str]:
    """Map stems to names of a folder's files; empty if there are none.

    Folders, hidden files (macOS's ``._000000.png``) and files of another
    ending do not belong to a scan. Of several with one stem, the ending that
    is named first counts.
    """
    if not folder.is_dir():
        return {}
    found: dict[str, str] = {}
    for suffix in reversed(suffixes):
        for path in folder.iterdir():
            if (path.suffix.lower() == suffix and path.is_file()
                    and not path.name.startswith('.')):
                found[path.stem] = path.name
    return found
