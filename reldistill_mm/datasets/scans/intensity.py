"""Find the unit of a scan's intensities from all of them."""
import numpy as np

from ...errors import BadInput

# Largest intensity in training.
FULL = 255.
# Share of values that may lie outside a range as outliers and are clipped.
OUTLIERS = 0.01
# Smaller factors make 0 of every intensity; 16 bits need 0.004.
SMALLEST_FACTOR = 1e-6


def to_255(values: np.ndarray,
           source: str,
           scale: float | None = None) -> tuple[np.ndarray, str]:
    """Bring intensities to 0 to 255.

    The unit is read off the quantiles, so that single outliers decide nothing:
    0 to 1 where 99 % lie in that range, 0 to 255 where 99 % lie in that range
    and some are above 4. Source: ours.

    Args:
        values (np.ndarray): (N,) finite numbers, N > 0.
        source (str): Name of the scan, for errors.
        scale (float, optional): Factor to 0 to 255; checked, not guessed.

    Returns:
        tuple[np.ndarray, str]: (N,) float64 from 0 to 255, and a line that
        says which factor was used and how to choose another.

    Raises:
        BadInput: The unit is neither of these.
    """
    values = np.asarray(values, np.float64)
    given = scale is not None
    scale = find_factor(values, source, scale)
    scaled = values * scale
    outside = int(((scaled < 0) | (scaled > FULL)).sum())
    note = f'intensities x {scale:g}, ' + ('as given' if given else
                                           'guessed; --intensity-scale says')
    if outside:
        note += f'; {outside} outside 0 to 255 clipped'
    return np.clip(scaled, 0, FULL), note


def find_factor(values: np.ndarray,
                source: str,
                scale: float | None = None) -> float:
    """Find the factor to 0 to 255, as :func:`to_255` does; check a given one.
    """
    # Of a few values, too, one alone decides nothing.
    low = np.quantile(values, OUTLIERS, method='higher')
    high = np.quantile(values, 1 - OUTLIERS, method='lower')
    if low < 0:
        raise BadInput(
            f"The intensities of '{source}' are negative ({low:.4g} to "
            f'{high:.4g}), as decibels are; the training had 0 to 255: '
            'convert them, or give every point one (--intensity 20).')
    if scale is None:
        scale = _guess(values, high, source)
    if high * scale > FULL * 1.002:
        raise BadInput(
            f"The intensities of '{source}' reach {values.max() * scale:.6g}, "
            'those of the training 255: scale them by intensity_scale '
            f'(--intensity-scale {FULL / _top(high):.3g}).')
    return scale


def _guess(values: np.ndarray, high: float, source: str) -> float:
    """Guess the factor to 0 to 255."""
    whole = bool((values == np.round(values)).all())
    if high <= 1 and not (whole and values.max() > 1):
        return FULL
    if 1 < high <= 4 and not whole:
        raise BadInput(
            f"The intensities of '{source}' reach {high:.4g} (99 of 100 are "
            'below), which is neither 0 to 1 nor 0 to 255: set '
            'intensity_scale to what brings them to 0 to 255 '
            f'(--intensity-scale {FULL / high:.3g}, or 1 if they are dark).')
    return 1.


def _top(high: float) -> float:
    """The full scale that a high quantile suggests."""
    return next((top for top in (4095., 65535.) if high <= top), high)
