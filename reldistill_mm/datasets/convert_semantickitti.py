"""Add cameras and poses to mmdet3d's info files of SemanticKITTI.

Beside each sequence's ``velodyne`` and ``labels``, KITTI's odometry benchmark
has ``image_2``, ``calib.txt`` and ``poses.txt``; mmdet3d's infos have none of
them, and their ``sample_id`` collides (scan 11 of sequence 1 and scan 1 of
sequence 11 are both '111').
"""
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from ..compat.upstream_tools import upstream_converters
from ..errors import BadInput, MissingInput
from ..functional.calibration import check_size
from ..functional.kitti import camera_matrices, lidar_poses, parse_calibration
from ..io.image_size import read_image_size
from .info_file import write_infos

# The name of the left colour camera in mmdet3d's KITTI infos.
CAMERA = 'CAM2'
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


def convert_semantickitti(root: Path,
                          out_dir: Path,
                          prefix: str = 'semantickitti') -> list[Path]:
    """Make an info file for each split that has scans in ``root``.

    Args:
        root (Path): Folder with ``sequences``.
        out_dir (Path): Folder for the info files.
        prefix (str): Prefix of the file names. Defaults to 'semantickitti'.

    Returns:
        list[Path]: The info files, of train, val and test.

    Raises:
        MissingInput: There is no scan, or a scan without an image or a
            calibration.
    """
    root, out_dir = Path(root), Path(out_dir)
    if not root.is_dir():
        raise MissingInput(f"The folder '{root}' does not exist: --root-path "
                           'must be the folder that holds sequences/.')
    with upstream_converters():
        from tools.dataset_converters.semantickitti_converter import \
            get_semantickitti_info
        splits = {
            split: get_semantickitti_info(split)
            for split in ('train', 'val', 'test')
        }
    paths = []
    for split, infos in splits.items():
        listed = len(infos['data_list'])
        # mmdet3d lists all scans of the dataset, whether they exist or not.
        infos['data_list'] = present_scans(infos['data_list'], root)
        kept = len(infos['data_list'])
        print(f"{split}: {kept} of SemanticKITTI's {listed} scans are in "
              f"'{root}'.")
        if kept:
            add_cameras(infos, root)
            paths.append(out_dir / f'{prefix}_infos_{split}.pkl')
            out_dir.mkdir(parents=True, exist_ok=True)
            write_infos(infos, paths[-1])
    if not paths:
        raise MissingInput(
            f"'{root}' holds no scan sequences/*/velodyne/*.bin: --root-path "
            'must be the folder that holds sequences/.')
    return paths


def present_scans(infos: list[dict], root: Path) -> list[dict]:
    """Keep the infos whose scan is a file in ``root``."""
    scans = {
        path.relative_to(root).as_posix()
        for path in root.glob('sequences/*/velodyne/*.bin') if path.is_file()
    }
    return [i for i in infos if i['lidar_points']['lidar_path'] in scans]


def add_cameras(infos: dict, root: Path) -> None:
    """Give every scan its camera, its pose and an id of its own.

    Each info gets ``images`` as in nuScenes' (``img_path``, ``cam2img``,
    ``lidar2cam``) with the ``height`` and ``width`` that the images have now,
    ``sample_id`` ('08_000012'), and ``lidar2global`` where the sequence has
    poses. The label's path is removed where the file does not
    exist, as in the test sequences.

    Args:
        infos (dict): Content of mmdet3d's SemanticKITTI info file; changed.
        root (Path): Folder with ``sequences``.

    Raises:
        MissingInput: A scan without an image, or a sequence without a
            calibration.
        BadInput: A calibration or pose file cannot be read or does not fit
            the images, or the infos are of another dataset.
    """
    sequences: dict[PurePosixPath, Sequence] = {}
    for info in infos['data_list']:
        scan = PurePosixPath(info['lidar_points']['lidar_path'])
        folder, number = scan.parent.parent, scan.stem
        if folder.parent.name != 'sequences' or not number.isdecimal():
            raise BadInput(
                f"The scan '{scan}' is not sequences/SS/velodyne/FFFFFF.bin: "
                "these are not mmdet3d's info files of SemanticKITTI.")
        if folder not in sequences:
            sequences[folder] = read_sequence(Path(root, folder))
        sequence = sequences[folder]
        if number not in sequence.images:
            raise MissingInput(
                f"'{Path(root, folder)}' has no image_2/{number}.png for its "
                "scan: unpack KITTI odometry's colour images "
                '(data_odometry_color.zip) there.')
        info['sample_id'] = f'{folder.name}_{number}'
        info['images'] = {CAMERA: _camera(root, folder, number, sequence)}
        if number not in sequence.labels:
            info.pop('pts_semantic_mask_path', None)
        if sequence.lidar2global is not None:
            info['lidar2global'] = _pose(sequence.lidar2global, int(number),
                                         folder)


def _camera(root: Path, folder: PurePosixPath, number: str,
            sequence: Sequence) -> dict:
    """Return the camera's entry of an info."""
    path = folder / 'image_2' / sequence.images[number]
    height, width = size = read_image_size(str(Path(root, path)))
    try:
        check_size(sequence.cam2img, size)
    except BadInput as error:
        raise BadInput(
            f"'{Path(root, path)}' does not fit P2 of its calib.txt: {error}. "
            'Unpack the original images, or scale P2.') from error
    return dict(
        img_path=str(path),
        cam2img=sequence.cam2img.tolist(),
        lidar2cam=sequence.lidar2cam.tolist(),
        height=height,
        width=width)


def read_sequence(folder: Path) -> Sequence:
    """Read calibration, poses and file lists of one sequence."""
    calibration, text = _calibration(folder)
    try:
        cam2img, lidar2cam = camera_matrices(parse_calibration(text))
    except ValueError as error:
        raise BadInput(f"'{calibration}' is not a calibration of KITTI "
                       f'odometry: {error}') from error
    poses, lidar2global = folder / 'poses.txt', None
    if poses.is_file():
        try:
            lidar2global = lidar_poses(poses.read_text(), lidar2cam)
        except ValueError as error:
            raise BadInput(f"'{poses}': {error}") from error
    return Sequence(
        _files(folder / 'image_2', _IMAGES),
        _files(folder / 'labels', ('.label', )), cam2img, lidar2cam,
        lidar2global)


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
    ending are no scan's. Of several with one stem, the ending that is named
    first counts.
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


def _pose(poses: np.ndarray, number: int,
          folder: PurePosixPath) -> list[list[float]]:
    if number >= len(poses):
        raise BadInput(
            f"'{folder}/poses.txt' has {len(poses)} poses, "
            f'none for scan {number}; it is truncated or belongs to another '
            'sequence. Without the file no pose is written.')
    return poses[number].tolist()
