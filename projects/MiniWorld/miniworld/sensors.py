"""Cameras and LiDARs: where they sit, when they fire, what rays they cast.

Frames: ego is x forward, y left, z up with the rear axle at 0. A camera is x
right, y down, z forward. Pixel (u, v) with integer numbers is the middle of a
pixel: its ray is ``K^-1 (u, v, 1)``.
"""
from dataclasses import dataclass

import numpy as np

from .solids import rotation

Array = np.ndarray
Rng = np.random.Generator
LIDAR = 'LIDAR_TOP'
CAMERAS: dict[str, tuple[float, float, tuple[float, float, float], int]] = {
    'CAM_FRONT': (0, 70, (1.70, .02, 1.51), -35000),
    'CAM_FRONT_RIGHT': (-56, 70, (1.55, -.49, 1.50), -27500),
    'CAM_FRONT_LEFT': (56, 70, (1.52, .49, 1.51), -42500),
    'CAM_BACK': (180, 110, (.03, .00, 1.58), -10500),
    'CAM_BACK_LEFT': (109, 70, (1.04, .48, 1.59), -1000),
    'CAM_BACK_RIGHT': (-111, 70, (1.01, -.48, 1.56), -20000),
}
"""nuScenes' six cameras: yaw and field of view in degrees, place in the ego
frame in metres, time of the shot after the LiDAR's in microseconds."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        name (str): Channel.
        matrix (Array): (3, 3) intrinsics in pixels.
        to_ego (Array): (4, 4) camera to ego.
        size (tuple[int, int]): Width and height in pixels.
        delay (int): Microseconds from the LiDAR's time to the shot.
    """
    name: str
    matrix: Array
    to_ego: Array
    size: tuple[int, int]
    delay: int = 0

    def rays(self) -> Array:
        """(3, H, W) directions in the camera frame with unit z."""
        width, height = self.size
        u, v = np.meshgrid(np.arange(width), np.arange(height))
        k = np.linalg.inv(self.matrix)
        return np.stack(
            [k[i, 0] * u + k[i, 1] * v + k[i, 2] for i in range(3)])


@dataclass(frozen=True)
class Lidar:
    """A spinning LiDAR.

    Attributes:
        to_ego (Array): (4, 4) LiDAR to ego.
        elevations (Array): (R,) radians, lowest ring first.
        steps (int): Number of azimuths of one turn.
        reach (float): Farthest return, metres.
        noise (float): Standard deviation of the range, metres.
        false (float): Chance of a return from nothing (dust, an echo).
    """
    to_ego: Array
    elevations: Array
    steps: int
    reach: float = 75.
    noise: float = .02
    false: float = .001

    def azimuths(self) -> Array:
        """(steps,) radians from the x axis towards the y axis."""
        return (np.arange(self.steps) + .5) / self.steps * 2 * np.pi - np.pi

    def rays(self) -> Array:
        """(3, R, steps) unit directions in the LiDAR's frame."""
        el, az = np.meshgrid(self.elevations, self.azimuths(), indexing='ij')
        return np.stack(
            [np.cos(el) * np.cos(az),
             np.cos(el) * np.sin(az),
             np.sin(el)])


def rigid(rot: Array, at: tuple[float, float, float]) -> Array:
    """(4, 4) from a rotation and a translation in metres."""
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = rot, at
    return out


def invert(pose: Array) -> Array:
    """Inverse of a rigid (4, 4)."""
    out = np.eye(4)
    out[:3, :3] = pose[:3, :3].T
    out[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return out


def looking(yaw: float) -> Array:
    """(3, 3) of a level camera looking along ``yaw`` (radians) to ego."""
    s, c = np.sin(yaw), np.cos(yaw)
    return np.array([[s, 0, c], [-c, 0, s], [0, -1., 0]])


def nuscenes_cameras(size: tuple[int, int], rng: Rng) -> list[Camera]:
    """nuScenes' six cameras with a calibration of their own per drive."""
    out = []
    width, height = size
    for name, (yaw, fov, at, delay) in CAMERAS.items():
        f = width / 2 / np.tan(np.deg2rad(fov) / 2) * rng.uniform(.99, 1.01)
        cx = width * (.5 + rng.normal(0, .006))
        cy = height * (.54 + rng.normal(0, .006))
        matrix = np.array([[f, 0, cx], [0, f, cy], [0, 0, 1.]])
        wobble = rotation(*rng.normal(0, .006, 3))
        place = np.asarray(at) + rng.normal(0, .01, 3)
        out.append(
            Camera(name, matrix,
                   rigid(looking(np.deg2rad(yaw)) @ wobble,
                         place), size, delay))
    return out


def nuscenes_lidar(steps: int, rng: Rng) -> Lidar:
    """32 rings from -30.67 to 10.67 degrees; x right, y forward, z up."""
    base = np.array([[0, 1., 0], [-1, 0, 0], [0, 0, 1]])
    wobble = rotation(*rng.normal(0, .004, 3))
    return Lidar(
        rigid(wobble @ base, (.94, 0, 1.84)),
        np.deg2rad(np.linspace(-30.67, 10.67, 32)), steps)


def shot_delay(camera: Camera, rng: Rng) -> int:
    """Microseconds from the LiDAR's time to this shot of the camera."""
    return int(np.clip(camera.delay + rng.integers(-500, 501), -43000, -500))


def kitti_lidar(steps: int) -> Lidar:
    """64 rings from -24.8 to 2 degrees; x forward, y left, z up."""
    upper = np.linspace(-8.53, 2.0, 32)
    lower = np.linspace(-24.8, -8.87, 32)
    return Lidar(
        rigid(np.eye(3), (.76, 0, 1.73)),
        np.deg2rad(np.concatenate([lower, upper])),
        steps,
        reach=80.)


def kitti_camera(size: tuple[int, int], rng: Rng) -> Camera:
    """The left colour camera (KITTI's camera 2) of the other town."""
    width, height = size
    f = 718.9 / 1241 * width
    matrix = np.array([[f, 0, width * .489], [0, f, height * .49], [0, 0, 1.]])
    wobble = rotation(*rng.normal(0, .004, 3))
    return Camera('image_2', matrix,
                  rigid(looking(0) @ wobble, (1.03, .06, 1.65)), size)
