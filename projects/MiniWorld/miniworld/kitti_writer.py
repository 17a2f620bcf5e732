"""Write worlds in the folder format of SemanticKITTI."""
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from reldistill_mm.errors import BadInput
from .classes import TO_KITTI, TO_KITTI_MOVING
from .render import Scan, Shot, take_scan, take_shot
from .scene import PERIOD
from .sensors import Camera, Lidar, invert, kitti_camera, kitti_lidar
from .shadows import ShadowMap
from .town import build_world
from .world import World

Array = np.ndarray
TRAIN = ('00', '01', '02', '03', '04', '05', '06', '07', '09', '10')
VAL = ('08', )
_BASELINES = (0., -.54, .06, -.47)
"""x of camera 0 in the frame of cameras 0 to 3, metres."""


class SequenceJob(NamedTuple):
    """Everything that determines one sequence.

    Attributes:
        folder (str): Root of the dataset.
        name (str): Number of the sequence, two digits.
        split (str): 'train' or 'val'.
        index (int): Index in its split.
        frames (int): Number of frames, half a second apart.
        size (tuple[int, int]): Width and height of the pictures of even
            sequences.
        steps (int): Azimuths of the LiDAR.
        seed (int): Seed of the dataset.
    """
    folder: str
    name: str
    split: str
    index: int
    frames: int
    size: tuple[int, int]
    steps: int
    seed: int


def picture_size(job: SequenceJob) -> tuple[int, int]:
    """Width and height; odd sequences have smaller pictures, as KITTI's."""
    width, height = job.size
    if job.index % 2 == 0:
        return width, height
    return round(width * 1226 / 1242), round(height * 370 / 375)


def sequence_world(job: SequenceJob) -> tuple[World, Camera, Lidar]:
    """The world and the sensors of a job."""
    world = build_world(job.seed, job.split, job.index,
                        job.frames * PERIOD / 1e6, 'other', job.name)
    camera = kitti_camera(picture_size(job), world.rng(1))
    return world, camera, kitti_lidar(job.steps)


def calibration(camera: Camera, lidar: Lidar) -> dict[str, Array]:
    """Compute KITTI's calibration.

    Returns:
        P0 ... P3 (3, 4), which project camera 0's frame to the pixels of
        each camera, and Tr (3, 4), LiDAR to camera 0.
    """
    out = {}
    for k, x in enumerate(_BASELINES):
        p = np.zeros((3, 4))
        p[:, :3] = camera.matrix
        p[:, 3] = camera.matrix @ (x, 0, 0)
        out[f'P{k}'] = p
    to_camera = invert(camera.to_ego) @ lidar.to_ego
    to_camera[0, 3] -= _BASELINES[2]
    out['Tr'] = to_camera[:3]
    return out


def _row(matrix: Array) -> str:
    return ' '.join(f'{v:.12e}' for v in matrix.reshape(-1))


def _labels(world: World, scan: Scan) -> Array:
    """(N,) uint32: raw id, and in the upper half the instance."""
    at = np.maximum(scan.thing, 0)
    moves = np.array([t.moves for t in world.things] + [False])[at]
    movable = np.array([t.name != '' for t in world.things] + [False])[at]
    moves &= scan.thing >= 0
    raw = np.where(moves, TO_KITTI_MOVING[scan.surface],
                   TO_KITTI[scan.surface]).astype(np.uint32)
    which = np.where(movable & (scan.thing >= 0), at + 1, 0)
    return (which.astype(np.uint32) << 16) | raw


def _write_frame(root: Path, k: int, world: World, shot: Shot,
                 scan: Scan) -> None:
    """Write the picture, the class map, the points and their labels."""
    Image.fromarray(shot.image).save(root / 'image_2' / f'{k:06d}.png')
    Image.fromarray(TO_KITTI[shot.surface]).save(root / 'classmap_2' /
                                                 f'{k:06d}.png')
    points = scan.points[:, :4].copy()
    points[:, 3] = np.clip(points[:, 3] / 80, 0, 1)
    points.tofile(root / 'velodyne' / f'{k:06d}.bin')
    _labels(world, scan).tofile(root / 'labels' / f'{k:06d}.label')


def write_sequence(job: SequenceJob) -> str:
    """Render and write one sequence; for a pool of workers."""
    root = Path(job.folder) / 'sequences' / job.name
    for name in ('velodyne', 'labels', 'image_2', 'classmap_2'):
        (root / name).mkdir(parents=True)
    world, camera, lidar = sequence_world(job)
    shadows = ShadowMap(world)
    calib = calibration(camera, lidar)
    (root / 'calib.txt').write_text(''.join(f'{key}: {_row(value)}\n'
                                            for key, value in calib.items()))
    times, poses = [], []
    to_camera0 = np.vstack([calib['Tr'], [0, 0, 0, 1]])
    to_ego = lidar.to_ego @ invert(to_camera0)
    first = invert(world.ego_pose(0.) @ to_ego)
    for k in range(job.frames):
        time = k * PERIOD / 1e6
        shot = take_shot(world, camera, time, world.rng(2, k), shadows)
        scan = take_scan(world, lidar, time, world.rng(3, k))
        _write_frame(root, k, world, shot, scan)
        times.append(f'{time:e}\n')
        poses.append(_row((first @ world.ego_pose(time) @ to_ego)[:3]) + '\n')
    (root / 'times.txt').write_text(''.join(times))
    (root / 'poses.txt').write_text(''.join(poses))
    return job.name


def sequence_jobs(folder: Path, args: dict[str, Any]) -> list[SequenceJob]:
    """List the jobs of a dataset.

    Raises:
        BadInput: More scenes than there are numbers of sequences.
    """
    train, val = args['scenes']
    if train > len(TRAIN) or val > len(VAL):
        raise BadInput(f'at most {len(TRAIN)} + {len(VAL)} sequences, not '
                       f'{train} + {val}')
    return [
        SequenceJob(
            str(folder), name, split, index, args['keyframes'],
            tuple(args['image_size']), args['azimuth_steps'], args['seed'])
        for split, names in (('train', TRAIN[:train]), ('val', VAL[:val]))
        for index, name in enumerate(names)
    ]
