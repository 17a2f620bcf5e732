"""A scan as the models take it, and its way back to the file."""
from typing import NamedTuple

import numpy as np

from ...errors import BadInput

# A float32 coordinate beyond this is off by more than a centimetre.
_FLOAT32_METRES = 2.**17
# LiDARs see a few hundred metres; coordinates beyond are those of a map.
_FARTHEST = 2000.
# From the ground to a LiDAR on a car's roof, nuScenes and KITTI: 1.84, 1.73.
_MOUNTING_HEIGHT = 1.8


class Scan(NamedTuple):
    """Points that can be segmented, and where they come from.

    Attributes:
        points (np.ndarray): (N, 4) float32: x, y, z in metres from
            ``origin``, and intensity from 0 to 255.
        origin (np.ndarray): (3,) float64, in the file's own frame.
        rows (np.ndarray): (N,) int64, each point's row in the file.
        num_rows (int): Rows of the file; those that are not finite have no
            point.
        notes (tuple[str, ...]): What was taken for granted, a line each.
    """
    points: np.ndarray
    origin: np.ndarray
    rows: np.ndarray
    num_rows: int
    notes: tuple[str, ...]

    def spread(self, values: np.ndarray, fill: float) -> np.ndarray:
        """Values of the points as values of the file's rows.

        Args:
            values (np.ndarray): (N, ...) of the points.
            fill (float): For rows without a point.

        Returns:
            np.ndarray: (num_rows, ...), dtype of ``values``.
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
    """Where the sensor stood, in the file's own frame.

    Models take coordinates from the sensor, in float32. A cloud in a map's
    coordinates (UTM, say) is moved there while it is still float64. Ours.

    Args:
        xyz (np.ndarray): (N, 3) finite, in the file's own dtype.
        source (str): Named in errors.
        told (np.ndarray, optional): (3,) the sensor's place, as the user
            says.
        viewpoint (np.ndarray, optional): (3,) as a file's header says. Some
            programs write it beside points in the sensor's own frame, so it
            counts only for a cloud in a map's coordinates that surrounds it.

    Returns:
        tuple[np.ndarray, str]: (3,) float64 and a line that says what was
        taken; zeros and '' where the cloud lies around the origin.

    Raises:
        BadInput: The file's float32 has lost the centimetres already.
    """
    largest = float(np.abs(xyz).max())
    if xyz.dtype == np.float32 and largest > _FLOAT32_METRES:
        raise BadInput(
            f"The coordinates of '{source}' reach {largest:.0f} m in float32, "
            f'{np.spacing(np.float32(largest)):.2g} m apart: export them as '
            'double, or subtract an offset before.')
    if told is not None:
        origin = np.asarray(told, np.float64)
        return origin, f'the sensor is at {origin.tolist()}, as told'
    if largest <= _FARTHEST:
        return np.zeros(3), ''
    if viewpoint is not None and _surrounds(xyz, viewpoint):
        return viewpoint, (f'the sensor is at {viewpoint.tolist()}, as the '
                           "header's viewpoint says")
    centre = np.round(np.median(xyz[:, :2].astype(np.float64), 0))
    ground = float(np.quantile(xyz[:, 2].astype(np.float64), 0.05))
    origin = np.array([*centre, round(ground + _MOUNTING_HEIGHT, 1)])
    return origin, (f'coordinates of a map, moved by {origin.tolist()}: the '
                    f'median and {_MOUNTING_HEIGHT} m above the ground; '
                    "--origin X Y Z gives the sensor's own place")


def _surrounds(xyz: np.ndarray, place: np.ndarray) -> bool:
    """Whether a place is within a cloud's extent in x and y."""
    low, high = xyz[:, :2].min(0), xyz[:, :2].max(0)
    return bool(((low <= place[:2]) & (place[:2] <= high)).all())
