"""Add cameras and poses to mmdet3d's info files of SemanticKITTI.

Beside each sequence's ``velodyne`` and ``labels``, KITTI's odometry benchmark
has ``image_2``, ``calib.txt`` and ``poses.txt``; mmdet3d's infos have none of
them, and their ``sample_id`` collides (scan 11 of sequence 1 and scan 1 of
sequence 11 are both '111').
"""
from pathlib import Path, PurePosixPath

import numpy as np

from ..compat.upstream_tools import upstream_converters
from ..errors import BadInput, MissingInput
from ..functional.calibration import check_size
from ..io.files import require_content
from ..io.image_size import read_image_size
from ..io.named_inputs import KITTI_ROOT, require_root
from .info_file import write_infos
from .kitti_sequence import Sequence, read_sequence

# The name of the left colour camera in mmdet3d's KITTI infos.
CAMERA = 'CAM2'


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
    root, out_dir = require_root(root, KITTI_ROOT), Path(out_dir)
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
    """Keep the infos whose scan is a file in ``root``; refuse empty ones."""
    scans = {
        path.relative_to(root).as_posix()
        for path in root.glob('sequences/*/velodyne/*.bin') if path.is_file()
    }
    kept = [i for i in infos if i['lidar_points']['lidar_path'] in scans]
    for info in kept:
        require_content(Path(root, info['lidar_points']['lidar_path']))
    return kept


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
        else:
            require_content(
                Path(root, folder, 'labels', sequence.labels[number]),
                'label file')
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


def _pose(poses: np.ndarray, number: int,
          folder: PurePosixPath) -> list[list[float]]:
    if number >= len(poses):
        raise BadInput(
            f"'{folder}/poses.txt' has {len(poses)} poses, "
            f'none for scan {number}; it is truncated or belongs to another '
            'sequence. Without the file no pose is written.')
    return poses[number].tolist()
