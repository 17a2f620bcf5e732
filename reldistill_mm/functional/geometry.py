"""Camera geometry: which LiDAR point falls on which pixel.

Frames: LiDAR (metres, as stored), camera (x right, y down, z forward,
metres), pixel (u right, v down; an integer coordinate is the *centre* of a
pixel, the first pixel's centre is (0, 0)). Everything is computed in float64
and is exact to about 1e-9 pixel; uv is handed on as float32. A fisheye may
see points that are beside or behind it, so its depth is the distance from
the camera, not that along its axis.
"""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from .camera_models import bend_rays
from .frustum import SinglePrecision
from .lens import Lens

# Index, (u, v) and depth of points.
_Projected = tuple[np.ndarray, tuple[np.ndarray, np.ndarray], np.ndarray]


class PointPixelPairs(NamedTuple):
    """P matches of one LiDAR point and one pixel.

    Attributes:
        point (np.ndarray): (P,) int64, index into the point cloud.
        camera (np.ndarray): (P,) int64, index of the camera.
        uv (np.ndarray): (P, 2) float32, sub-pixel position (u, v).
        depth (np.ndarray): (P,) float32, metres along the camera's z axis;
            of a fisheye ('kannala_brandt'), from the camera.
        segment (np.ndarray, optional): (P,) int64, number of the superpixel
            of that camera's image in which the pixel lies; negative where it
            is in none. Defaults to None, no superpixels.
    """
    point: np.ndarray
    camera: np.ndarray
    uv: np.ndarray
    depth: np.ndarray
    segment: np.ndarray | None = None

    def select(self, keep: np.ndarray) -> 'PointPixelPairs':
        """Select the pairs at a (P,) bool mask or at (Q,) int64 positions."""
        return PointPixelPairs(
            **{
                name: column[keep]
                for name, column in self._asdict().items()
                if column is not None
            })

    @staticmethod
    def concatenate(parts: Sequence['PointPixelPairs']) -> 'PointPixelPairs':
        """Join at least one set of pairs, all of them with segments or none.
        """
        return PointPixelPairs(
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name, column in parts[0]._asdict().items()
                if column is not None
            })


def as_4x4(matrix: np.ndarray) -> np.ndarray:
    """Pad a (3, 3), (3, 4) or (4, 4) matrix to float64 (4, 4).

    KITTI's ``P2`` is 3x4 with a baseline in its last column; nuScenes'
    intrinsics are 3x3. One shape serves both.

    Raises:
        BadInput: Another shape.

    Example:
        >>> as_4x4([[2, 0, 1], [0, 2, 1], [0, 0, 1]]).tolist()[0]
        [2.0, 0.0, 1.0, 0.0]
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.shape not in ((3, 3), (3, 4), (4, 4)):
        raise BadInput('A camera matrix must be 3x3, 3x4 or 4x4, got shape '
                       f'{matrix.shape}.')
    padded = np.eye(4)
    padded[:matrix.shape[0], :matrix.shape[1]] = matrix
    return padded


def project_points(xyz: np.ndarray,
                   lidar2cam: np.ndarray,
                   cam2img: np.ndarray,
                   lens: Lens | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Project LiDAR points into one image, even those behind the camera.

    :func:`pair_points_with_pixels` runs the same code for the points in front
    of each camera.

    Args:
        xyz (np.ndarray): (N, 3) points in the LiDAR frame, metres.
        lidar2cam (np.ndarray): (4, 4) LiDAR to camera. In mmdet3d's nuScenes
            infos it already holds the ego motion between the two
            timestamps; no further pose is applied.
        cam2img (np.ndarray): (3, 3), (3, 4) or (4, 4) intrinsics.
        lens (Lens, optional): What bends the rays. Defaults to None, a
            pinhole.

    Returns:
        tuple[np.ndarray, np.ndarray]: uv (N, 2) float64 in pixels and depth
        (N,) float64 in metres (camera z; of a fisheye, the distance). Where
        depth is not positive, uv has no meaning; where a lens does not see
        the point, it is nan.

    Raises:
        BadInput: A matrix of another shape.

    Example:
        A camera at the LiDAR, which looks along the LiDAR's x axis:

        >>> lidar2cam = np.array(
        ...     [[0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
        >>> cam2img = np.array([[100, 0, 50], [0, 100, 40], [0, 0, 1]])
        >>> project_points(np.array([[10., -1., 0.5]]), lidar2cam, cam2img)
        (array([[60., 35.]]), array([10.]))
    """
    if lens is None:
        _, uv, depth = _project(_columns(xyz), lidar2cam, cam2img)
    else:
        _, uv, depth = _project_bent(_columns(xyz), lidar2cam, cam2img, lens)
    return np.stack(uv, 1), depth


