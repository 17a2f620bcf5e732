"""Which points a LiDAR measured side by side."""
import numpy as np
from scipy.spatial import cKDTree

Neighbours = tuple[np.ndarray, np.ndarray]

# Azimuth and elevation count so much, in turn for neighbours on a scan line
# and for those on the line above: lines are not quite level.
_LEVEL, _UPRIGHT = (1., 10.), (4., 1.)
# Degrees; beyond is another gap than the sensor's.
_FARTHEST_SIDEWAYS, _FARTHEST_UP = 0.6, 2.5
# Degrees between scan lines; lidars of 128 lines have 0.1 to 0.2.
_NEXT_LINE = 0.25
_CANDIDATES = 16


def scan_neighbours(xyz: np.ndarray,
                    sideways: int = 4,
                    upward: int = 3) -> tuple[Neighbours, Neighbours]:
    """Find the neighbours of every point as the LiDAR sees them.

    By angles alone, so that neither the order of the points nor the number of
    their scan lines has to be known. Source: ours.

    Args:
        xyz (np.ndarray): (N, 3) points in the LiDAR's frame, z upwards,
            metres, none at 0.
        sideways (int): Neighbours of a point on its scan line. Defaults to 4.
        upward (int): Neighbours of a point on lines above. Defaults to 3.

    Returns:
        tuple: Pairs of neighbours on one line and of neighbours one above
        the other, each as two arrays (P,) int64 of positions in ``xyz``. No
        pair is there twice.

    Example:
        >>> azimuth = np.radians([0, 0.2, 0.4, 0, 90])
        >>> height = np.tan(np.radians([0, 0, 0, 1, 0]))
        >>> xyz = np.column_stack([np.cos(azimuth), np.sin(azimuth), height])
        >>> level, upright = scan_neighbours(xyz, sideways=1)
        >>> level[0].tolist(), level[1].tolist()
        ([0, 1], [1, 2])
        >>> upright[0].tolist(), upright[1].tolist()
        ([0, 1, 2], [3, 3, 3])
    """
    if not len(xyz):
        none = np.zeros(0, np.int64)
        return (none, none), (none, none)
    xyz = np.asarray(xyz, np.float64)
    # Relative to the middle, so that no view is cut where azimuths begin.
    middle = np.arctan2(*xyz[:, 1::-1].mean(0))
    azimuth = np.arctan2(xyz[:, 1], xyz[:, 0]) - middle
    azimuth = np.degrees((azimuth + np.pi) % (2 * np.pi))
    elevation = np.degrees(np.arctan2(xyz[:, 2], np.hypot(*xyz[:, :2].T)))
    angles = np.column_stack([azimuth, elevation])
    first, second, _ = _nearest(angles * _LEVEL, sideways + 1,
                                sideways * _FARTHEST_SIDEWAYS)
    # Either may have found the other.
    low, high = np.minimum(first, second), np.maximum(first, second)
    code = np.unique(low * np.int64(len(xyz)) + high)
    level = code // len(xyz), code % len(xyz)
    first, second, order = _nearest(angles * _UPRIGHT, _CANDIDATES,
                                    _FARTHEST_UP)
    above = elevation[second] - elevation[first] > _NEXT_LINE
    first, second = first[above], second[above]
    # Rows come by point and then by distance.
    begins = np.searchsorted(first, first)
    kept = np.arange(len(first)) - begins < upward
    return level, (first[kept], second[kept])


def _nearest(places: np.ndarray, count: int,
             farthest: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (P,) of each point and its nearest, nearest first."""
    count = min(count, len(places))
    distance, found = cKDTree(places).query(
        places, k=np.arange(1, count + 1), distance_upper_bound=farthest)
    first = np.repeat(np.arange(len(places)), count)
    second, distance = found.ravel(), distance.ravel()
    there = (second < len(places)) & (second != first)
    return first[there], second[there], distance[there]
