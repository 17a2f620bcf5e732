"""The keyframe that the suites run on: a real one, or a synthetic one."""
import io
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from reldistill_mm.errors import BadInput
from .suites import FOLDER

INFOS = 'nuscenes_infos_keyframe.pkl'
# Synthetic cameras: yaw in degrees, nuScenes' focal length and size.
_YAWS = (0, -55, 55, 180, 110, -110)
_FOCAL, _HEIGHT, _WIDTH = 1266.0, 900, 1600


class Camera(NamedTuple):
    """One camera of a keyframe; matrices are (4, 4), ``cam2img`` (3, 3).

    ``ego2global`` is the vehicle's pose when the camera fired, not the
    LiDAR; ``jpeg`` holds the image file's bytes.
    """
    lidar2cam: np.ndarray
    cam2img: np.ndarray
    cam2ego: np.ndarray
    ego2global: np.ndarray
    jpeg: bytes
    height: int
    width: int


class Keyframe(NamedTuple):
    """A LiDAR scan (N, C) float32 and its cameras.

    ``lidar2ego`` and ``ego2global`` are those at the LiDAR's own time.
    """
    name: str
    points: np.ndarray
    lidar2ego: np.ndarray
    ego2global: np.ndarray
    cameras: list[Camera]


def load_keyframe(data: str | None) -> Keyframe:
    """Load the real keyframe in the folder ``data``, else a synthetic one."""
    if data is None:
        return synthetic_keyframe()
    root = Path(data) / FOLDER
    with open(root / INFOS, 'rb') as file:
        info = _NumbersOnly(file).load()['data_list'][0]
    lidar = info['lidar_points']
    points = np.fromfile(root / 'samples/LIDAR_TOP' / lidar['lidar_path'],
                         np.float32).reshape(-1, lidar['num_pts_feats'])
    lidar2ego, ego2global = np.array(lidar['lidar2ego']), np.array(
        info['ego2global'])
    cameras = []
    for name, image in info['images'].items():
        jpeg = (root / 'samples' / name / image['img_path']).read_bytes()
        width, height = Image.open(io.BytesIO(jpeg)).size
        lidar2cam, cam2ego = (
            np.array(image[key]) for key in ('lidar2cam', 'cam2ego'))
        # The infos have no pose at the camera's time; lidar2cam includes it.
        pose = ego2global @ lidar2ego @ np.linalg.inv(cam2ego @ lidar2cam)
        cameras.append(
            Camera(lidar2cam, np.array(image['cam2img']), cam2ego, pose, jpeg,
                   height, width))
    return Keyframe('nuScenes keyframe', points, lidar2ego, ego2global,
                    cameras)


class _NumbersOnly(pickle.Unpickler):
    """Refuse whatever is neither a plain container nor a NumPy number."""

    def find_class(self, module: str, name: str) -> Any:
        # Old pickle protocols write bytes with encode.
        if (module.split('.')[0], name) not in (('numpy', 'scalar'), ('numpy',
                                                                      'dtype'),
                                                ('_codecs', 'encode')):
            raise BadInput(f'{INFOS} holds a {module}.{name}; expected '
                           'lists, dicts, numbers and strings alone.')
        return super().find_class(module, name)


def synthetic_keyframe(count: int = 34688,
                       height: int = _HEIGHT,
                       width: int = _WIDTH) -> Keyframe:
    """Make points around a moving vehicle, and noisy smooth images."""
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(-np.pi, np.pi, count), rng.gamma(2, 8, count)
    points = np.stack([
        radius * np.cos(angle), radius * np.sin(angle),
        rng.uniform(-2, 4, count),
        rng.uniform(0, 255, count),
        rng.integers(0, 32, count)
    ], 1).astype(np.float32)
    lidar2ego = _pose(-90, [0.94, 0, 1.84])
    ego2global = _pose(110, [411, 1180, 0])
    cameras = []
    for index, yaw in enumerate(_YAWS):
        cam2ego = _pose(yaw, [1.5, 0, 1.5])
        # Camera axes: x right, y down, z forward.
        cam2ego[:3, :3] = cam2ego[:3, :3] @ [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]
        pose = _pose(110 + .1 * index, [411 - .1 * index, 1180.2, 0])
        lidar2cam = np.linalg.inv(pose @ cam2ego) @ ego2global @ lidar2ego
        focal = _FOCAL * width / _WIDTH
        cam2img = np.array([[focal, 0, (width - 1) / 2],
                            [0, focal, (height - 1) / 2], [0, 0, 1]])
        cameras.append(
            Camera(lidar2cam, cam2img, cam2ego, pose,
                   _noisy_jpeg(rng, height, width), height, width))
    return Keyframe('synthetic', points, lidar2ego, ego2global, cameras)


def _pose(yaw: float, position: list[float]) -> np.ndarray:
    angle = np.deg2rad(yaw)
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(angle), -np.sin(angle)],
                    [np.sin(angle), np.cos(angle)]]
    pose[:3, 3] = position
    return pose


def _noisy_jpeg(rng: np.random.Generator, height: int, width: int) -> bytes:
    coarse = rng.integers(0, 255, (height // 10, width // 10, 3), np.uint8)
    smooth = np.asarray(
        Image.fromarray(coarse).resize((width, height), Image.BICUBIC))
    noisy = smooth + rng.normal(0, 4, smooth.shape)
    file = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(
        file, 'JPEG', quality=75)
    return file.getvalue()
