"""A rig of a LiDAR and cameras of any lens in a small world of boxes.

Images are cast along the rays that OpenCV gives for every pixel, so that they
know nothing of our own camera models.
"""
import functools

import cv2
import numpy as np

# x forward, y left, z up; ground is 1.7 m below the LiDAR.
GROUND = -1.7
# From the LiDAR's axes to those of a camera that looks along its x axis.
AXES = np.array([[0., -1, 0], [0, 0, -1], [1, 0, 0]])


def make_boxes(seed: int = 0, count: int = 60) -> np.ndarray:
    """(B, 10) boxes: low xyz, high xyz, colour, reflectance."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(-np.pi, np.pi, count)
    away = rng.uniform(6, 30, count)
    low = np.column_stack([
        away * np.cos(angle), away * np.sin(angle),
        rng.uniform(GROUND, 0.5, count)
    ])
    size = rng.uniform(0.4, 2.5, (count, 3))
    return np.hstack([
        low, low + size,
        rng.uniform(0, 255, (count, 3)),
        rng.uniform(5, 200, (count, 1))
    ])


def cast(boxes: np.ndarray, start: np.ndarray,
         rays: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance (R,), colour (R, 3) and reflectance (R,) that rays meet."""
    distance = np.full(len(rays), np.inf)
    colour = np.tile([180., 200., 230.], (len(rays), 1))
    shine = np.zeros(len(rays))
    with np.errstate(divide='ignore', invalid='ignore'):
        ground = (GROUND - start[2]) / rays[:, 2]
        hit = (ground > 0) & (ground < 60)
        distance[hit] = ground[hit]
        where = start + distance[hit, None] * rays[hit]
        dark = np.floor(where[:, :2] / 3).sum(1) % 2 == 0
        colour[hit] = np.where(dark[:, None], 70., 110.)
        shine[hit] = np.where(dark, 10., 30.)
        for box in boxes:
            first, second = (box[:3] - start) / rays, (box[3:6] - start) / rays
            enter = np.minimum(first, second).max(1)
            leave = np.maximum(first, second).min(1)
            hit = (enter > 0.3) & (enter < leave) & (enter < distance)
            distance[hit] = enter[hit]
            colour[hit], shine[hit] = box[6:9], box[9]
    return distance, colour, shine


def make_scan(boxes: np.ndarray,
              start: np.ndarray | None = None,
              rings: int = 40,
              columns: int = 900,
              turn: np.ndarray | None = None) -> np.ndarray:
    """(N, 4) float32 scan from the LiDAR's place, in its frame."""
    elevation, azimuth = (
        x.ravel() for x in np.meshgrid(
            np.radians(np.linspace(-22, 12, rings)),
            np.linspace(-np.pi, np.pi, columns, endpoint=False),
            indexing='ij'))
    rays = np.column_stack([
        np.cos(elevation) * np.cos(azimuth),
        np.cos(elevation) * np.sin(azimuth),
        np.sin(elevation)
    ])
    start = np.zeros(3) if start is None else start
    turn = np.eye(3) if turn is None else turn
    distance, _, shine = cast(boxes, start, rays @ turn.T)
    there = np.isfinite(distance)
    xyz = rays[there] * distance[there, None]
    return np.column_stack([xyz, shine[there]]).astype(np.float32)


def make_image(boxes: np.ndarray, lidar2cam: np.ndarray, cam2img: np.ndarray,
               size: tuple[int, int], model: str,
               distortion: list[float]) -> np.ndarray:
    """(H, W, 3) uint8 as a camera sees it."""
    rays = _rays(cam2img.tobytes(), size, model, tuple(distortion))
    inverse = np.linalg.inv(lidar2cam)
    rays = rays @ inverse[:3, :3].T
    _, colour, _ = cast(boxes, inverse[:3, 3], rays)
    return colour.reshape(*size, 3).astype(np.uint8)


@functools.cache
def _rays(intrinsics: bytes, size: tuple[int, int], model: str,
          distortion: tuple[float, ...]) -> np.ndarray:
    """(H W, 3) rays of a camera's pixels, by OpenCV."""
    cam2img = np.frombuffer(intrinsics).reshape(3, 3)
    height, width = size
    u, v = np.meshgrid(np.arange(width), np.arange(height))
    pixels = np.stack([u, v], -1).reshape(-1, 1, 2).astype(np.float64)
    if model == 'kannala_brandt':
        plane = cv2.fisheye.undistortPoints(pixels, cam2img,
                                            np.array(distortion))
    else:
        plane = cv2.undistortPoints(pixels, cam2img,
                                    np.array(distortion or (0., ) * 4), None,
                                    None, None)
    return np.column_stack([plane.reshape(-1, 2), np.ones(height * width)])


def mounted(yaw: float, place: tuple[float, float, float]) -> np.ndarray:
    """(4, 4) lidar2cam of a level camera that looks to the left by yaw."""
    angle = np.radians(yaw)
    turn = np.array([[np.cos(angle), np.sin(angle), 0],
                     [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = AXES @ turn
    matrix[:3, 3] = -matrix[:3, :3] @ np.array(place)
    return matrix
