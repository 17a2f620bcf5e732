"""Voxelisation against mmdet3d's own, and what it must not do."""
import numpy as np
import pytest
import torch
from mmdet3d.models import Det3DDataPreprocessor
from mmdet3d.structures import Det3DDataSample, PointData

from reldistill_mm.errors import BadInput
from reldistill_mm.models import DistillDataPreprocessor

VOXEL = dict(
    voxel=True,
    voxel_type='minkunet',
    voxel_layer=dict(
        max_num_points=-1,
        point_cloud_range=[-100, -100, -20, 100, 100, 20],
        voxel_size=[0.5, 0.5, 0.5],
        max_voxels=(-1, -1)))


def batch(sizes=(500, 300), labels=True):
    clouds = [torch.randn(size, 4) * 4 for size in sizes]
    samples = []
    for cloud in clouds:
        sample = Det3DDataSample()
        sample.gt_pts_seg = PointData()
        if labels:
            sample.gt_pts_seg.pts_semantic_mask = torch.randint(
                0, 9, (len(cloud), ))
        samples.append(sample)
    return clouds, samples


def run(preprocessor, clouds, samples, training=False):
    preprocessor.train(training)
    data = dict(inputs=dict(points=clouds), data_samples=samples)
    out = preprocessor(data, training)
    return out['inputs']['voxels'], out['data_samples']


def upstream_voxels(monkeypatch, clouds, samples):
    """mmdet3d's minkunet branch, its .cuda() calls made harmless."""
    monkeypatch.setattr(torch.Tensor, 'cuda', lambda self: self)
    return run(
        Det3DDataPreprocessor(batch_first=True, **VOXEL), clouds, samples)


def test_equals_mmdet3d(monkeypatch):
    clouds, samples = batch()
    found, found_samples = run(
        DistillDataPreprocessor(**VOXEL), clouds, samples)
    expected, expected_samples = upstream_voxels(
        monkeypatch, clouds, [sample.clone() for sample in samples])
    assert torch.equal(found['coors'], expected['coors'])
    assert torch.equal(found['voxels'], expected['voxels'])
    for mine, theirs in zip(found_samples, expected_samples):
        assert torch.equal(mine.point2voxel_map, theirs.point2voxel_map)
        assert torch.equal(mine.batch_idx, theirs.batch_idx)
        assert torch.equal(mine.gt_pts_seg.voxel_semantic_mask,
                           theirs.gt_pts_seg.voxel_semantic_mask)


def test_no_round_trip_through_numpy(monkeypatch):
    """Traps 1 and 3: neither .cuda() nor .numpy() nor .cpu()."""

    def refuse(*args, **kwargs):
        raise AssertionError('left the device')

    clouds, samples = batch()
    for name in ('cuda', 'numpy', 'cpu'):
        monkeypatch.setattr(torch.Tensor, name, refuse)
    monkeypatch.setattr(np, 'unique', refuse)
    run(DistillDataPreprocessor(**VOXEL), clouds, samples)


@pytest.mark.parametrize('training', [True, False])
def test_max_voxels_keeps_the_map_exact(training):
    """Trap 2: dropped voxels leave -1, the others point where they are."""
    clouds, samples = batch()
    preprocessor = DistillDataPreprocessor(max_voxels=100, **VOXEL)
    voxels, samples = run(preprocessor, clouds, samples, training)
    counts = [len(sample.batch_idx) for sample in samples]
    if not training:
        assert min(counts) > 100
    else:
        assert counts == [100, 100]
    offset = 0
    for index, (cloud, sample) in enumerate(zip(clouds, samples)):
        kept = sample.point2voxel_map >= 0
        assert kept.all() == (not training)
        mine = voxels['coors'][offset:offset + counts[index]]
        assert (mine[:, 0] == index).all()
        grid = torch.round(cloud[:, :3] / 0.5).int()
        grid -= grid.amin(0)
        assert torch.equal(mine[sample.point2voxel_map[kept], 1:], grid[kept])
        offset += counts[index]


def test_without_labels_and_without_samples():
    clouds, samples = batch(labels=False)
    voxels, _ = run(DistillDataPreprocessor(**VOXEL), clouds, samples)
    assert len(voxels['voxels']) == len(voxels['coors'])
    with pytest.raises(ValueError, match='data_samples'):
        DistillDataPreprocessor(**VOXEL).voxelize(clouds, None)


def test_an_empty_cloud_is_named():
    clouds, samples = batch((500, 300))
    clouds[0] = clouds[0][:0]
    samples[0].set_metainfo(dict(lidar_path='a.bin'))
    with pytest.raises(ValueError, match="'a.bin' is left"):
        DistillDataPreprocessor(**VOXEL).voxelize(clouds, samples)


def test_images_are_normalised_without_swapping_channels():
    mean, std = [10., 20., 30.], [1., 2., 3.]
    preprocessor = DistillDataPreprocessor(mean=mean, std=std, **VOXEL)
    clouds, samples = batch()
    images = [torch.randint(0, 255, (6, 3, 4, 8), dtype=torch.uint8)] * 2
    out = preprocessor(
        dict(inputs=dict(points=clouds, img=images), data_samples=samples))
    expected = (images[0].float() - torch.tensor(mean)[:, None, None]
                ) / torch.tensor(std)[:, None, None]
    assert out['inputs']['imgs'].shape == (2, 6, 3, 4, 8)
    torch.testing.assert_close(out['inputs']['imgs'][1], expected)


def test_a_flat_cloud_fits_minkunet():
    clouds, samples = batch()
    for cloud in clouds:
        cloud[:, 2].clamp_(-1, 1)
    found, _ = run(DistillDataPreprocessor(**VOXEL), clouds, samples)
    assert found['coors'].amax(0)[1:].min() >= 15


def test_a_batch_that_is_not_packed():
    with pytest.raises(BadInput, match='is not packed: end the pipeline'):
        DistillDataPreprocessor(**VOXEL)(dict(points=[torch.rand(5, 4)]))