def pair_points_with_pixels(
        xyz: np.ndarray,
        lidar2cams: Sequence[np.ndarray],
        cam2imgs: Sequence[np.ndarray],
        image_sizes: Sequence[tuple[int, int]],
        min_depth: float = 1.0,
        border: float = 0.0,
        lenses: Sequence[Lens | None] | None = None) -> PointPixelPairs:
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
        image_sizes (Sequence[tuple[int, int]]): V sizes (height, width).
        min_depth (float): Least distance from the camera in metres. Defaults
            to 1.
        border (float): Width in pixels left out around the image. Defaults
            to 0.
        lenses (Sequence[Lens | None], optional): V lenses; a point that its
            lens does not see is in no pair. Defaults to None, V pinholes.

    Returns:
        PointPixelPairs: Ordered by camera, then by point.

    Raises:
        BadInput: A matrix of another shape.

    Example:
        Of these points the first is seen at pixel (60, 35), the second lies
        behind the camera and the third beside the image:

        >>> xyz = np.array([[10., -1., 0.5], [-9., 0., 0.], [2., 9., 0.]])
        >>> lidar2cam = np.array(
        ...     [[0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
        >>> cam2img = np.array([[100, 0, 50], [0, 100, 40], [0, 0, 1]])
        >>> pairs = pair_points_with_pixels(xyz, [lidar2cam], [cam2img],
        ...                                 [(80, 100)])
        >>> pairs.point.tolist(), pairs.uv.tolist(), pairs.depth.tolist()
        ([0], [[60.0, 35.0]], [10.0])
    """
    xyz = np.asarray(xyz)
    single = SinglePrecision(xyz)
    parts = []
    for index, (lidar2cam, cam2img, size, lens) in enumerate(
            zip(lidar2cams, cam2imgs, image_sizes, lenses
                or [None] * len(image_sizes))):
        transform, intrinsics = as_4x4(lidar2cam), as_4x4(cam2img)
        if lens is None:
            point, (u, v), depth = _project_near(xyz, single, transform,
                                                 intrinsics, size[1],
                                                 min_depth, border)
        else:
            point, (u, v), depth = _project_bent(
                _columns(xyz), transform, intrinsics, lens, min_depth)
        point, uv, depth = _inside(point, u, v, depth, size, border)
        parts.append(
            PointPixelPairs(point, np.full(len(point), index), uv, depth))
    if not parts:
        return PointPixelPairs(
            np.zeros(0, np.int64), np.zeros(0, np.int64),
            np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    return PointPixelPairs.concatenate(parts)


def _project_near(xyz: np.ndarray, single: SinglePrecision,
                  lidar2cam: np.ndarray, cam2img: np.ndarray, width: int,
                  min_depth: float, border: float) -> _Projected:
    """As :func:`_project`, but for some points beside the image."""
    # Elsewhere the sides of the image do not bound what lies behind it.
    if min_depth < 0 or cam2img[2].tolist() != [0, 0, 1, 0]:
        return _project(_columns(xyz), lidar2cam, cam2img, min_depth)
    among = single.between_sides(cam2img @ lidar2cam, width, border)
    point, uv, depth = _project(
        single.exact(among), lidar2cam, cam2img, min_depth)
    return among.take(point), uv, depth


def _inside(point: np.ndarray, u: np.ndarray, v: np.ndarray, depth: np.ndarray,
            size: tuple[int, int], border: float) -> tuple[np.ndarray, ...]:
    """Select index, uv and depth (float32) of the points in one image."""
    height, width = size
    inside = u >= border
    inside &= u <= width - 1 - border
    inside &= v >= border
    inside &= v <= height - 1 - border
    rows = np.flatnonzero(inside)
    uv = np.empty((len(rows), 2), np.float32)
    uv[:, 0] = u.take(rows)
    uv[:, 1] = v.take(rows)
    return point.take(rows), uv, depth.take(rows).astype(np.float32)


def _columns(xyz: np.ndarray) -> np.ndarray:
    """Transpose points (N, 3) to float64 (3, N).

    Each coordinate is contiguous, since every camera reads them.
    """
    return np.ascontiguousarray(np.asarray(xyz).T, np.float64)


def _project(xyz: np.ndarray,
             lidar2cam: np.ndarray,
             cam2img: np.ndarray,
             min_depth: float | None = None) -> _Projected:
    """Project points; all functions here use this one.

    Args:
        xyz (np.ndarray): (3, N) float64, from :func:`_columns`.
        lidar2cam, cam2img (np.ndarray): See :func:`project_points`.
        min_depth (float, optional): Leave out points that are not farther
            from the camera's plane, metres. Defaults to None, all points.

    Returns:
        Tuple: Index (P,) of the points, their u and v (P,) in pixels and
        their depth (P,) in metres, float64.
    """
    # 1. LiDAR -> camera. Only depth is needed by itself, of every point.
    transform = as_4x4(lidar2cam)
    depth = transform[2, :3] @ xyz
    depth += transform[2, 3]
    point = np.arange(len(depth))
    if min_depth is not None:
        far = depth > min_depth
        if not far.all():
            point = np.flatnonzero(far)
            xyz, depth = xyz.take(point, 1), depth.take(point)
    # 2. Camera -> image plane; the fourth column is KITTI's baseline. Both
    # changes of frame in one product.
    image = (as_4x4(cam2img) @ transform)[:3]
    u, v, w = image[:, :3] @ xyz + image[:, 3:]
    # 3. Perspective division; a depth of zero is replaced in the division
    # alone, not in the depth test.
    w[w == 0] = 1e-12
    u /= w
    v /= w
    return point, (u, v), depth


def _project_bent(xyz: np.ndarray,
                  lidar2cam: np.ndarray,
                  cam2img: np.ndarray,
                  lens: Lens,
                  min_depth: float | None = None) -> _Projected:
    """As :func:`_project`, through a lens; u, v nan where it sees nothing."""
    transform, intrinsics = as_4x4(lidar2cam), as_4x4(cam2img)
    # A baseline in the fourth column moves the camera, before its lens.
    transform[:3, 3] += np.linalg.solve(intrinsics[:3, :3], intrinsics[:3, 3])
    xyz = transform[:3, :3] @ xyz + transform[:3, 3:]
    depth = np.sqrt((xyz * xyz).sum(0)) if lens.is_fisheye else xyz[2]
    if min_depth is None:
        point = np.arange(len(depth))
    else:
        point = np.flatnonzero(depth > min_depth)
        xyz, depth = xyz.take(point, 1), depth.take(point)
    x, y, z = xyz
    x, y, seen = bend_rays(lens, x, y, np.where(z == 0, 1e-12, z))
    u = intrinsics[0, 0] * x + intrinsics[0, 1] * y + intrinsics[0, 2]
    v = intrinsics[1, 1] * y + intrinsics[1, 2]
    u[~seen] = v[~seen] = np.nan
    return point, (u, v), depth


def crop_pixels(uv: np.ndarray, box: tuple[float, float, float, float],
                size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Move pixel positions along with a crop that is resized.

    Pixel centres scale as ``(u + 0.5) * s - 0.5``.

    Args:
        uv (np.ndarray): (P, 2) positions in the whole image.
        box (tuple[float, float, float, float]): Left, top, right, bottom
            edges of the crop; edges, so the whole image is (0, 0, W, H).
        size (tuple[int, int]): (height, width) of the result in pixels.

    Returns:
        tuple[np.ndarray, np.ndarray]: uv (P, 2) float32 in the result, and
        (P,) bool, True where the position is still inside.

    Example:
        The left half of an image of 8 x 8 pixels, at twice its size:

        >>> uv = np.array([[0., 0.], [3., 7.], [4., 0.]])
        >>> moved, inside = crop_pixels(uv, (0, 0, 4, 8), (16, 8))
        >>> moved.tolist(), inside.tolist()
        ([[0.5, 0.5], [6.5, 14.5], [8.5, 0.5]], [True, True, False])
    """
    left, top, right, bottom = box
    height, width = size
    scale = np.array([width / (right - left), height / (bottom - top)])
    moved = (uv.astype(np.float64) + 0.5 - [left, top]) * scale - 0.5
    inside = ((moved >= -0.5) & (moved < [width - 0.5, height - 0.5])).all(1)
    return moved.astype(np.float32), inside


def flip_pixels(uv: np.ndarray, width: int) -> np.ndarray:
    """Move pixel positions along with a horizontal flip.

    Args:
        uv (np.ndarray): (P, 2) positions in the image.
        width (int): Width of the image in pixels.

    Returns:
        np.ndarray: (P, 2) of the same dtype.

    Example:
        >>> flip_pixels(np.array([[0., 5.]]), width=100)
        array([[99.,  5.]])
    """
    flipped = uv.copy()
    flipped[:, 0] = width - 1 - uv[:, 0]
    return flipped
