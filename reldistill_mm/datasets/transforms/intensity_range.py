"""Refuse intensities in a unit that training does not have."""
import math
import warnings

import numpy as np

from ...errors import BadInput
from ..scans.intensity import FULL, OUTLIERS, SMALLEST_FACTOR

# Float32 rounding of 255 times a value of 1.
_ROUNDING = 1.002
_warned: set[float] = set()


def usable_factor(factor: float) -> float:
    """Return a factor for intensities as it is.

    Raises:
        BadInput: It is not finite, not positive, or makes 0 of everything.
    """
    if not SMALLEST_FACTOR <= factor < math.inf:
        raise BadInput(
            f'Intensities times {factor} (intensity_scale, or the factor of '
            'ScaleIntensity) are never 0 to 255: give 255 for those from 0 '
            'to 1.')
    return factor


def check_intensity(values: np.ndarray, path: str, scale: float = 1) -> None:
    """Check that intensities range from 0 to 255 once they are scaled.

    One in a hundred may lie outside: single points decide nothing. Values of
    at most 1 are only warned about, since dark clouds exist.

    Args:
        values (np.ndarray): (N,) scaled intensities.
        path (str): Name of their file, for the message.
        scale (float): Factor that they were scaled by.

    Raises:
        BadInput: They go beyond 255 or below 0, or are not finite.
    """
    if not len(values):
        return
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise BadInput(f"The intensities of '{path}' hold values that are not "
                       'finite: remove these points (and their labels) from '
                       'the file.')
    if high > FULL * _ROUNDING or low < 0:
        low, high = (
            float(v) for v in np.quantile(values, [OUTLIERS, 1 - OUTLIERS]))
    if high > FULL * _ROUNDING:
        raise BadInput(
            f"The intensities of '{path}' reach {high:.6g} after the factor "
            f'{scale:g}, those of the training 255: set intensity_scale (or '
            f"ScaleIntensity's factor) to {_factor(high / scale):.4g}.")
    if low < 0:
        raise BadInput(
            f"The intensities of '{path}' are negative ({low:.4g} to "
            f'{high:.4g}), as decibels are; the training had 0 to 255: '
            'convert them in the files.')
    if 0 < high <= 1 and bool((values % 1 != 0).any()):
        _warn_once(
            f"The intensities of '{path}' are at most {high:.4g} after the "
            f'factor {scale:g}, those of the training 255: set '
            'intensity_scale=255 if they are 0 to 1.', scale)


def _warn_once(message: str, scale: float) -> None:
    """Warn of one file, not of every one."""
    if scale not in _warned:
        _warned.add(scale)
        warnings.warn(message)


def _factor(high: float) -> float:
    """The factor for raw values whose 99 % quantile is ``high``."""
    full = next(
        (top for top in (1., FULL, 4095., 65535.) if high <= top * _ROUNDING),
        high)
    return FULL / full
