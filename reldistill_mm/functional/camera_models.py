"""Lenses: where a ray meets the image of a camera that is not a pinhole.

Models and order of coefficients are OpenCV's (documentation of its modules
calib3d and fisheye). Both polynomials are only fitted to the angles that the
camera saw when it was calibrated. Farther out they may turn back, and a
point far beside the image would land in it; such rays are told.
"""
import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import BadInput

_PINHOLE = 'pinhole'
_BROWN_CONRADY = 'brown_conrady'
_KANNALA_BRANDT = 'kannala_brandt'
# Names of the coefficients that are used; beyond them OpenCV has those of
# thin prisms and of a tilted sensor.
_COEFFICIENTS = {
    _BROWN_CONRADY: ('k1', 'k2', 'p1', 'p2', 'k3', 'k4', 'k5', 'k6'),
    _KANNALA_BRANDT: ('k1', 'k2', 'k3', 'k4'),
}
_COUNTS = {_BROWN_CONRADY: (4, 5, 8, 12, 14), _KANNALA_BRANDT: (4, )}
CAMERA_MODELS = (_PINHOLE, *_COEFFICIENTS)
# Those of calibrated lenses are below 100; the rational model's may be more.
_LARGEST = 1e6


class Lens(NamedTuple):
    """What bends the rays of a camera.

    Attributes:
        model (str): 'brown_conrady' or 'kannala_brandt'.
        coefficients (tuple[float, ...]): k1 k2 p1 p2 k3 k4 k5 k6, or
            k1 k2 k3 k4.
    """
    model: str
    coefficients: tuple[float, ...]

    @property
    def is_fisheye(self) -> bool:
        """Whether it may see to the side and behind."""
        return self.model == _KANNALA_BRANDT


def lens_of(camera_model: str | None = None,
            distortion: Sequence[float] | None = None) -> Lens | None:
    """Check a camera's model and coefficients.

    Args:
        camera_model (str, optional): 'pinhole', 'brown_conrady' or
            'kannala_brandt'. Defaults to None, a pinhole.
        distortion (Sequence[float], optional): None for a pinhole; k1 k2 p1
            p2 [k3 [k4 k5 k6]] for 'brown_conrady', k1 k2 k3 k4 for
            'kannala_brandt', without units. Zeros beyond them are accepted.

    Returns:
        Lens | None: None where nothing is bent.

    Raises:
        BadInput: There is no such model, or these are not its coefficients.

    Example:
        >>> lens_of('brown_conrady', [-0.2, 0.1, 0, 0]).coefficients
        (-0.2, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        >>> lens_of('pinhole') is lens_of() is None
        True
    """
    values = _numbers(distortion)
    if camera_model is None and any(values):
        raise BadInput(
            'has a distortion but no camera_model: the same numbers mean '
            "another lens in each, so name it, 'brown_conrady' (OpenCV's "
            "calibrateCamera) or 'kannala_brandt' (OpenCV's fisheye)")
    if camera_model is None or camera_model == _PINHOLE:
        if any(values):
            raise BadInput(
                f'has the camera_model {_PINHOLE!r} and a distortion of '
                f'{list(values)}: a pinhole has none. Name the model, or '
                'leave the distortion out where images are undistorted')
        return None
    if camera_model not in _COEFFICIENTS:
        raise BadInput(f'has the camera_model {camera_model!r}, not one of '
                       f'{", ".join(map(repr, CAMERA_MODELS))}')
    names = _COEFFICIENTS[camera_model]
    if len(values) not in _COUNTS[camera_model]:
        wanted = ('4, 5 or 8 (k1 k2 p1 p2 [k3 [k4 k5 k6]])'
                  if camera_model == _BROWN_CONRADY else '4 (k1 k2 k3 k4)')
        raise BadInput(f'has a distortion of {len(values)} coefficients; '
                       f'{camera_model!r} has {wanted}')
    if any(values[len(names):]):
        raise BadInput(
            f'has a distortion of {len(values)} coefficients, of thin prisms '
            'or a tilted sensor: calibrate it without them (8 coefficients), '
            'or undistort its images')
    if camera_model == _BROWN_CONRADY and not any(values):
        return None
    values += (0.0, ) * (len(names) - len(values))
    return Lens(camera_model, values[:len(names)])


