"""Camera geometry: which LiDAR point falls on which pixel.

Frames: LiDAR (metres, as stored), camera (x right, y down, z forward,
metres), pixel (u right, v down; an integer coordinate is the *centre* of a
pixel, the first pixel's centre is (0, 0)). Everything is computed in float64
and is exact to about 1e-9 pixel; uv is handed on as float32.
"""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import BadInput


class PointPixelPairs(NamedTuple):
    """P matches of one LiDAR point and one pixel.

    Attributes:
        point (np.ndarray): (P,) int64, index into the point cloud.
        camera (np.ndarray): (P,) int64, index of the camera.
        uv (np.ndarray): (P, 2) float32, sub-pixel position (u, v).
        depth (np.ndarray): (P,) float32, metres along the camera's z axis.
    """
    point: np.ndarray
    camera: np.ndarray
    uv: np.ndarray
    depth: np.ndarray

    def select(self, keep: np.ndarray) -> 'PointPixelPairs':
        """The pairs at a boolean mask or at an array of positions."""
        return PointPixelPairs(*(column[keep] for column in self))


def as_4x4(matrix: np.ndarray) -> np.ndarray:
    """Pad a (3, 3), (3, 4) or (4, 4) matrix to float64 (4, 4).

    KITTI's ``P2`` is 3x4 with a baseline in its last column; nuScenes'
    intrinsics are 3x3. One shape serves both.

    Raises:
        BadInput: Another shape.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.shape not in ((3, 3), (3, 4), (4, 4)):
        raise BadInput('A camera matrix must be 3x3, 3x4 or 4x4, got shape '
                       f'{matrix.shape}.')
    padded = np.eye(4)
    padded[:matrix.shape[0], :matrix.shape[1]] = matrix
    return padded


def project_points(xyz: np.ndarray, lidar2cam: np.ndarray,
                   cam2img: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project LiDAR points into one image.

    Args:
        xyz (np.ndarray): (N, 3) points in the LiDAR frame, metres.
        lidar2cam (np.ndarray): (4, 4) LiDAR to camera. In mmdet3d's nuScenes
            infos it already holds the ego motion between the two
            timestamps; no further pose is applied.
        cam2img (np.ndarray): (3, 3), (3, 4) or (4, 4) intrinsics.

    Returns:
        Tuple[np.ndarray, np.ndarray]: uv (N, 2) float64 in pixels and depth
        (N,) float64 in metres (camera z). Where depth is not positive, uv
        has no meaning.
    """
    transform = as_4x4(lidar2cam)
    # 1. LiDAR -> camera.
    camera = np.asarray(xyz, np.float64) @ transform[:3, :3].T
    camera += transform[:3, 3]
    # 2. camera -> image plane; the fourth column is KITTI's baseline.
    intrinsics = as_4x4(cam2img)
    image = camera @ intrinsics[:3, :3].T + intrinsics[:3, 3]
    # 3. perspective division; a zero is kept from dividing, not from the
    # depth test that follows.
    w = image[:, 2:]
    uv = image[:, :2] / np.where(w == 0, 1e-12, w)
    return uv, camera[:, 2]


