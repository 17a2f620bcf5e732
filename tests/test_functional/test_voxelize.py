"""Quantisation against mmdet3d's own and against a dictionary."""
import numpy as np
import pytest
import torch

from reldistill_mm.functional import voxelize

ONE = torch.ones(3)


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


@pytest.mark.parametrize('sizes', [(500, ), (300, 1, 200), (40000, 3)])
def test_against_a_dictionary(sizes):
    clouds = [torch.randint(-3, 12, (size, 3)).float() for size in sizes]
    voxels = voxelize(clouds, ONE)
    coors = torch.cat([
        torch.cat([torch.full((len(cloud), 1), index), cloud - cloud.amin(0)],
                  1) for index, cloud in enumerate(clouds)
    ]).int()
    keys, first, inverse = brute_force(coors)
    assert voxels.coors.tolist() == [list(key) for key in keys]
    assert voxels.first_point.tolist() == first
    assert voxels.point2voxel.tolist() == inverse
    assert voxels.coors.dtype == torch.int32
    # Where a point went, there its coordinate is.
    assert torch.equal(voxels.coors[voxels.point2voxel], coors)
    counts = torch.bincount(voxels.coors[:, 0]).cumsum(0)
    assert voxels.bounds == [0, *counts.tolist()]


def test_against_mmdet3d():
    pytest.importorskip('mmdet3d')
    from mmdet3d.models import Det3DDataPreprocessor
    xyz, size = torch.randn(2000, 3) * 5, torch.tensor([.1, .2, .3])
    expected = torch.round(xyz / size).int()
    expected -= expected.min(0)[0]
    inds, inverse = Det3DDataPreprocessor().sparse_quantize(
        expected.numpy(), return_index=True, return_inverse=True)
    voxels = voxelize([xyz], size)
    np.testing.assert_array_equal(voxels.first_point, inds)
    np.testing.assert_array_equal(voxels.point2voxel, inverse)
    assert torch.equal(voxels.coors[:, 1:], expected[inds])


def test_invariant_to_order():
    cloud = torch.randint(0, 4, (300, 3)).float()
    order = torch.randperm(300)
    voxels, shuffled = voxelize([cloud], ONE), voxelize([cloud[order]], ONE)
    assert torch.equal(voxels.coors, shuffled.coors)
    assert torch.equal(voxels.point2voxel[order], shuffled.point2voxel)


def test_waits_for_the_device_once(monkeypatch):
    """Trap 3: what reads a value of a tensor stalls a GPU."""
    waits = []
    tolist = torch.Tensor.tolist
    monkeypatch.setattr(torch.Tensor, 'tolist',
                        lambda self: waits.append(1) or tolist(self))

    def refuse(*args, **kwargs):
        raise AssertionError('waits for the device')

    for name in ('__bool__', '__int__', '__float__', '__index__', 'item',
                 'nonzero', 'numpy', 'cpu', 'unique', 'masked_select'):
        monkeypatch.setattr(torch.Tensor, name, refuse)
    voxelize([torch.rand(50, 3), torch.rand(30, 3)], ONE)
    assert len(waits) == 1


def test_an_empty_cloud():
    with pytest.raises(ValueError, match='sample 1 .* no point'):
        voxelize([torch.rand(4, 3), torch.zeros(0, 3)], ONE)


@pytest.mark.parametrize('far', [1e20, -1e20, 3e5, 1e38, float('nan')])
def test_a_stray_point_is_named(far):
    clouds = [torch.rand(50, 3), torch.rand(50, 3)]
    clouds[1][7, 1] = far
    with pytest.raises(ValueError, match='sample 1 .*stray points'):
        voxelize(clouds, ONE)
    clouds[1][7, 1] = 2e5
    assert voxelize(clouds, ONE).coors[:, 2].max() == 2e5
