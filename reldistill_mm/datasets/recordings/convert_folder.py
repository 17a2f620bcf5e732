"""Make an info file of a folder with clouds, images and a calibration."""
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import BadInput, MissingInput
from ...functional.closest import closest
from ...io.image_size import read_image_size
from ...io.named_inputs import RECORDING_ROOT, require_root
from ..info_file import write_infos
from . import poses as poses_file
from . import rig_file
from .known_layouts import refuse_known_layout
from .label_files import add_labels
from .listing import Files, list_clouds, list_images
from .matching import match_images
from .notes import tell_matches
from .rig_file import Rig, read_rig

# What metainfo['dataset'] says; no converter of mmdet3d's has it.
DATASET = 'folder'
# Focal length as a share of the width; 0.16 is a fisheye of 180 degrees.
_SHORTEST = 0.05


class Recording(NamedTuple):
    """An info file that was made, and what to say of it.

    Attributes:
        infos (dict): Content of the info file.
        notes (tuple[str, ...]): Lines on what was matched and assumed.
    """
    infos: dict
    notes: tuple[str, ...]


def convert_folder(root: Path,
                   out: Path | None = None,
                   max_sweeps: int = 0) -> Recording:
    """Read a folder and write mmdet3d's info file (version 2).

    Args:
        root (Path): Folder with ``points``, ``images/CAMERA`` and
            ``calibration.yaml``; ``poses.txt`` and ``labels`` are optional.
        out (Path, optional): The info file. Defaults to None, nothing is
            written.
        max_sweeps (int): Earlier clouds listed with each, where there are
            poses. Defaults to 0.

    Returns:
        Recording: The infos, whose paths are relative to ``root``.

    Raises:
        MissingInput: A file or folder is missing.
        BadInput: One cannot be right, in one line.
    """
    root = Path(root)
    refuse_known_layout(root)
    require_root(root, RECORDING_ROOT)
    clouds = list_clouds(root / 'points')
    rig = read_rig(root / rig_file.NAME)
    images = _images(root, rig)
    matches = {
        name: match_images(name, clouds, files, rig.max_gap)
        for name, files in images.items()
    }
    trajectory = _trajectory(root, rig, clouds)
    sizes = {
        name: _size(rig.cameras[name], files)
        for name, files in images.items()
    }
    for name, size in sizes.items():
        _require_pixels(name, {**rig.cameras[name], **size}, root)
    infos = []
    for stem, path in clouds.paths.items():
        cameras = {}
        for name, match in matches.items():
            if stem in match.images:
                image = match.images[stem]
                camera = dict(
                    img_path=_below(root, images[name].paths[image]),
                    **rig.cameras[name],
                    **sizes[name])
                _move(camera, rig, trajectory, clouds.times.get(stem),
                      images[name].times.get(image))
                cameras[name] = camera
        infos.append(_info(root, stem, path, cameras, rig, clouds, trajectory))
    labels = add_labels(root, infos)
    if max_sweeps and trajectory is not None:
        _add_sweeps(infos, max_sweeps)
    content = dict(
        metainfo=dict(dataset=DATASET, info_version='1.1'), data_list=infos)
    if out is not None:
        write_infos(content, out)
    return Recording(content,
                     (*tell_matches(clouds, matches, trajectory), *labels))


def _images(root: Path, rig: Rig) -> dict[str, Files]:
    """List each camera's images; every folder must be calibrated."""
    folder = root / 'images'
    if not folder.is_dir():
        raise MissingInput(f"The folder '{folder}' does not exist: put each "
                           "camera's images into images/CAMERA.")
    found = sorted(path.name for path in folder.iterdir()
                   if path.is_dir() and not path.name.startswith('.'))
    for name in found:
        if name not in rig.cameras:
            raise BadInput(
                f"'{root / rig_file.NAME}' has no camera '{name}', whose "
                f"images are in '{folder / name}'"
                f'{closest(name, rig.cameras)} Add it, or move its images '
                'away.')
    for name in rig.cameras:
        if name not in found:
            raise MissingInput(
                f"Camera '{name}' of '{root / rig_file.NAME}' has no folder "
                f"'{folder / name}'{closest(name, found)} Put its images "
                'there, or take it out.')
    return {name: list_images(folder / name) for name in rig.cameras}


