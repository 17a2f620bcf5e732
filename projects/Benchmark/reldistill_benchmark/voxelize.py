"""Compare voxelising a batch with mmdet3d's hash and ``np.unique``."""
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from reldistill_mm.functional import voxelize
from .keyframe import load_keyframe
from .measure import OTHER, OURS, Settings, Work, compare

VOXEL_SIZE = (0.1, 0.1, 0.1)
OTHER_WAY = "NumPy: hash and np.unique, as mmdet3d's minkunet voxels"
MMDET3D = "mmdet3d's own Det3DDataPreprocessor"
GOAL = 'ratio at least 2'
Batch = tuple[Tensor, Tensor, Tensor]


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run batches of one and of four, and mmdet3d itself if installed."""
    frame = load_keyframe(settings.data)
    cases = [(prepare, OTHER_WAY)]
    if find_spec('mmdet3d') is not None:
        cases.append((prepare_mmdet3d, MMDET3D))
    rows = []
    for function, other_way in cases:
        for batch_size in (1, 4):
            row = compare(function, (settings.data, batch_size), settings)
            rows.append(
                dict(
                    case=f'{frame.name}, {batch_size} x '
                    f'{len(frame.points)} points, 0.1 m',
                    other_way=other_way,
                    goal=GOAL,
                    **row))
    return rows


def prepare(data: str, batch_size: int, device: str) -> dict[str, Work]:
    """Prepare both ways on clouds of the keyframe."""
    return implementations(make_clouds(data, batch_size, device))


def make_clouds(data: str, batch_size: int, device: str) -> list[Tensor]:
    """Make clouds of the keyframe's points (N, 4), each turned differently."""
    points = torch.from_numpy(load_keyframe(data).points[:, :4].copy())
    clouds = []
    for index in range(batch_size):
        angle = torch.tensor(index * .7)
        turn = torch.eye(4)
        turn[:2, :2] = torch.stack(
            [angle.cos(), -angle.sin(),
             angle.sin(), angle.cos()]).view(2, 2)
        clouds.append((points @ turn.T).to(device))
    return clouds


def implementations(clouds: list[Tensor]) -> dict[str, Work]:
    """Return both ways to voxels, coordinates and the point-to-voxel map."""
    size = clouds[0].new_tensor(VOXEL_SIZE)

    def ours() -> Batch:
        voxels = voxelize([cloud[:, :3] for cloud in clouds], size)
        features = torch.cat(clouds).index_select(0, voxels.first_point)
        return features, voxels.coors, voxels.point2voxel

    return {OURS: ours, OTHER: lambda: with_numpy(clouds, size)}


def with_numpy(clouds: list[Tensor], size: Tensor) -> Batch:
    """Voxelise sample by sample, through NumPy and back to the device."""
    features, coors, maps, offset = [], [], [], 0
    for index, cloud in enumerate(clouds):
        grid = torch.round(cloud[:, :3] / size).int()
        grid -= grid.min(0)[0]
        _, first, inverse = np.unique(
            hash_rows(grid.cpu().numpy()),
            return_index=True,
            return_inverse=True)
        first = torch.from_numpy(first).to(cloud.device)
        inverse = torch.from_numpy(inverse).to(cloud.device)
        features.append(cloud[first])
        coors.append(F.pad(grid[first], (1, 0), value=index))
        maps.append(inverse + offset)
        offset += len(first)
    return torch.cat(features), torch.cat(coors), torch.cat(maps)


def hash_rows(grid: np.ndarray) -> np.ndarray:
    """Number each row (N,) uint64 in the grid that holds all of them."""
    grid = (grid - grid.min(0)).astype(np.uint64)
    extent = grid.max(0) + np.uint64(1)
    return (grid[:, 0] * extent[1] + grid[:, 1]) * extent[2] + grid[:, 2]


def prepare_mmdet3d(data: str, batch_size: int,
                    device: str) -> dict[str, Work]:
    """Prepare the two data preprocessors, which also keep the maps."""
    from mmdet3d.models import Det3DDataPreprocessor
    from mmdet3d.structures import Det3DDataSample, PointData

    from reldistill_mm.models import DistillDataPreprocessor
    from .upstream_baseline import without_cuda_calls
    clouds = make_clouds(data, batch_size, device)
    samples = [Det3DDataSample(gt_pts_seg=PointData()) for _ in clouds]
    options = dict(
        voxel=True,
        voxel_type='minkunet',
        batch_first=True,
        voxel_layer=dict(
            max_num_points=-1,
            point_cloud_range=[-100, -100, -20, 100, 100, 20],
            voxel_size=VOXEL_SIZE,
            max_voxels=(-1, -1)))
    mine = DistillDataPreprocessor(**options).to(device)
    stock = Det3DDataPreprocessor(**options).to(device)

    def other() -> dict:
        with without_cuda_calls(device):
            return stock.voxelize(clouds, samples)

    return {OURS: lambda: mine.voxelize(clouds, samples), OTHER: other}
