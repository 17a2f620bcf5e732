"""Leave out the points that cannot lie in an image, before the exact test."""
import threading

import numpy as np

# A float32 sum of four products is exact to 6 roundings of 2^-24 of its
# largest possible terms; the rest is for the rounding of what goes in.
_ROUNDING = 16 * 2.0**-24


class _Memory(threading.local):
    """Six float32 a point; fresh memory would cost more than the products."""

    def __init__(self) -> None:
        self.kept = np.empty(0, np.float32)

    def views(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (4, count) and (2, count), with any content."""
        if len(self.kept) < 6 * count:
            self.kept = np.empty(6 * count, np.float32)
        rows = self.kept[:6 * count].reshape(6, count)
        return rows[:4], rows[4:]


_memory = _Memory()


class SinglePrecision:
    """Points in float32, which decide what is worth an exact look.

    Each thread has memory for one cloud, which the next one takes over.

    Args:
        xyz (np.ndarray): (N, 3), metres.
    """

    def __init__(self, xyz: np.ndarray) -> None:
        self._xyz = xyz
        self._points, self._sides = _memory.views(len(xyz))
        self._points[3] = 1
        with np.errstate(over='ignore'):
            self._points[:3] = xyz.T
        self._largest = np.maximum(
            self._points.max(1, initial=0), -self._points.min(1, initial=0))

    def exact(self, points: np.ndarray) -> np.ndarray:
        """Return the (P,) points as they came, (3, P) float64."""
        if self._xyz.dtype == np.float32:
            # The same numbers, coordinate by coordinate.
            return self._points[:3].take(points, 1).astype(np.float64)
        return np.ascontiguousarray(self._xyz[points].T, np.float64)

    def between_sides(self, lidar2img: np.ndarray, width: int,
                      border: float) -> np.ndarray:
        """Find the points between the left and the right side of an image.

        A point has ``b <= x / w <= W - 1 - b`` for w > 0 where both
        ``x - b w`` and ``(W - 1 - b) w - x`` are at least 0: two products in
        float32 instead of a projection in float64. Points within their
        rounding are kept, and so are those that are not finite. Source: ours.

        Args:
            lidar2img (np.ndarray): (3, 4) or (4, 4) float64 of a pinhole,
                LiDAR to pixel times depth: the third row is the depth.
            width (int): Width W of the image in pixels.
            border (float): Width b in pixels left out at each side.

        Returns:
            np.ndarray: Indices (P,) int64, ascending. No point that lies in
            the image, in front of the camera, is missing; others may be
            there.

        Example:
            A camera that looks along z, with an image of 3 pixels in a row:
            only the first point projects between the outer centres.

            >>> camera = np.eye(4)
            >>> camera[0, 2] = 1
            >>> xyz = np.array([[0., 0, 2], [3, 0, 2], [0, 0, -2]])
            >>> SinglePrecision(xyz).between_sides(camera, 3, 0.)
            array([0])
        """
        sides = np.array([[1, 0, -border], [-1, 0, width - 1 - border]
                          ]) @ lidar2img[:3]
        with np.errstate(over='ignore', invalid='ignore'):
            slack = _ROUNDING * (np.abs(sides) @ self._largest).max()
            left, right = np.matmul(
                sides.astype(np.float32), self._points, out=self._sides)
            # "Not below" keeps what is not a number.
            below = np.minimum(left, right, out=left) < np.float32(-slack)
        return np.flatnonzero(np.logical_not(below, out=below))
