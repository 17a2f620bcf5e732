"""Make an info file of a drive of KITTI's raw data.

Layout and formats as in the readme of the raw data's development kit:
``DATE/DATE_drive_NNNN_sync/{velodyne_points,image_02,image_03}/data``, each
with ``timestamps.txt`` beside it, and the calibration in ``DATE``.
"""
from datetime import datetime
from pathlib import Path

from ...errors import BadInput, MissingInput
from ...functional.kitti import camera_matrices, parse_calibration
from ...functional.mounting import check_mounting
from ...io.files import require_content
from ...io.image_size import read_image_size
from .convert_folder import DATASET, Recording

_CALIBRATION = 'calib_cam_to_cam.txt', 'calib_velo_to_cam.txt'
# The colour cameras, by the name that mmdet3d's KITTI infos have for them.
_CAMERAS = {'CAM2': 2, 'CAM3': 3}
_DAY = datetime(1970, 1, 1)


def convert_kitti_raw(root: Path) -> Recording:
    """Read a drive of KITTI's raw data, synchronised and rectified.

    Args:
        root (Path): ``DATE/DATE_drive_NNNN_sync``.

    Returns:
        Recording: Infos with paths relative to ``root``.

    Raises:
        MissingInput: A file or folder is missing.
        BadInput: One cannot be right.
    """
    root = Path(root)
    clouds = _files(root / 'velodyne_points', '.bin')
    if not clouds:
        raise MissingInput(f"'{root}' holds no velodyne_points/data/*.bin: "
                           'give the folder of one drive '
                           '(DATE/DATE_drive_NNNN_sync).')
    calibration = _calibration(root)
    cloud_times = _times(root / 'velodyne_points', list(clouds))
    infos: list[dict] = [
        dict(
            token=f'{root.name}_{stem}',
            lidar_points=dict(
                lidar_path=f'velodyne_points/data/{path.name}',
                num_pts_feats=4,
                max_intensity=1.),
            images={}) for stem, path in clouds.items()
    ]
    notes = []
    for name, number in _CAMERAS.items():
        folder = root / f'image_{number:02d}'
        images = _files(folder, '.png', '.jpg')
        if not images:
            continue
        fixed = _camera(calibration, number, root)
        height, width = read_image_size(str(next(iter(images.values()))))
        times = _times(folder, list(images))
        gaps = {}
        for info, stem in zip(infos, clouds):
            if stem in images:
                info['images'][name] = dict(
                    img_path=f'{folder.name}/data/{images[stem].name}',
                    height=height,
                    width=width,
                    **fixed)
                if stem in times and stem in cloud_times:
                    gaps[stem] = abs(times[stem] - cloud_times[stem])
        count = sum(name in info['images'] for info in infos)
        line = f'{name}: {count} of {len(infos)} clouds have an image, by name'
        if gaps:
            worst = max(gaps, key=lambda stem: gaps[stem])
            line += (f'; the largest gap is {1e3 * gaps[worst]:.0f} ms '
                     f"(cloud '{worst}')")
        notes.append(line)
    if not notes:
        raise MissingInput(f"'{root}' holds no image_02/data/*.png: unpack "
                           'the synchronised and rectified drive there.')
    content = dict(
        metainfo=dict(dataset=DATASET, info_version='1.1'), data_list=infos)
    return Recording(content, tuple(notes))


def _files(folder: Path, *endings: str) -> dict[str, Path]:
    folder = folder / 'data'
    if not folder.is_dir():
        return {}
    found = {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.suffix in endings and not path.name.startswith('.')
    }
    for path in found.values():
        require_content(path, 'scan' if path.suffix == '.bin' else 'image')
    return found


def _calibration(root: Path) -> dict:
    folder = next((each for each in (root.resolve().parent, root)
                   if (each / _CALIBRATION[0]).is_file()), root.parent)
    text = ''
    for name in _CALIBRATION:
        path = folder / name
        if not path.is_file():
            raise MissingInput(f"'{path}' does not exist: unpack the "
                               "calibration of the drive's day there.")
        text += path.read_text() + '\n'
    try:
        return parse_calibration(text)
    except BadInput as error:
        raise BadInput(f"'{folder}': {error}") from error


def _camera(calibration: dict, number: int, root: Path) -> dict:
    try:
        cam2img, lidar2cam = camera_matrices(calibration, number)
        check_mounting(lidar2cam)
    except BadInput as error:
        raise BadInput(f"The calibration of '{root}', camera {number}: "
                       f'{error}. Unpack it again.') from error
    return dict(cam2img=cam2img.tolist(), lidar2cam=lidar2cam.tolist())


def _times(folder: Path, stems: list[str]) -> dict[str, float]:
    """Seconds of each file; nothing where they are not known of all."""
    path = folder / 'timestamps.txt'
    if not path.is_file():
        return {}
    try:
        # strptime knows no nanoseconds.
        times = [
            (datetime.fromisoformat(line.strip()[:26]) - _DAY).total_seconds()
            for line in path.read_text().splitlines() if line.strip()
        ]
    except ValueError as error:
        raise BadInput(f"'{path}' holds what is no time ({error}): unpack it "
                       'again.') from error
    numbers = {stem: int(stem) for stem in stems if stem.isdecimal()}
    return {
        stem: times[number]
        for stem, number in numbers.items() if number < len(times)
    }
