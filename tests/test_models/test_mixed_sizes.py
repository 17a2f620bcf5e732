"""Batches of images of several sizes."""
import torch
from mmdet3d.structures import Det3DDataSample, PointData

from reldistill_mm.models import DistillDataPreprocessor
from reldistill_mm.models.mixed_sizes import features_of_batch


class Looking:
    """A teacher whose feature is the pixel and the size of its image."""

    def features_at(self, images, image, uv):
        u, v = uv.long().T
        size = torch.tensor(images.shape[-2:]).float()
        pixel = images[image, :, v, u]
        return torch.cat([pixel, size.expand(len(uv), 2)], 1)


def test_each_size_by_itself():
    torch.manual_seed(0)
    sizes = [(8, 16), (4, 6), (8, 16), (10, 4)]
    images = [torch.rand(3, 3, *size) for size in sizes]
    image = torch.randint(0, 12, (50, ))
    uv = torch.stack([torch.randint(0, 4, (50, )) for _ in range(2)],
                     1).float()
    found = features_of_batch(Looking(), images, image, uv)
    for row in range(50):
        sample, camera = divmod(int(image[row]), 3)
        u, v = uv[row].long()
        assert found[row, :3].tolist() == images[sample][camera, :, v,
                                                         u].tolist()
        assert found[row, 3:].tolist() == list(sizes[sample])
    none = features_of_batch(Looking(), images, image[:0], uv[:0])
    assert none.shape == (0, 5)


def test_one_size_goes_to_the_teacher_at_once():
    images = torch.rand(2, 3, 3, 8, 8)
    image, uv = torch.tensor([0, 5]), torch.zeros(2, 2)
    assert torch.equal(
        features_of_batch(Looking(), images, image, uv),
        features_of_batch(Looking(), list(images), image, uv))


def test_nothing_is_padded_to_the_size_of_another_set():
    preprocessor = DistillDataPreprocessor(
        mean=[1., 2, 3],
        std=[2., 2, 2],
        voxel=True,
        voxel_type='minkunet',
        voxel_layer=dict(
            max_num_points=-1,
            point_cloud_range=[-100, -100, -20, 100, 100, 20],
            voxel_size=[0.5, 0.5, 0.5],
            max_voxels=(-1, -1)))
    images = [
        torch.randint(0, 255, (views, 3, *size), dtype=torch.uint8)
        for views, size in ((1, (32, 64)), (2, (64, 32)))
    ]
    samples = [Det3DDataSample() for _ in images]
    for sample in samples:
        sample.gt_pts_seg = PointData()
    out = preprocessor(
        dict(
            inputs=dict(img=images, points=[torch.randn(50, 4)] * 2),
            data_samples=samples), True)
    found = out['inputs']['imgs']
    assert [tuple(each.shape) for each in found] == [(2, 3, 32, 64),
                                                     (2, 3, 64, 32)]
    mean = torch.tensor([1., 2, 3]).view(3, 1, 1)
    assert torch.equal(found[0][0], (images[0][0].float() - mean) / 2)
    assert torch.equal(found[1], (images[1].float() - mean) / 2)
    assert len(out['inputs']['points']) == 2
