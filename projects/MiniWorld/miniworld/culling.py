"""Find the rays of a sensor that can meet a bounding box."""

import numpy as np

from .sensors import Camera, Lidar

Array = np.ndarray
Rect = tuple[int, int, int, int]
CORNERS = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1)
                    for k in (-1, 1)], float)
"""(8, 3) corners of the box with half extents 1."""
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8)
          if np.abs(CORNERS[a] - CORNERS[b]).sum() == 2]
_NEAR = .05


def camera_rects(camera: Camera, corners: Array) -> Array:
    """Find the pixels that bounding boxes may cover.

    Args:
        camera (Camera): The camera.
        corners (Array): (N, 8, 3) in the camera frame, metres.

    Returns:
        (N, 4) int: first and past-the-last row, first and past-the-last
        column; empty where a box cannot be seen.
    """
    z = corners[..., 2]
    points, good = [corners], [z > _NEAR]
    for a, b in _EDGES:
        za, zb = z[:, a], z[:, b]
        cut = (za > _NEAR) != (zb > _NEAR)
        w = (_NEAR - za) / np.where(cut, zb - za, 1)
        points.append((corners[:, a] + w[:, None] *
                       (corners[:, b] - corners[:, a]))[:, None])
        good.append(cut[:, None])
    p, ok = np.concatenate(points, 1), np.concatenate(good, 1)
    depth = np.where(ok, np.maximum(p[..., 2], _NEAR), 1)
    k = camera.matrix
    u = p[..., 0] / depth * k[0, 0] + k[0, 2]
    v = p[..., 1] / depth * k[1, 1] + k[1, 2]
    out = np.zeros((len(corners), 4), np.int64)
    for j, (value, size) in enumerate(
        ((v, camera.size[1]), (u, camera.size[0]))):
        low = np.where(ok, value, np.inf).min(1)
        high = np.where(ok, value, -np.inf).max(1)
        out[:, 2 * j] = np.clip(np.floor(low), 0, size)
        out[:, 2 * j + 1] = np.clip(np.ceil(high) + 1, 0, size)
    out[~ok.any(1)] = 0
    return out


def lidar_rects(lidar: Lidar, corners: Array) -> list[list[Rect]]:
    """Find the rings and azimuths that bounding boxes may cover.

    Args:
        lidar (Lidar): The LiDAR.
        corners (Array): (N, 8, 3) in the LiDAR's frame, metres.

    Returns:
        For each box up to two rectangles, since azimuths wrap around.
    """
    mid = corners.mean(1)
    flat = np.linalg.norm(corners[..., :2] - mid[:, None, :2], axis=2).max(1)
    away = np.linalg.norm(mid[:, :2], axis=1)
    nearest = np.maximum(away - flat, 1e-3)
    z0, z1 = corners[..., 2].min(1), corners[..., 2].max(1)
    low = np.arctan2(z0, np.where(z0 < 0, nearest, away + flat))
    high = np.arctan2(z1, np.where(z1 > 0, nearest, away + flat))
    first = np.searchsorted(lidar.elevations, low)
    last = np.searchsorted(lidar.elevations, high, side='right')
    centre = np.arctan2(mid[:, 1], mid[:, 0])
    off = np.arctan2(corners[..., 1], corners[..., 0]) - centre[:, None]
    off = (off + np.pi) % (2 * np.pi) - np.pi
    step, n = 2 * np.pi / lidar.steps, lidar.steps
    a = np.floor((centre + off.min(1) + np.pi) / step).astype(int) - 1
    b = np.ceil((centre + off.max(1) + np.pi) / step).astype(int) + 1
    around = (away <= flat * 1.05) | (b - a >= n)
    out: list[list[Rect]] = []
    for i in range(len(corners)):
        r = (int(first[i]), int(last[i]))
        if around[i]:
            spans = [(0, n)]
        elif a[i] < 0:
            spans = [(a[i] + n, n), (0, b[i])]
        elif b[i] > n:
            spans = [(a[i], n), (0, b[i] - n)]
        else:
            spans = [(a[i], b[i])]
        out.append([(*r, int(s), int(e)) for s, e in spans])
    return out
