"""A scan as the models take it, and how its values go back to the file."""
from typing import NamedTuple

import numpy as np

from ...errors import BadInput
from .stray import FARTHEST, misses_sensor, typical_extent

# Float32 coordinates beyond this are off by more than a centimetre.
_FLOAT32_METRES = 2.**17
# Half of the Earth's circumference and some more.
_EARTH = 3e7
# Points of which all lie on a coarse grid by no chance.
_ENOUGH = 20
# Height of a LiDAR on a car's roof; nuScenes: 1.84, KITTI: 1.73.
_MOUNTING_HEIGHT = 1.8


class Scan(NamedTuple):
    """Points to segment, and where they come from.

    Attributes:
        points (np.ndarray): (N, 4) float32: x, y, z in metres from
            ``origin``, and intensity from 0 to 255.
        origin (np.ndarray): (3,) float64, in the file's own frame.
        rows (np.ndarray): (N,) int64, each point's row in the file.
        num_rows (int): Number of rows in the file; those that are not finite
            or stray have no point.
        notes (tuple[str, ...]): Lines that say what was assumed.
        factor (float, optional): What the file's own intensities were
            multiplied by; None where all points were given one.
    """
    points: np.ndarray
    origin: np.ndarray
    rows: np.ndarray
    num_rows: int
    notes: tuple[str, ...]
    factor: float | None = None

    def spread(self, values: np.ndarray, fill: float) -> np.ndarray:
        """Spread the points' values over the file's rows.

        Args:
            values (np.ndarray): (N, ...) values of the points.
            fill (float): Value for rows without a point.

        Returns:
            np.ndarray: (num_rows, ...) of the same dtype.
        """
        out = np.full((self.num_rows, *values.shape[1:]), fill, values.dtype)
        out[self.rows] = values
        return out

    @property
    def own_xyz(self) -> np.ndarray:
        """(N, 3) float64 coordinates in the file's own frame."""
        return self.points[:, :3] + self.origin


def find_origin(xyz: np.ndarray,
                source: str,
                told: np.ndarray | None = None,
                viewpoint: np.ndarray | None = None) -> tuple[np.ndarray, str]:
    """Find the position of the sensor in the file's own frame.

    Models take float32 coordinates relative to the sensor. A cloud in a map's
    coordinates (UTM, say) is moved while it is still float64. Source: ours.

    Args:
        xyz (np.ndarray): (N, 3) finite, in the file's own dtype.
        source (str): Name of the scan, for errors.
        told (np.ndarray, optional): (3,) position of the sensor that the
            user gave.
        viewpoint (np.ndarray, optional): (3,) position in the header. Some
            programs write it beside points in the sensor's own frame, so it
            counts only for a cloud in a map's coordinates that surrounds it.

    Returns:
        tuple[np.ndarray, str]: (3,) float64 and a line that says what was
        assumed; zeros and '' where the cloud lies around the origin.

    Raises:
        BadInput: The file's float32 has already lost the centimetres, or
            is not float32.
    """
    largest = typical_extent(xyz)
    if xyz.dtype == np.float32 and largest > _EARTH:
        raise BadInput(
            f"The coordinates of '{source}' reach {largest:.3g} m, farther "
            'than the Earth is round: they are not float32 in metres, but '
            'doubles, of another byte order or of another format.')
    for values in xyz.T:
        _refuse_coarse(values, source)
    if told is not None:
        origin = np.asarray(told, np.float64)
        return origin, f'the sensor is at {origin.tolist()}, as given'
    if largest <= FARTHEST and not misses_sensor(xyz):
        return _near_origin(xyz, viewpoint)
    if viewpoint is not None and _surrounds(xyz, viewpoint):
        return viewpoint, (f'the sensor is at {viewpoint.tolist()}, as the '
                           "header's viewpoint says")
    centre = np.round(np.median(xyz[:, :2].astype(np.float64), 0))
    ground = float(np.quantile(xyz[:, 2].astype(np.float64), 0.05))
    origin = np.array([*centre, round(ground + _MOUNTING_HEIGHT, 1)])
    return origin, (f'coordinates of a map, moved by {origin.tolist()}: the '
                    f'median and {_MOUNTING_HEIGHT} m above the ground; '
                    "--origin X Y Z gives the sensor's position")


def _refuse_coarse(values: np.ndarray, source: str) -> None:
    """Refuse one far coordinate (N,) that has lost its centimetres.

    What counts is the values: doubles, too, may have been float32 or text of
    six digits once.
    """
    largest = typical_extent(values[:, None])
    if largest <= FARTHEST or (len(values) > 1 and not np.ptp(values)):
        return
    # Stray points decide nothing.
    values = values[np.abs(values.astype(np.float64)) <= largest]
    if largest > _FLOAT32_METRES and _are_float32(values):
        raise BadInput(
            f"The coordinates of '{source}' reach {largest:.0f} m in float32, "
            f'{np.spacing(np.float32(largest)):.2g} m apart: export them as '
            'double from where they are whole, or subtract an offset first.')
    tenths = values.astype(np.float64) * 10
    rounding = np.finfo(values.dtype).eps if values.dtype.kind == 'f' else 0
    whole = np.abs(tenths - np.round(tenths)) <= np.abs(tenths) * rounding
    if len(values) >= _ENOUGH and whole.all():
        raise BadInput(
            f"The coordinates of '{source}' reach {largest:.0f} m in steps "
            'of 0.1 m or more, as text of six digits has them: export them '
            'with more digits, or subtract an offset first (or bring them to '
            'metres, if that is not their unit).')


def _are_float32(values: np.ndarray) -> bool:
    """Whether floats (N,) have no more digits than float32."""
    with np.errstate(over='ignore'):
        return values.dtype.kind == 'f' and bool(
            (values == values.astype(np.float32)).all())


def _near_origin(xyz: np.ndarray,
                 viewpoint: np.ndarray | None) -> tuple[np.ndarray, str]:
    """Place the sensor for a cloud whose coordinates are near 0."""
    if viewpoint is None:
        return np.zeros(3), ''
    place = viewpoint.tolist()
    if _surrounds(xyz, viewpoint) and not _surrounds(xyz, np.zeros(3)):
        return viewpoint, (f"the sensor is at {place}, as the header's "
                           'viewpoint says')
    return np.zeros(3), (f"the header's viewpoint {place} is not used, since "
                         'the points lie around 0; --origin X Y Z gives the '
                         "sensor's position")


def _surrounds(xyz: np.ndarray, place: np.ndarray) -> bool:
    """Whether a place is within a cloud's extent in x and y."""
    low, high = xyz[:, :2].min(0), xyz[:, :2].max(0)
    return bool(((low <= place[:2]) & (place[:2] <= high)).all())
