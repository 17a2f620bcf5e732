"""Records of the nuScenes v1.0 tables."""
import hashlib
from typing import Any

import numpy as np

from .classes import NUSCENES_NAMES, SURFACES

Record = dict[str, Any]
Tables = dict[str, list[Record]]
TABLE_NAMES = ('category', 'attribute', 'visibility', 'instance', 'sensor',
               'calibrated_sensor', 'ego_pose', 'log', 'scene', 'sample',
               'sample_data', 'sample_annotation', 'map', 'lidarseg')
ATTRIBUTES = ('vehicle.moving', 'vehicle.stopped', 'vehicle.parked',
              'cycle.with_rider', 'cycle.without_rider',
              'pedestrian.sitting_lying_down', 'pedestrian.standing',
              'pedestrian.moving')
VISIBILITIES = ('v0-40', 'v40-60', 'v60-80', 'v80-100')


def token(*key: Any) -> str:
    """A token of 32 hexadecimal digits that depends on ``key`` alone."""
    return hashlib.md5('/'.join(map(str, key)).encode()).hexdigest()


def quaternion(rot: np.ndarray) -> list[float]:
    """(w, x, y, z) of a rotation matrix (3, 3), w >= 0."""
    m = np.asarray(rot, float)
    k = np.array([
        [m[0, 0] - m[1, 1] - m[2, 2], 0, 0, 0],
        [m[0, 1] + m[1, 0], m[1, 1] - m[0, 0] - m[2, 2], 0, 0],
        [m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], m[2, 2] - m[0, 0] - m[1, 1], 0],
        [
            m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1],
            m[0, 0] + m[1, 1] + m[2, 2]
        ],
    ]) / 3
    _, vectors = np.linalg.eigh(k)
    x, y, z, w = vectors[:, -1]
    q = np.array([w, x, y, z]) * (1 if w >= 0 else -1)
    return [float(v) for v in q / np.linalg.norm(q)]


def category_of(surface: str) -> str:
    """nuScenes category of a surface class."""
    return NUSCENES_NAMES[SURFACES[surface].nuscenes]


def attribute_of(surface: str, speed: float, stopped: bool) -> str:
    """nuScenes attribute of a thing, '' where there is none."""
    if surface in ('cone', 'barrier'):
        return ''
    if surface in ('bicyclist', 'motorcyclist'):
        return 'cycle.with_rider'
    if surface in ('bicycle', 'motorcycle'):
        return 'cycle.without_rider'
    if surface in ('adult', 'child', 'worker', 'police'):
        return 'pedestrian.moving' if speed else 'pedestrian.standing'
    if speed:
        return 'vehicle.moving'
    return 'vehicle.stopped' if stopped else 'vehicle.parked'


def visibility_token(share: float) -> str:
    """Token '1' to '4' for the visible share 0..1 of a thing."""
    return str(1 + int(np.searchsorted((.4, .6, .8), share)))


def empty_tables() -> Tables:
    """All tables, without records."""
    return {name: [] for name in TABLE_NAMES}


def fixed_tables(channels: dict[str, str]) -> Tables:
    """The tables that do not depend on the scenes.

    Args:
        channels (dict[str, str]): Channel -> modality.
    """
    out = empty_tables()
    out['category'] = [
        dict(
            token=token('category', name), name=name, description='', index=i)
        for i, name in enumerate(NUSCENES_NAMES)
    ]
    out['attribute'] = [
        dict(token=token('attribute', name), name=name, description='')
        for name in ATTRIBUTES
    ]
    out['visibility'] = [
        dict(token=str(i + 1), level=level, description='')
        for i, level in enumerate(VISIBILITIES)
    ]
    out['sensor'] = [
        dict(token=token('sensor', c), channel=c, modality=m)
        for c, m in channels.items()
    ]
    return out


def link(records: list[Record]) -> None:
    """Set ``prev`` and ``next`` along a list in order of time."""
    for k, record in enumerate(records):
        record['prev'] = records[k - 1]['token'] if k else ''
        record['next'] = records[k +
                                 1]['token'] if k + 1 < len(records) else ''
