"""Quantisation against mmdet3d's own and against a dictionary."""
import numpy as np
import pytest
import torch

from reldistill_mm.functional import unique_voxels, voxel_grid


def brute_force(coors):
    seen = {}
    for index, row in enumerate(map(tuple, coors.tolist())):
        seen.setdefault(row, []).append(index)
    keys = sorted(seen)
    inverse = [0] * len(coors)
    for voxel, key in enumerate(keys):
        for index in seen[key]:
            inverse[index] = voxel
    return keys, [seen[key][0] for key in keys], inverse


def test_against_a_dictionary():
    coors = torch.randint(0, 5, (500, 4))
    voxels = unique_voxels(coors)
    keys, first, inverse = brute_force(coors)
    assert voxels.coors.tolist() == [list(key) for key in keys]
    assert voxels.first_point.tolist() == first
    assert voxels.point2voxel.tolist() == inverse
    assert voxels.coors.dtype == torch.int32
    # Where a point went, there its coordinate is.
    assert torch.equal(voxels.coors[voxels.point2voxel].long(), coors)


def test_against_mmdet3d():
    pytest.importorskip('mmdet3d')
    from mmdet3d.models import Det3DDataPreprocessor
    xyz = torch.randn(2000, 3) * 5
    grid = voxel_grid(xyz, torch.tensor([.1, .2, .3]))
    expected = torch.round(xyz / torch.tensor([.1, .2, .3])).int()
    expected -= expected.min(0)[0]
    assert torch.equal(grid.int(), expected)
    inds, inverse = Det3DDataPreprocessor().sparse_quantize(
        expected.numpy(), return_index=True, return_inverse=True)
    batch = torch.zeros(len(grid), 1, dtype=torch.int64)
    voxels = unique_voxels(torch.cat([batch, grid], 1))
    np.testing.assert_array_equal(voxels.first_point, inds)
    np.testing.assert_array_equal(voxels.point2voxel, inverse)


def test_invariant_to_order():
    coors = torch.randint(0, 4, (300, 4))
    order = torch.randperm(300)
    voxels, shuffled = unique_voxels(coors), unique_voxels(coors[order])
    assert torch.equal(voxels.coors, shuffled.coors)
    assert torch.equal(voxels.point2voxel[order], shuffled.point2voxel)


def test_last_row_has_the_last_batch():
    coors = torch.tensor([[1, 0, 0, 0], [0, 9, 9, 9], [1, 2, 2, 2]])
    assert unique_voxels(coors).coors[-1, 0] == 1


def test_empty_and_too_far():
    voxels = unique_voxels(torch.zeros(0, 4, dtype=torch.int64))
    assert len(voxels.coors) == len(voxels.first_point) == 0
    assert voxel_grid(torch.zeros(0, 3), torch.ones(3)).shape == (0, 3)
    for bad in (1 << 18, -1):
        with pytest.raises(ValueError, match='must be in'):
            unique_voxels(torch.tensor([[0, bad, 0, 0]]))


@pytest.mark.parametrize('far', [1e20, -1e20, 3e5, float('nan')])
def test_a_stray_point_is_named(far):
    xyz = torch.rand(50, 3)
    xyz[7, 1] = far
    with pytest.raises(ValueError, match='stray points'):
        voxel_grid(xyz, torch.tensor([1., 1., 1.]))
