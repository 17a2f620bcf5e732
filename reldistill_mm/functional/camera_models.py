"""Lenses: where a ray meets the image of a camera that is not a pinhole.

Models and order of coefficients are OpenCV's (documentation of its modules
calib3d and fisheye). Both polynomials are only fitted to the angles that the
camera saw when it was calibrated. Farther out they may turn back, and a
point far beside the image would land in it; such rays are told.
"""
import numpy as np

from ..errors import BadInput
from .lens import COEFFICIENTS, Lens
from .lens_limits import widest


def bend_rays(lens: Lens, x: np.ndarray, y: np.ndarray,
              z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find where rays meet the plane at distance 1, the lens in between.

    Args:
        lens (Lens): The lens.
        x, y, z (np.ndarray): (P,) float64, points in the camera frame, of
            any length. Of 'brown_conrady', z must not be 0.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: x and y (P,), which the
        intrinsics turn into pixels, and (P,) bool, False where the lens has
        no pixel for the ray, because its polynomial has turned back or the
        point is behind the camera. There x and y are what the polynomial
        gives, as OpenCV's do.

    Source: OpenCV's ``projectPoints`` and ``fisheye::projectPoints``; Brown
    1966, and Kannala and Brandt 2006, eq. 6, of which OpenCV has the four
    radially symmetric terms beside the angle itself. For which rays they
    hold is ours.

    Example:
        >>> lens = Lens('kannala_brandt', (0., 0., 0., 0.))
        >>> x, _, seen = bend_rays(lens, *np.array([[1.], [0.], [1.]]))
        >>> round(float(x[0] / np.pi), 9), seen.tolist()
        (0.25, [True])
    """
    if lens.is_fisheye:
        sine = np.hypot(x, y)
        angle = np.arctan2(sine, z)
        square = angle * angle
        k1, k2, k3, k4 = lens.coefficients
        radius = angle * (1 + square * (k1 + square * (k2 + square *
                                                       (k3 + square * k4))))
        # On the axis the point itself; its angle over its sine is 1 / z.
        scale = np.where(sine > 0, radius / np.where(sine > 0, sine, 1), 1)
        return scale * x, scale * y, angle < widest(lens)
    x, y = x / z, y / z
    square = x * x + y * y
    bent_x, bent_y = _brown_conrady(lens.coefficients, x, y, square)
    return bent_x, bent_y, (square < widest(lens)**2) & (z > 0)


def _brown_conrady(coefficients: tuple[float,
                                       ...], x: np.ndarray, y: np.ndarray,
                   square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    if k4 or k5 or k6:
        radial /= 1 + square * (k4 + square * (k5 + square * k6))
    if not (p1 or p2):
        return x * radial, y * radial
    twice = 2 * x * y
    return (x * radial + p1 * twice + p2 * (square + 2 * x * x),
            y * radial + p2 * twice + p1 * (square + 2 * y * y))


def check_lens(lens: Lens, cam2img: np.ndarray, size: tuple[int, int]) -> None:
    """Check that a lens fills at least the middle of its image.

    Coefficients in another order, or of another model, mostly turn back
    early.

    Args:
        lens (Lens): The lens.
        cam2img (np.ndarray): (4, 4) intrinsics.
        size (tuple[int, int]): (height, width) of the image in pixels.

    Raises:
        BadInput: It has no rays for pixels that are half as far from the
            middle as the nearest border.
    """
    limit = widest(lens)
    if not np.isfinite(limit):
        return
    if lens.is_fisheye:
        ray = np.sin(limit), 0, np.cos(limit)
    else:
        ray = limit, 0, 1
    x, y, _ = bend_rays(lens, *np.array(ray, np.float64)[:, None])
    radius = float(np.hypot(x[0], y[0])) * min(cam2img[0, 0], cam2img[1, 1])
    if radius < min(size) / 4:
        raise BadInput(
            f'has the distortion {list(lens.coefficients)}, by which it sees '
            f'no farther than {radius:.0f} pixels from the middle of its '
            f'image of {size[1]} x {size[0]}: put them in the order of '
            f"{lens.model!r} ({' '.join(COEFFICIENTS[lens.model])}), or "
            'correct camera_model')
