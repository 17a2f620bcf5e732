"""The parts whose growth is measured, each on input of a given size."""
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from reldistill_mm.functional import (PointPixelPairs, class_scores,
                                      gather_rows, pair_points_with_pixels,
                                      relational_losses, unit_rows, voxelize)
from reldistill_mm.teacher_cache import frame_fingerprint, read_pairs
from .cached import write_random_cache
from .keyframe import Keyframe, load_keyframe
from .loss import in_tiles
from .measure import Work
from .voxelize import VOXEL_SIZE, make_clouds

WIDTH, SMALL_WIDTH, PAIRS, FEW_PAIRS = 512, 64, 4096, 2048
NAMES_PER_CLASS, CLASSES = 4, 16


def pairing(data: str | None, size: int, device: str) -> Work:
    """Pair a number of keyframes, in NumPy whatever the device."""
    frame = load_keyframe(data)
    return lambda: [pairs_of(frame) for _ in range(size)]


def pairs_of(frame: Keyframe) -> PointPixelPairs:
    """Pair a keyframe's points with the pixels of all its cameras."""
    cameras = frame.cameras
    return pair_points_with_pixels(frame.points[:, :3],
                                   [camera.lidar2cam for camera in cameras],
                                   [camera.cam2img for camera in cameras],
                                   [(camera.height, camera.width)
                                    for camera in cameras])


def voxels(data: str | None, size: int, device: str) -> Work:
    """Voxelise a batch of keyframes."""
    clouds = [cloud[:, :3] for cloud in make_clouds(data, size, device)]
    edges = clouds[0].new_tensor(VOXEL_SIZE)
    return lambda: voxelize(clouds, edges)


def cached_features(data: str | None, size: int, device: str) -> Work:
    """Read the features of 4096 pairs of each of so many keyframes."""
    read = _reader(load_keyframe(data), device)
    return lambda: [read(PAIRS) for _ in range(size)]


def cached_pairs(data: str | None, size: int, device: str) -> Work:
    """Read the features of so many pairs of one crowded keyframe."""
    frame = load_keyframe(data)
    # As many points as the largest size needs, and one that stays the same.
    times = 2 + (1 << 16) // len(pairs_of(frame).point)
    frame = frame._replace(points=np.tile(frame.points, (times, 1)))
    read = _reader(frame, device, SMALL_WIDTH)
    return lambda: read(size)


def _reader(frame: Keyframe,
            device: str,
            width: int = WIDTH) -> Callable[[int], Tensor]:
    """Write a keyframe's cache; return what reads a number of its rows."""
    xyz = frame.points[:, :3]
    cameras = {
        f'CAM_{index}': dict(img_path=f'{index}.jpg', **camera._asdict())
        for index, camera in enumerate(frame.cameras)
    }
    folder = tempfile.TemporaryDirectory()
    path, key = write_random_cache(
        Path(folder.name), 'frame', pairs_of(frame), xyz, cameras, width)

    def read(count: int) -> Tensor:
        # The folder must exist as long as its reader.
        found = read_pairs(
            Path(folder.name, path.name), key, frame_fingerprint(xyz, cameras),
            count)
        return unit_rows(torch.from_numpy(found.features).to(device))

    return read


def words_of_keyframes(data: str | None, size: int, device: str) -> Work:
    """Label the points of so many keyframes."""
    return _labels(size * len(load_keyframe(data).points), CLASSES, device)


def words_of_classes(data: str | None, size: int, device: str) -> Work:
    """Label the points of a keyframe with so many classes."""
    return _labels(len(load_keyframe(data).points), size, device)


def _labels(points: int, classes: int, device: str) -> Work:
    rows = torch.randn(points, WIDTH, device=device)
    words = unit_rows(
        torch.randn(classes * NAMES_PER_CLASS, WIDTH, device=device))
    names = [NAMES_PER_CLASS] * classes
    return lambda: class_scores(F.normalize(rows), words, names).argmax(1)


def relational(data: str | None, size: int, device: str) -> Work:
    """Take both relational terms and their gradient."""
    torch.manual_seed(0)
    student, teacher = (
        unit_rows(part)
        for part in torch.randn(2, size, SMALL_WIDTH).to(device))
    student.requires_grad_()

    def step() -> None:
        student.grad = None
        in_tiles(student, teacher).backward()

    # Libraries allocate on first use, which is not the loss's memory.
    in_tiles(student[:64], teacher[:64]).backward()
    return step


def gathering(device: str) -> Work:
    """Gather the rows of all ranks."""
    rows = unit_rows(torch.randn(PAIRS, WIDTH, device=device))
    return lambda: gather_rows(rows, rows)


def shared_loss(device: str) -> Work:
    """Take the relational loss of all ranks' rows, each a part of it."""
    student, teacher = (
        unit_rows(part)
        for part in torch.randn(2, FEW_PAIRS, SMALL_WIDTH).to(device))
    student.requires_grad_()

    def step() -> None:
        student.grad = None
        rows = gather_rows(student, teacher)
        sum(relational_losses(*rows, shard_over_ranks=True)).backward()

    return step
