"""Info files without their labels, and intensities of another range."""
import numpy as np
import torch
from mmdet3d.registry import DATASETS, TRANSFORMS
from mmdet3d.structures import LiDARPoints

WORDS = ['puddle', 'car', 'dog']


def test_any_classes_and_no_labels(keyframes, mmdet3d_scope):
    dataset = DATASETS.build(
        dict(
            type='UnlabelledScanDataset',
            data_root=str(keyframes),
            ann_file='infos.pkl',
            data_prefix=dict(pts='samples/LIDAR_TOP'),
            metainfo=dict(classes=WORDS, palette=[[0, 0, 0]] * 3),
            pipeline=[],
            test_mode=True))
    assert len(dataset) == 2
    assert list(dataset.metainfo['classes']) == WORDS
    info = dataset.get_data_info(1)
    assert info['lidar_path'] == str(keyframes /
                                     'samples/LIDAR_TOP/001.pcd.bin')
    assert 'pts_semantic_mask_path' not in info


def test_scale_intensity(mmdet3d_scope):
    transform = TRANSFORMS.build(dict(type='ScaleIntensity', factor=255))
    table = torch.rand(10, 5)
    points = transform(
        dict(points=LiDARPoints(table.clone(), points_dim=5)))['points']
    expected = table.numpy() * np.array([1, 1, 1, 255, 1], np.float32)
    np.testing.assert_allclose(points.tensor.numpy(), expected)
    assert '255' in repr(transform)
