"""Refuse coordinates that no LiDAR has measured."""
import warnings

import numpy as np

from ...errors import BadInput
from .checks import require_finite
from .stray import FARTHEST, misses_sensor, seldom_so_far, typical_extent

# No single point lies farther, and float32 in metres ends there.
_FARTHEST_STRAY = 2.**17
# Integers and halves of doubles, read as float32, are smaller than this.
_TINY = 1e-30
# Warned of one file, not of every one.
_told: list[str] = []


def require_plausible(xyz: np.ndarray, path: str) -> None:
    """Refuse coordinates that are not metres from the sensor.

    Args:
        xyz (np.ndarray): (N, 3) floats as the file has them.
        path (str): Path of the file, for the message.

    Raises:
        BadInput: They are not finite, too far, or of another type.
    """
    require_finite(xyz, path)
    if not len(xyz):
        return
    sizes = np.abs(xyz)
    tiny = float(((sizes > 0) & (sizes < _TINY)).mean())
    if tiny > 0.1:
        raise BadInput(
            f"The coordinates of '{path}' are not float32: {tiny:.0%} of them "
            'are smaller than 1e-30, as integers or doubles are when they are '
            "read so. Write them by NumPy's astype('float32').tofile().")
    _require_around_sensor(xyz, path)
    extent = float(sizes.max())
    if extent <= FARTHEST:
        return
    extent = typical_extent(xyz)
    if extent > FARTHEST:
        raise BadInput(
            f"The coordinates of '{path}' reach {extent:.4g}, farther than a "
            'LiDAR sees: they are in the frame of a map, which float32 cuts '
            '(subtract the position of the sensor first), not in metres, not '
            'float32 (another type or byte order), or of another number of '
            'columns (load_dim).')
    far = np.flatnonzero(sizes.max(1) > _FARTHEST_STRAY)
    if len(far):
        raise BadInput(
            f"The point cloud '{path}' has {len(far)} points farther than "
            f'anything on Earth is seen, the first at row {far[0]}: '
            f'{xyz[far[0]].tolist()}. Remove them (and their labels) from '
            'the file.')


def _require_around_sensor(xyz: np.ndarray, path: str) -> None:
    """Refuse clouds of a map whose origin happens to be within a city."""
    missed = misses_sensor(xyz)
    if missed and typical_extent(xyz) <= FARTHEST:
        raise BadInput(
            f"The points of '{path}' lie {missed:.4g} m and more beside the "
            'origin, where the sensor should be: they are in the frame of a '
            'map. Subtract the position of the sensor (and turn them into '
            'its frame).')
    near = 0. if missed else seldom_so_far(xyz)
    if near and not _told:
        _told.append(path)
        warnings.warn(
            f"Nine tenths of the points of '{path}' are more than {near:.4g} "
            'm from the origin, where the sensor should be: are they in the '
            'frame of a map?')
