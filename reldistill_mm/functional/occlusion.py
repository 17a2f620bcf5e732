"""Find the point-pixel pairs that another surface hides."""
from collections.abc import Collection, Sequence

import numpy as np

from .geometry import PointPixelPairs


def occluded(pairs: PointPixelPairs,
             image_sizes: Sequence[tuple[int, int]],
             cell: float | None = None,
             reach: tuple[int, int] = (2, 3),
             tolerance: float = 0.1,
             margin: float = 0.5) -> np.ndarray:
    """Find the pairs behind a surface that hides them from the camera.

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
        image_sizes (Sequence[tuple[int, int]]): V sizes (height, width).
        cell (float, optional): Side of a z-buffer cell in pixels. Defaults
            to None, a 125th of the widest image.
        reach (tuple[int, int]): How many cells to look left and right, and
            up and down (there also in the columns beside).
        tolerance (float): Relative depth range of one surface. Defaults to
            0.1.
        margin (float): Metres added to that range. Defaults to 0.5.

    Returns:
        np.ndarray: (P,) bool, True for a hidden pair.

    Example:
        Two points at one pixel, 5 m and 20 m away:

        >>> pairs = PointPixelPairs(
        ...     np.arange(2), np.zeros(2, np.int64),
        ...     np.zeros((2, 2), np.float32), np.float32([5, 20]))
        >>> occluded(pairs, [(80, 100)])
        array([False,  True])
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

    def nearer(rows: Collection[int], columns: Collection[int]) -> np.ndarray:
        return np.any([
            least[pairs.camera, row + i, column + j] < limit for i in rows
            for j in columns
        ], 0)

    side, up = np.arange(1, sideways + 1), np.arange(1, upright + 1)
    beside = (-1, 0, 1)
    return (nearer([0], [0])
            | (nearer([0], -side) & nearer([0], side))
            | (nearer(-up, beside) & nearer(up, beside)))