def _size(camera: dict, files: Files) -> dict[str, int]:
    """The images' size, unless the calibration says for which it is.

    Raises:
        BadInput: They have several, which one calibration does not fit.
    """
    if 'height' in camera:
        return {}
    first, *others = files.paths.values()
    size = read_image_size(str(first))
    for path in others:
        other = read_image_size(str(path))
        if other != size:
            raise BadInput(
                f"'{first}' has {size[1]} x {size[0]} pixels and '{path}' "
                f'{other[1]} x {other[0]}: one camera with one calibration '
                'has one size. Make two cameras of it or, if the same images '
                'were resized, give width and height that cam2img is for.')
    return dict(height=size[0], width=size[1])


def _require_pixels(name: str, camera: dict, root: Path) -> None:
    focal, width = camera['cam2img'][0][0], camera['width']
    if focal < _SHORTEST * width:
        raise BadInput(
            f"cam2img of camera '{name}' of '{root / rig_file.NAME}' has a "
            f'focal length of {focal:g} pixels for images of {width} x '
            f'{camera["height"]}: give it in pixels, the length in '
            'millimetres times the pixels per millimetre.')


def _trajectory(root: Path, rig: Rig,
                clouds: Files) -> poses_file.Trajectory | None:
    path = root / poses_file.NAME
    if not path.is_file():
        return None
    times = clouds.times or {
        name: float(index)
        for index, name in enumerate(clouds.paths)
    }
    trajectory = poses_file.read_poses(path, times, rig.max_gap)
    for name in clouds.paths:
        try:
            trajectory.at(times[name])
        except BadInput as error:
            raise BadInput(
                f"'{path}' {error}, and the cloud '{name}' needs one: add "
                'poses, or remove the cloud.') from error
    return trajectory


def _move(camera: dict, rig: Rig, trajectory: poses_file.Trajectory | None,
          cloud_time: float | None, image_time: float | None) -> None:
    """Fold the motion from the cloud's time to the image's in lidar2cam."""
    if None in (trajectory, cloud_time, image_time):
        return
    assert trajectory is not None
    assert cloud_time is not None and image_time is not None
    mounted = np.eye(4) if rig.lidar2ego is None else rig.lidar2ego
    then = trajectory.at(image_time) @ mounted
    now = trajectory.at(cloud_time) @ mounted
    moved = np.linalg.solve(then, now)
    camera['lidar2cam'] = (np.array(camera['lidar2cam']) @ moved).tolist()
    camera['timestamp'] = image_time


def _info(root: Path, stem: str, path: Path, cameras: dict, rig: Rig,
          clouds: Files, trajectory: poses_file.Trajectory | None) -> dict:
    info: dict = dict(
        token=stem,
        lidar_points=dict(lidar_path=_below(root, path), **rig.points),
        images=cameras)
    time = clouds.times.get(stem)
    if time is not None:
        info['timestamp'] = time
    if trajectory is not None:
        when = time if time is not None else float(
            list(clouds.paths).index(stem))
        info['ego2global'] = trajectory.at(when).tolist()
        if rig.lidar2ego is not None:
            info['lidar_points']['lidar2ego'] = rig.lidar2ego.tolist()
    return info


def _below(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _add_sweeps(infos: list[dict], count: int) -> None:
    for index, info in enumerate(infos):
        earlier = infos[max(index - count, 0):index][::-1]
        info['lidar_sweeps'] = [
            dict(
                lidar_points=dict(each['lidar_points']),
                ego2global=each['ego2global'],
                **({
                    'timestamp': each['timestamp']
                } if 'timestamp' in each else {})) for each in earlier
        ]
