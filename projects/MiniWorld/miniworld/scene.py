"""One scene in memory: its world, its sensors and its keyframes."""
from typing import NamedTuple

from .render import Scan, Shot, take_scan, take_shot
from .sensors import (Camera, Lidar, nuscenes_cameras, nuscenes_lidar,
                      shot_delay)
from .shadows import ShadowMap
from .town import build_world
from .world import World

PERIOD = 500_000
"""Microseconds between two keyframes."""


class SceneJob(NamedTuple):
    """Everything that determines one scene.

    Attributes:
        folder (str): Root of the dataset ('' if nothing is to be written).
        version (str): 'v1.0-mini' or 'v1.0-trainval'.
        name (str): Name of the scene, as in the devkit's splits.
        split (str): 'train', 'val' or 'choose'.
        index (int): Index in its split.
        keyframes (int): Number of samples, half a second apart.
        size (tuple[int, int]): Width and height of the pictures.
        steps (int): Azimuths of the LiDAR.
        seed (int): Seed of the dataset.
    """
    folder: str
    version: str
    name: str
    split: str
    index: int
    keyframes: int
    size: tuple[int, int]
    steps: int
    seed: int


class Keyframe(NamedTuple):
    """A sample in memory: shots by camera, their delays in µs, the scan."""
    shots: dict[str, Shot]
    delays: dict[str, int]
    scan: Scan


class Rig(NamedTuple):
    """The sensors of one scene."""
    cameras: list[Camera]
    lidar: Lidar


def scene_world(job: SceneJob) -> tuple[World, Rig]:
    """The world and the sensors of a job."""
    world = build_world(
        job.seed,
        job.split,
        job.index,
        job.keyframes * PERIOD / 1e6,
        name=job.name)
    rng = world.rng(1)
    return world, Rig(
        nuscenes_cameras(job.size, rng), nuscenes_lidar(job.steps, rng))


def keyframe(world: World, rig: Rig, number: int,
             shadows: ShadowMap) -> Keyframe:
    """Render one sample."""
    shots, delays = {}, {}
    start = number * PERIOD
    for k, camera in enumerate(rig.cameras):
        rng = world.rng(2, number, k)
        delays[camera.name] = shot_delay(camera, rng)
        time = (start + delays[camera.name]) / 1e6
        shots[camera.name] = take_shot(world, camera, time, rng, shadows)
    scan = take_scan(world, rig.lidar, start / 1e6, world.rng(3, number))
    return Keyframe(shots, delays, scan)
