"""How far from its axis the polynomial of a lens holds."""
import functools

import numpy as np

from .lens import Lens


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

        >>> lens = Lens('brown_conrady', (-1 / 3, *[0.] * 7))
        >>> round(widest(lens), 9)
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


def _first_root(polynomial: np.polynomial.Polynomial) -> float:
    """Least positive real root, or infinity."""
    roots = polynomial.trim(1e-15).roots()
    # A double root, where the slope is zero and positive on both sides, has
    # two that are almost real.
    real = roots.real[np.abs(roots.imag) <= 1e-9 * np.abs(roots)]
    return float(min(real[real > 0], default=np.inf))


def _first_fold(coefficients: tuple[float, ...], end: float) -> float:
    """Least radius at which the Jacobian's determinant is not positive."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    # Evenly in the angle from the axis, up to 0.045 degrees from its side.
    ring = np.tan(np.linspace(0, np.pi / 2, 2001)[:-1])
    ring = np.append(ring[ring < end], min(end, ring[-1]))
    # The last radius may be that of a pole.
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        good = (_area(coefficients, ring[:, None], angle) > 0).all(1)
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


def _area(coefficients: tuple[float, ...], radius: float | np.ndarray,
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
