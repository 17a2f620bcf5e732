"""What a sensor's clouds are like, and how those of two sensors differ."""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Share of each histogram below which a value lies, in steps of 1 %.
LEVELS = np.linspace(0, 1, 101)
# Metres around the sensor in which its ground is looked for.
_NEAR, _FAR = 3., 20.
# Metres within which a sensor sees its own vehicle.
_VEHICLE = 1.5
# Degrees: columns in which scan lines are counted, and the gap between two.
_COLUMN, _GAP = 0.4, 0.12
# Metres of the ring in which density is measured.
_RING = 8., 12.
# Differences that are worth a switch: Kolmogorov-Smirnov distance of the
# intensities, metres, and ratios.
_INTENSITY, _HEIGHT, _RATIO = 0.2, 0.3, 1.5


class CloudProfile(NamedTuple):
    """Measures of one or several clouds.

    Attributes:
        intensity, height, distance, elevation (np.ndarray): (101,) quantiles
            of :data:`LEVELS`: 0 to 255; metres above the sensor; metres from
            it; degrees.
        points (np.ndarray): (S,) points of each cloud.
        lines (np.ndarray): (S,) scan lines of each cloud, estimated.
        density (np.ndarray): (S,) points per square metre of ground plan, 8
            to 12 m away.
        mounted (np.ndarray): (S,) metres of the sensor above the ground,
            estimated.
    """
    intensity: np.ndarray
    height: np.ndarray
    distance: np.ndarray
    elevation: np.ndarray
    points: np.ndarray
    lines: np.ndarray
    density: np.ndarray
    mounted: np.ndarray


def profile_clouds(clouds: Sequence[np.ndarray]) -> CloudProfile:
    """Measure clouds of one sensor.

    Args:
        clouds (Sequence[np.ndarray]): S clouds (N, 4), N > 0: x, y, z in
            metres from the sensor, and intensity from 0 to 255. What is
            within 1.5 m, the vehicle, is left out.

    Returns:
        CloudProfile: Its quantiles are of all points together.

    Example:
        >>> cloud = np.array([[3., 4, -2, 9]] * 5)
        >>> found = profile_clouds([cloud, cloud])
        >>> found.points.tolist(), found.mounted.tolist()
        ([5, 5], [2.0, 2.0])
    """
    clouds = [without_vehicle(np.asarray(each)) for each in clouds]
    every = np.concatenate([each[:, :4] for each in clouds]).astype(np.float64)
    flat = np.hypot(every[:, 0], every[:, 1])
    return CloudProfile(
        np.quantile(every[:, 3], LEVELS), np.quantile(every[:, 2], LEVELS),
        np.quantile(np.linalg.norm(every[:, :3], axis=1), LEVELS),
        np.quantile(np.degrees(np.arctan2(every[:, 2], flat)), LEVELS),
        np.array([len(cloud) for cloud in clouds]),
        np.array([count_lines(cloud[:, :3]) for cloud in clouds]),
        np.array([_density(cloud) for cloud in clouds]),
        np.array([mounted_at(cloud[:, :3]) for cloud in clouds]))


def without_vehicle(cloud: np.ndarray) -> np.ndarray:
    """Leave out the points within 1.5 m of the sensor, unless all are there.

    Args:
        cloud (np.ndarray): (N, C), of which the first three are x, y, z in
            metres.

    Returns:
        np.ndarray: (M, C) the others.
    """
    outside = np.linalg.norm(cloud[:, :3], axis=1) > _VEHICLE
    return cloud[outside] if outside.any() else cloud


def count_lines(xyz: np.ndarray) -> int:
    """Estimate how many scan lines a cloud (N, 3) has.

    Elevations that are apart, in narrow columns; the fullest twentieth of the
    columns counts, since others lose lines to the sky. Source: ours.

    Example:
        >>> elevation = np.radians([-10, -5, 0, 5])
        >>> count_lines(np.column_stack(
        ...     [np.cos(elevation), 0 * elevation, np.sin(elevation)]))
        4
    """
    xyz = np.asarray(xyz, np.float64)
    azimuth = np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])) + 180
    elevation = np.degrees(np.arctan2(xyz[:, 2], np.hypot(*xyz[:, :2].T)))
    column = (azimuth / _COLUMN).astype(np.int64)
    order = np.lexsort((elevation, column))
    column, elevation = column[order], elevation[order]
    begins = np.ones(len(column), bool)
    begins[1:] = (np.diff(column) > 0) | (np.diff(elevation) > _GAP)
    counts = np.bincount(column, begins)
    return round(float(np.quantile(counts[counts > 0], 0.95)))