def _numbers(distortion: Sequence[float] | None) -> tuple[float, ...]:
    if distortion is None:
        return ()
    try:
        # OpenCV's are (1, n) or (n, 1).
        values = np.asarray(distortion, np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise BadInput(f'has the distortion {distortion!r:.80}, which is not '
                       f'a list of numbers ({error})') from error
    if not np.isfinite(values).all():
        raise BadInput(f'has the distortion {values.tolist()}, whose values '
                       'are not finite')
    if np.abs(values).max(initial=0) > _LARGEST:
        raise BadInput(f'has the distortion {values.tolist()}: no lens has '
                       'such coefficients')
    return tuple(values.tolist())


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


@functools.lru_cache(maxsize=1024)
def widest(lens: Lens) -> float:
    """Find how far from its axis a lens sees before its image turns back.

    Up to there, what is farther from the axis is farther from the middle of
    the image. Of 'brown_conrady', where decentring makes this another radius
    in each direction, the least of them. Source: ours.

    Args:
        lens (Lens): The lens.

    Returns:
        float: Of 'brown_conrady' the tangent of the angle, infinite where
        the image never turns back; of 'kannala_brandt' the angle in radians,
        at most pi.

    Example:
        Where the derivative of r (1 - r ** 2 / 3) is zero:

        >>> round(widest(lens_of('brown_conrady', [-1 / 3, 0, 0, 0])), 9)
        1.0
    """
    if lens.is_fisheye:
        k1, k2, k3, k4 = lens.coefficients
        slope = np.polynomial.Polynomial([1, 3 * k1, 5 * k2, 7 * k3, 9 * k4])
        return min(_first_root(slope)**0.5, np.pi)
    k1, k2, p1, p2, k3, k4, k5, k6 = lens.coefficients
    square = np.polynomial.Polynomial([0, 1])
    above = np.polynomial.Polynomial([1, k1, k2, k3])
    below = np.polynomial.Polynomial([1, k4, k5, k6])
    # Numerator of the derivative of r * above(r ** 2) / below(r ** 2).
    slope = ((above + 2 * square * above.deriv()) * below -
             2 * square * above * below.deriv())
    radius = min(_first_root(slope), _first_root(below))**0.5
    if p1 or p2:
        radius = min(radius, _first_fold(lens.coefficients, radius))
    return float(radius)


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
            f"{lens.model!r} ({' '.join(_COEFFICIENTS[lens.model])}), or "
            'correct camera_model')


def _first_root(polynomial: np.polynomial.Polynomial) -> float:
    """Least positive real root, or infinity."""
    roots = polynomial.trim(1e-15).roots()
    # A double root, where the slope is zero and positive on both sides, has
    # two that are almost real.
    real = roots.real[np.abs(roots.imag) <= 1e-9 * np.abs(roots)]
    return float(min(real[real > 0], default=np.inf))


def _first_fold(coefficients: tuple[float, ...], end: float) -> float:
    """Least radius at which the Jacobian's determinant is not positive."""
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    # Evenly in the angle from the axis, up to 0.01 degrees from its side.
    ring = np.tan(np.linspace(0, np.pi / 2, 9001)[:-1])
    ring = np.append(ring[ring < end], min(end, ring[-1]))
    good = np.array([(_area(coefficients, radius, angle) > 0).all()
                     for radius in ring])
    if good.all():
        return np.inf
    first = int(np.argmin(good))
    low, high = ring[max(first - 1, 0)], ring[first]
    for _ in range(60):
        middle = (low + high) / 2
        if (_area(coefficients, middle, angle) > 0).all():
            low = middle
        else:
            high = middle
    return float(low)


def _area(coefficients: tuple[float, ...], radius: float,
          angle: np.ndarray) -> np.ndarray:
    """Determinant of the Jacobian of :func:`_brown_conrady`."""
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients
    x, y, s = radius * np.cos(angle), radius * np.sin(angle), radius**2
    above, below = 1 + s * (k1 + s * (k2 + s * k3)), 1 + s * (
        k4 + s * (k5 + s * k6))
    slope = ((k1 + s * (2 * k2 + s * 3 * k3)) * below - above *
             (k4 + s * (2 * k5 + s * 3 * k6))) / below**2
    radial = above / below
    across = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
    down = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
    mixed = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    return across * down - mixed * mixed