def pair_points_with_pixels(xyz: np.ndarray,
                            lidar2cams: Sequence[np.ndarray],
                            cam2imgs: Sequence[np.ndarray],
                            image_sizes: Sequence[tuple[int, int]],
                            min_depth: float = 1.0,
                            border: float = 0.0) -> PointPixelPairs:
    """Match every point with every pixel it projects to.

    A pair needs ``depth > min_depth`` and, in pixels,
    ``border <= u <= width - 1 - border`` (v alike): with no border, the span
    of the pixel centres, where bilinear interpolation needs no padding.
    (nuscenes-devkit's ``map_pointcloud_to_image`` asks for
    ``1 < u < width - 1``; on a keyframe that is 12 pairs in 22 115 fewer.)

    Args:
        xyz (np.ndarray): (N, 3) points in the LiDAR frame, metres.
        lidar2cams (Sequence[np.ndarray]): V matrices (4, 4).
        cam2imgs (Sequence[np.ndarray]): V intrinsics.
        image_sizes (Sequence[Tuple[int, int]]): V sizes (height, width).
        min_depth (float): Metres in front of the camera. Defaults to 1.
        border (float): Pixels left out around the image. Defaults to 0.

    Returns:
        PointPixelPairs: Ordered by camera, then by point.
    """
    # Rows of coordinates, contiguous: each camera reads them as they are.
    columns = np.ascontiguousarray(np.asarray(xyz).T, np.float64)
    parts = []
    for index, (lidar2cam, cam2img,
                size) in enumerate(zip(lidar2cams, cam2imgs, image_sizes)):
        point, uv, depth = _seen_by_camera(columns, lidar2cam, cam2img, size,
                                           min_depth, border)
        parts.append(
            PointPixelPairs(point, np.full(len(point), index), uv, depth))
    if not parts:
        return PointPixelPairs(
            np.zeros(0, np.int64), np.zeros(0, np.int64),
            np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    return PointPixelPairs(*(np.concatenate(column) for column in zip(*parts)))


def _seen_by_camera(xyz: np.ndarray, lidar2cam: np.ndarray,
                    cam2img: np.ndarray, size: tuple[int, int],
                    min_depth: float, border: float) -> tuple[np.ndarray, ...]:
    """Index, uv (float32) and depth (float32) of the points in one image.

    As :func:`project_points`, on rows ``xyz`` (3, N) of float64, with both
    matrices in one and for the points in front of the camera alone.
    """
    height, width = size
    transform = as_4x4(lidar2cam)
    depth = transform[2, :3] @ xyz
    depth += transform[2, 3]
    point = np.flatnonzero(depth > min_depth)
    image = (as_4x4(cam2img) @ transform)[:3]
    u, v, w = image[:, :3] @ xyz.take(point, 1) + image[:, 3:]
    w[w == 0] = 1e-12
    u /= w
    v /= w
    inside = u >= border
    inside &= u <= width - 1 - border
    inside &= v >= border
    inside &= v <= height - 1 - border
    inside = np.flatnonzero(inside)
    point = point.take(inside)
    uv = np.empty((len(point), 2), np.float32)
    uv[:, 0] = u.take(inside)
    uv[:, 1] = v.take(inside)
    return point, uv, depth.take(point).astype(np.float32)


def occluded(pairs: PointPixelPairs,
             image_sizes: Sequence[tuple[int, int]],
             cell: float | None = None,
             reach: tuple[int, int] = (2, 3),
             tolerance: float = 0.1,
             margin: float = 0.5) -> np.ndarray:
    """Which pairs lie behind a surface that hides them from the camera.

    The LiDAR sits above the cameras and sees over things that hide a point
    from the camera. A z-buffer of square cells keeps the least depth. A
    point is hidden when a clearly nearer point, ``least * (1 + tolerance) +
    margin < depth``, shares its cell, or when such points stand on both its
    left and right, or both above and below: a surface that the sparse beams
    hit around it, not in front of it. Asking for both sides keeps the ground,
    nearer below and farther above, and the surroundings of a silhouette.
    Source: ours.

    Args:
        pairs (PointPixelPairs): P pairs with depths in metres.
        image_sizes (Sequence[Tuple[int, int]]): V sizes (height, width).
        cell (float, optional): Side of a z-buffer cell in pixels. Defaults
            to None, a 125th of the widest image.
        reach (Tuple[int, int]): How many cells to look left and right, and
            up and down (there also one column beside).
        tolerance (float): Relative depth range of one surface. Defaults to
            0.1.
        margin (float): Metres added to it. Defaults to 0.5.

    Returns:
        np.ndarray: (P,) bool, True for a hidden pair.
    """
    if len(pairs.point) == 0:
        return np.zeros(0, bool)
    height, width = np.max(image_sizes, axis=0)
    cell = cell or width / 125
    sideways, upright = reach
    pad = max(sideways, upright, 1)
    column, row = (pairs.uv / cell).astype(np.int64).T + pad
    shape = (len(image_sizes), int(height / cell) + 1 + 2 * pad,
             int(width / cell) + 1 + 2 * pad)
    least = np.full(shape, np.inf, np.float32)
    np.minimum.at(least, (pairs.camera, row, column), pairs.depth)
    limit = (pairs.depth - margin) / (1 + tolerance)

    def nearer(rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
        return np.any([
            least[pairs.camera, row + i, column + j] < limit for i in rows
            for j in columns
        ], 0)

    side, up = np.arange(1, sideways + 1), np.arange(1, upright + 1)
    beside = (-1, 0, 1)
    return (nearer([0], [0])
            | (nearer([0], -side) & nearer([0], side))
            | (nearer(-up, beside) & nearer(up, beside)))


def crop_pixels(uv: np.ndarray, box: tuple[float, float, float, float],
                size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Move pixel positions along with a crop that is resized.

    Pixel centres scale as ``(u + 0.5) * s - 0.5``.

    Args:
        uv (np.ndarray): (P, 2) positions in the whole image.
        box (Tuple[float, float, float, float]): Left, top, right, bottom
            edges of the crop; edges, so the whole image is (0, 0, W, H).
        size (Tuple[int, int]): (height, width) of the result in pixels.

    Returns:
        Tuple[np.ndarray, np.ndarray]: uv (P, 2) float32 in the result, and
        (P,) bool, True where the position is still inside.
    """
    left, top, right, bottom = box
    height, width = size
    scale = np.array([width / (right - left), height / (bottom - top)])
    moved = (uv.astype(np.float64) + 0.5 - [left, top]) * scale - 0.5
    inside = ((moved >= -0.5) & (moved < [width - 0.5, height - 0.5])).all(1)
    return moved.astype(np.float32), inside


def flip_pixels(uv: np.ndarray, width: int) -> np.ndarray:
    """Positions (P, 2) after a horizontal flip of an image ``width`` wide."""
    flipped = uv.copy()
    flipped[:, 0] = width - 1 - uv[:, 0]
    return flipped