def mounted_at(xyz: np.ndarray) -> float:
    """Estimate how high above the ground a sensor is, metres.

    The ground is where most points of the lower half of the surroundings are,
    in steps of 0.1 m. Source: ours.
    """
    flat = np.hypot(xyz[:, 0], xyz[:, 1])
    near = xyz[(flat > _NEAR) & (flat < _FAR), 2]
    if not len(near):
        near = xyz[:, 2]
    low = near[near <= np.median(near)]
    steps, counts = np.unique(np.round(low, 1), return_counts=True)
    return round(-float(steps[counts.argmax()]), 1) + 0.


def _density(cloud: np.ndarray) -> float:
    flat = np.hypot(cloud[:, 0], cloud[:, 1])
    inside = (flat >= _RING[0]) & (flat < _RING[1])
    return float(inside.sum() / (np.pi * (_RING[1]**2 - _RING[0]**2)))


def quantile_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance of two distributions by their quantiles.

    Args:
        first, second (np.ndarray): (101,) quantiles of :data:`LEVELS`.

    Returns:
        float: 0 (alike) to 1 (apart).

    Example:
        >>> quantile_distance(LEVELS, LEVELS + 0.5)
        0.5
    """
    where = np.concatenate([first, second])
    shares = [
        np.searchsorted(values, where, side='right') / len(values)
        for values in (first, second)
    ]
    return round(float(np.abs(shares[0] - shares[1]).max()), 2)


def tell_differences(first: CloudProfile, second: CloudProfile) -> list[str]:
    """Say how clouds differ from those of the training, and what helps.

    Args:
        first (CloudProfile): What a model was trained on.
        second (CloudProfile): What it is to be used on.

    Returns:
        list[str]: A sentence per difference, each with the step of the
        pipeline that takes it away from the second; empty where they are
        alike.
    """
    lines = []
    # Sensors with few values, which rounding would set apart.
    apart = quantile_distance(
        np.round(first.intensity), np.round(second.intensity))
    if apart > _INTENSITY:
        quantiles = [
            '[' + ', '.join(f'{v:.4g}' for v in each.intensity[::10]) + ']'
            for each in (second, first)
        ]
        lines.append(
            f'Intensities differ (median {first.intensity[50]:.4g} and '
            f'{second.intensity[50]:.4g} of 255, distance {apart:.2f}): match '
            f"them, dict(type='MatchIntensity', source={quantiles[0]}, "
            f'target={quantiles[1]}); or drop them on both sides, '
            "dict(type='SetIntensity', value=20), in the training, too "
            '(tools/segment.py --intensity 20).')
    height = np.median(first.mounted), np.median(second.mounted)
    if abs(height[1] - height[0]) > _HEIGHT:
        lines.append(
            f'The sensor stands {height[0]:.1f} and {height[1]:.1f} m above '
            "the ground: dict(type='ShiftHeight', "
            f'metres={height[1] - height[0]:.1f}).')
    counts = np.median(first.points), np.median(second.points)
    ratio = counts[1] / counts[0]
    rings = f'{np.median(first.lines):.0f} and {np.median(second.lines):.0f}'
    if ratio > _RATIO:
        lines.append(
            f'There are {ratio:.1f} times as many points per scan (scan lines '
            f"about {rings}): dict(type='ThinPoints', "
            f'keep={1 / ratio:.2f}).')
    elif ratio < 1 / _RATIO:
        lines.append(
            f'There are {1 / ratio:.1f} times fewer points per scan (scan '
            f"lines about {rings}): train with dict(type='ThinPoints', "
            f'keep={ratio:.2f}), or add sweeps (sweeps_num).')
    reach = first.distance[95], second.distance[95]
    if not 1 / _RATIO < reach[1] / reach[0] < _RATIO:
        far = max(reach[0], 1.)
        lines.append(
            f'95 % of the points are within {reach[0]:.0f} and {reach[1]:.0f} '
            'm: ' +
            ("dict(type='PointsRangeFilter', point_cloud_range="
             f'[-{far:.0f}, -{far:.0f}, -10, {far:.0f}, {far:.0f}, '
             '10]) leaves out what is farther.' if reach[1] > reach[0] else
             'what is far is seldom seen; nothing helps at test time.'))
    return lines
