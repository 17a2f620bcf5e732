"""The semantic classes of MiniWorld and their raw ids on disk.

Every surface of the world carries one of the *surface classes* below. Two
tables turn it into the raw label of a dataset: nuScenes-lidarseg (0..31) and
SemanticKITTI.
"""
from typing import NamedTuple

import numpy as np

from reldistill_mm.functional.nuscenes_labels import RAW_IDS

NUSCENES_NAMES: tuple[str, ...] = (
    'noise', 'animal', 'human.pedestrian.adult', 'human.pedestrian.child',
    'human.pedestrian.construction_worker',
    'human.pedestrian.personal_mobility', 'human.pedestrian.police_officer',
    'human.pedestrian.stroller', 'human.pedestrian.wheelchair',
    'movable_object.barrier', 'movable_object.debris',
    'movable_object.pushable_pullable', 'movable_object.trafficcone',
    'static_object.bicycle_rack', 'vehicle.bicycle', 'vehicle.bus.bendy',
    'vehicle.bus.rigid', 'vehicle.car', 'vehicle.construction',
    'vehicle.emergency.ambulance', 'vehicle.emergency.police',
    'vehicle.motorcycle', 'vehicle.trailer', 'vehicle.truck',
    'flat.driveable_surface', 'flat.other', 'flat.sidewalk', 'flat.terrain',
    'static.manmade', 'static.other', 'static.vegetation', 'vehicle.ego')
"""nuScenes-lidarseg category names; the place in the tuple is the raw id."""

NUSCENES_16 = RAW_IDS
"""The 16 classes of the lidarseg challenge and the raw ids merged in each."""


class SurfaceClass(NamedTuple):
    """Raw ids of one surface class.

    Attributes:
        nuscenes (int): nuScenes-lidarseg raw id.
        kitti (int): SemanticKITTI raw id of a surface at rest.
        kitti_moving (int): SemanticKITTI raw id of a moving surface.
    """
    nuscenes: int
    kitti: int
    kitti_moving: int


def _still(nuscenes: int, kitti: int) -> SurfaceClass:
    return SurfaceClass(nuscenes, kitti, kitti)


SURFACES: dict[str, SurfaceClass] = {
    'sky': _still(0, 0),
    'road': _still(24, 40),
    'parking': _still(24, 44),
    'sidewalk': _still(26, 48),
    'terrain': _still(27, 72),
    'other_flat': _still(25, 49),
    'building': _still(28, 50),
    'fence': _still(28, 51),
    'pole': _still(28, 80),
    'sign': _still(28, 81),
    'trunk': _still(30, 71),
    'vegetation': _still(30, 70),
    'car': SurfaceClass(17, 10, 252),
    'truck': SurfaceClass(23, 18, 258),
    'bus': SurfaceClass(16, 13, 257),
    'bus_bendy': SurfaceClass(15, 13, 257),
    'trailer': SurfaceClass(22, 20, 259),
    'construction': SurfaceClass(18, 20, 259),
    'bicycle': _still(14, 11),
    'bicyclist': SurfaceClass(14, 31, 253),
    'motorcycle': _still(21, 15),
    'motorcyclist': SurfaceClass(21, 32, 255),
    'adult': SurfaceClass(2, 30, 254),
    'child': SurfaceClass(3, 30, 254),
    'worker': SurfaceClass(4, 30, 254),
    'police': SurfaceClass(6, 30, 254),
    'cone': _still(12, 99),
    'barrier': _still(9, 99),
    'debris': _still(10, 99),
    'pushable': _still(11, 99),
    'rack': _still(13, 99),
    'ego': _still(31, 1),
    'noise': _still(0, 1),
}

SURFACE_NAMES: tuple[str, ...] = tuple(SURFACES)
SURFACE_INDEX: dict[str, int] = {n: i for i, n in enumerate(SURFACE_NAMES)}

TO_NUSCENES = np.array([SURFACES[n].nuscenes for n in SURFACE_NAMES], np.uint8)
"""(S,) surface class index -> nuScenes raw id."""
TO_KITTI = np.array([SURFACES[n].kitti for n in SURFACE_NAMES], np.uint8)
"""(S,) surface class index -> SemanticKITTI raw id, at rest."""
TO_KITTI_MOVING = np.array([SURFACES[n].kitti_moving for n in SURFACE_NAMES],
                           np.uint32)
"""(S,) surface class index -> SemanticKITTI raw id, moving."""

KITTI_MOVING_TO_STILL: dict[int, int] = {
    s.kitti_moving: s.kitti
    for s in SURFACES.values() if s.kitti != s.kitti_moving
}
"""SemanticKITTI's ids of moving things -> the id of the same thing at rest
(class maps hold the ids at rest, since they have eight bits)."""


def nuscenes_to_16() -> np.ndarray:
    """Table from nuScenes raw id to the order of ``NUSCENES_16``.

    Returns:
        (256,) int64; -1 for raw ids outside the 16 classes.
    """
    table = np.full(256, -1, np.int64)
    for i, raw_ids in enumerate(NUSCENES_16.values()):
        table[list(raw_ids)] = i
    return table
