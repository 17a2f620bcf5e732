"""Find points that are too far from the sensor to have been measured."""
import numpy as np

from ...errors import BadInput

# LiDARs see a few hundred metres.
FARTHEST = 2000.
# Share of points that may be stray; the rest decides what a file is.
STRAY = 0.01
# Extent in metres of the smallest street scene.
_SMALLEST = 1.

# Horizontal metres within which a sensor has at least 1 % and, mostly, 10 %
# of its points; nuScenes and KITTI have 0.1 to 4 and 0.3 to 5.
_NEAREST, _NEAR = 60., 50.
# Fewer points are not a scan.
_FEWEST = 100


def misses_sensor(xyz: np.ndarray) -> float:
    """How far a cloud lies beside the origin, where its sensor should be.

    Args:
        xyz (np.ndarray): (N, 3) finite, metres.

    Returns:
        float: Horizontal metres to the nearest 1 % of the points if that is
        too far for a LiDAR; else 0.
    """
    if len(xyz) < _FEWEST:
        return 0.
    nearest = _horizontal(xyz, STRAY)
    return nearest if nearest > _NEAREST else 0.


def seldom_so_far(xyz: np.ndarray) -> float:
    """Metres to the nearest 10 % of the points if that is seldom; else 0."""
    if len(xyz) < _FEWEST:
        return 0.
    near = _horizontal(xyz, 10 * STRAY)
    return near if near > _NEAR else 0.


def _horizontal(xyz: np.ndarray, share: float) -> float:
    return float(np.quantile(np.hypot(xyz[:, 0], xyz[:, 1]), share))


def typical_extent(xyz: np.ndarray) -> float:
    """Largest coordinate of all points but the farthest 1 %, in metres.

    Args:
        xyz (np.ndarray): (N, 3) finite, N > 0.
    """
    farthest = np.abs(xyz.astype(np.float64)).max(1)
    # 'lower': of a few points, too, one alone decides nothing.
    return float(np.quantile(farthest, 1 - STRAY, method='lower'))


def find_stray(near: np.ndarray, source: str) -> tuple[np.ndarray, str]:
    """Find the points that a LiDAR can have measured.

    Args:
        near (np.ndarray): (N, 3) float64 finite, metres from the sensor.
        source (str): Name of the scan, for errors.

    Returns:
        tuple[np.ndarray, str]: (N,) bool, and a line that says what was left
        out or is doubtful, or ''.

    Raises:
        BadInput: More than single points are too far away.

    Example:
        >>> near = np.array([[1., 2., 0.], [30., 0., 0.], [1e6, 0., 0.]])
        >>> find_stray(near, 'a.bin')[0]
        array([ True,  True, False])
    """
    extent = typical_extent(near)
    if extent > FARTHEST:
        raise BadInput(
            f"The points of '{source}' reach {extent:.6g} m from the sensor, "
            'farther than a LiDAR sees: bring the coordinates to metres, or '
            "give the sensor's position (--origin X Y Z).")
    kept = np.abs(near).max(1) <= FARTHEST
    stray = int((~kept).sum())
    if stray:
        return kept, (f'{stray} of {len(kept)} points are more than '
                      f'{FARTHEST:g} m away: left out, and labelled as '
                      'ignored')
    if len(near) > 1 and np.ptp(near, 0).max() < _SMALLEST:
        return kept, (f'the points span {np.ptp(near, 0).max():.2g} m: are '
                      'the coordinates in metres?')
    return kept, ''
