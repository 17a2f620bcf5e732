"""Our pairing of MiniWorld against the devkit and against the pictures."""
import numpy as np
import pytest
from nuscenes.nuscenes import NuScenes
from PIL import Image
from test_datasets.test_nuscenes_lidarseg import PREFIX, build

from miniworld import ensure_miniworld
from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
from reldistill_mm.functional import occluded


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    """Three scenes at the default resolution."""
    root = tmp_path_factory.mktemp('pairing') / 'data'
    ensure_miniworld(root, quiet=True, scenes=(2, 1), keyframes=2)
    convert_nuscenes(root, root, 'v1.0-mini')
    return root


@pytest.fixture(scope='module')
def frames(world):
    """Every train keyframe, paired, with the classes of its pixels."""
    dataset = build(
        world,
        ann_file='nuscenes_infos_train.pkl',
        data_prefix=dict(PREFIX, pts_semantic_mask='lidarseg/v1.0-mini'))
    return [paired(dataset.get_data_info(i)) for i in range(len(dataset))]


def paired(info):
    for step in (T.LoadLidarPoints(load_dim=5, use_dim=4),
                 T.LoadCameraImages(decode=False), T.PairPointsWithPixels()):
        info = step.transform(info)
    pairs = info['pairs']
    raw = np.fromfile(info['pts_semantic_mask_path'], np.uint8)
    info['point_class'] = raw[pairs.point]
    pixels = np.zeros(len(pairs.point), np.uint8)
    near = np.zeros(len(pairs.point), bool)
    for camera, path in enumerate(info['img_path']):
        mine = pairs.camera == camera
        u, v = np.round(pairs.uv[mine]).astype(int).T
        path = path.replace('/samples/', '/classmaps/').replace('jpg', 'png')
        classes = np.pad(np.asarray(Image.open(path)), 1, mode='edge')
        pixels[mine] = classes[v + 1, u + 1]
        near[mine] = np.any([
            classes[v + i, u + j] == raw[pairs.point[mine]] for i in range(3)
            for j in range(3)
        ], 0)
    info['pixel_class'], info['class_near'] = pixels, near
    return info


def test_equals_the_devkits_projection(world, frames):
    nusc = NuScenes('v1.0-mini', str(world), verbose=False)
    for info in frames[:2]:
        sample = nusc.get('sample', info['token'])
        for camera, name in enumerate(info['images']):
            expected, depth, _ = nusc.explorer.map_pointcloud_to_image(
                sample['data']['LIDAR_TOP'],
                sample['data'][name],
                min_dist=1.0)
            pairs = info['pairs'].select(info['pairs'].camera == camera)
            # The devkit leaves out one pixel more at the left and top.
            inside = (pairs.uv > 1).all(1)
            assert len(expected.T) == inside.sum() > 500
            np.testing.assert_allclose(
                pairs.uv[inside], expected[:2].T, atol=1e-2)
            np.testing.assert_allclose(
                pairs.depth[inside], depth, rtol=1e-4, atol=1e-3)


def test_pairs_see_their_own_class_but_for_occlusion(frames):
    """Hidden: the point's class is not even at the edge of the next pixel.
    """
    same, near, flagged = [
        np.concatenate(column)
        for column in zip(*((f['point_class'] == f['pixel_class'],
                             f['class_near'],
                             occluded(f['pairs'], f['img_shapes']))
                            for f in frames))
    ]
    assert 0.005 < (~near).mean() < 0.15
    assert same[near].mean() >= 0.97
    # The z-buffer finds most of what is hidden, and takes little else.
    assert flagged[~near].mean() > 0.5
    assert flagged[same].mean() < 0.05
    assert same[~flagged].mean() > same.mean()
