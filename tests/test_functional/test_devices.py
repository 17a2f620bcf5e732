"""The same on every device as in NumPy or in double precision."""
import numpy as np
import pytest
import torch
from devices import ON_DEVICES
from torch import nn
from torch.nn.functional import grid_sample

from reldistill_mm import functional as F


@ON_DEVICES
@pytest.mark.parametrize('sweeps', [1, 3])
def test_voxels(device, sweeps):
    """Rows, first points and maps, as one dictionary per sweep has them."""
    clouds = [30 * torch.rand(count, 3) for count in (500, 1, 700)]
    clouds[0][-1] = clouds[0][0]
    parts = [torch.arange(len(cloud)) % sweeps for cloud in clouds]
    size = torch.full((3, ), .1)
    args = [cloud.to(device) for cloud in clouds], size.to(device)
    found = (
        F.voxelize(*args) if sweeps == 1 else F.voxelize_sweeps(
            args[0], [part.to(device) for part in parts], args[1]))
    rows, first, place, offset, number = [], [], [], 0, 0
    bounds = [0]
    for cloud, part in zip(clouds, parts):
        own = torch.empty(len(cloud), dtype=torch.long)
        for sweep in part.unique():
            chosen = (part == sweep).nonzero().flatten()
            grid = torch.round(cloud[chosen] / size).int()
            grid -= grid.amin(0)
            cells, start, inverse = np.unique(
                grid.numpy(), axis=0, return_index=True, return_inverse=True)
            own[chosen] = torch.from_numpy(inverse).flatten() + len(rows)
            rows += [(number, *cell) for cell in cells.tolist()]
            first += (chosen[start] + offset).tolist()
            number += 1
        place += own.tolist()
        bounds.append(len(rows))
        offset += len(cloud)
    assert found.coors.tolist() == [list(row) for row in rows]
    assert found.first_point.tolist() == first
    assert found.point2voxel.tolist() == place and found.bounds == bounds
    assert found.coors.device == torch.device(device)


@ON_DEVICES
def test_from_points_to_features(device):
    """Paired as NumPy projects, read as grid_sample reads."""
    torch.manual_seed(1)
    xyz = 8 * torch.rand(600, 3) - torch.tensor([4., 4., 0.])
    turned = torch.eye(4)
    turned[0, 0] = turned[2, 2] = -1
    turned[2, 3] = 9.
    cam2img = torch.tensor([[40., 0, 32], [0, 40, 16], [0, 0, 1]])
    pairs = F.pair_points_with_pixels(xyz.numpy(),
                                      [np.eye(4), turned.numpy()],
                                      [cam2img.numpy()] * 2, [(32, 64)] * 2)
    assert set(pairs.camera.tolist()) == {0, 1} and len(pairs.point) > 100
    maps = torch.randn(2, 5, 4, 8)
    uv = torch.from_numpy(pairs.uv).float()
    image = torch.from_numpy(pairs.camera).long()
    found = F.sample_bilinear(
        maps.to(device), image.to(device), uv.to(device), (32, 64))
    place = 2 * (uv + .5) / torch.tensor([64, 32]) - 1
    wanted = grid_sample(
        maps[image].double(),
        place[:, None, None].double(),
        padding_mode='border',
        align_corners=False)[..., 0, 0]
    torch.testing.assert_close(
        found.double().cpu(), wanted, rtol=1e-4, atol=1e-4)


@ON_DEVICES
def test_clusters_and_even_draws(device):
    """Random numbers come from outside: the same ones, the same rows."""
    rows, draws = torch.randn(300, 8), torch.rand(6)
    order = torch.randperm(300)
    wanted = F.nearest_centres(rows, F.cluster_centres(rows, draws))
    rows, draws = rows.to(device), draws.to(device)
    found = F.nearest_centres(rows, F.cluster_centres(rows, draws))
    assert found.tolist() == wanted.tolist()
    drawn = F.even_draw(found, order.to(device), 60)
    assert drawn.tolist() == F.even_draw(wanted, order, 60).tolist()
    assert wanted[drawn.cpu()].bincount(minlength=6).tolist() == [10] * 6


@ON_DEVICES
def test_pooled_rows(device):
    """Means of unit rows, as a loop in double precision takes them."""
    rows, group = torch.randn(2, 200, 6), torch.randint(0, 30, (200, ))
    found = F.pool_rows(*rows.to(device), group.to(device))
    unit = torch.nn.functional.normalize(rows.double(), dim=-1)
    for mine, each in zip(found, unit):
        wanted = torch.stack(
            [each[group == number].mean(0) for number in group.unique()])
        torch.testing.assert_close(mine.double().cpu(), wanted)


@pytest.mark.gpu
def test_batch_statistics_of_one_process():
    """torch has SyncBatchNorm on GPUs alone."""
    norm, plain = nn.SyncBatchNorm(3).cuda(), nn.BatchNorm1d(3).cuda()
    rows = torch.randn(20, 3, device='cuda')
    torch.testing.assert_close(norm(rows), plain(rows))
