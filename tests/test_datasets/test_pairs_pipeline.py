"""Pairs through the pipeline: they must survive whatever happens to points.
"""
import numpy as np
import pytest
import torch
from mmdet3d.registry import TRANSFORMS
from PIL import ImageFile
from test_datasets.test_nuscenes_lidarseg import build
from tiny_nuscenes import write_keyframes

from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.transforms.image_augment import random_box
from reldistill_mm.errors import BadInput
from reldistill_mm.functional import project_points

PACK = T.PackPairs(keys=['points', 'img', 'pts_semantic_mask'])


@pytest.fixture
def loaded(keyframes):
    np.random.seed(0)
    info = build(keyframes).get_data_info(0)
    for step in (T.LoadLidarPoints(load_dim=5, use_dim=4), T.LoadPointLabels(),
                 T.LoadCameraImages(), T.PairPointsWithPixels()):
        info = step.transform(info)
    return info


def pair_content(packed):
    """What a pair says, whatever row its point has: intensity names it."""
    points = packed['inputs']['points']
    pairs = packed['data_samples'].pairs
    intensity = points[pairs.point][:, 3]
    rows = zip(intensity.tolist(), pairs.camera.tolist(),
               pairs.uv[:, 0].tolist(), pairs.uv[:, 1].tolist())
    return set(rows)


CLOUD_TRANSFORMS = [
    dict(type='PointsRangeFilter', point_cloud_range=[-9, -9, -5, 9, 9, 5]),
    dict(type='PointShuffle'),
    dict(type='PointSample', num_points=700),
    # More than there are: some points come twice, others not at all.
    dict(type='PointSample', num_points=5000),
    dict(
        type='RandomFlip3D',
        sync_2d=False,
        flip_ratio_bev_horizontal=1.0,
        flip_ratio_bev_vertical=1.0),
    dict(
        type='GlobalRotScaleTrans',
        rot_range=[1.0, 1.1],
        scale_ratio_range=[1.2, 1.3],
        translation_std=[1, 1, 1]),
    dict(type='RandomJitterPoints', jitter_std=[.1, .1, .1]),
]


@pytest.mark.parametrize(
    'config', CLOUD_TRANSFORMS, ids=[c['type'] for c in CLOUD_TRANSFORMS])
def test_pairs_survive(loaded, config, mmdet3d_scope):
    images = [np.asarray(image) for image in loaded['camera_imgs']]
    before = pair_content(PACK(dict(loaded)))
    out = TRANSFORMS.build(config)(loaded)
    packed = PACK(out)
    after = pair_content(packed)
    assert after and after <= before
    if config['type'] not in ('PointsRangeFilter', 'PointSample'):
        assert after == before
    # Each surviving point keeps all of its pairs.
    kept = {row[0] for row in after}
    assert {row for row in before if row[0] in kept} == after
    # Labels and visibility travel with the points as well.
    points, sample = packed['inputs']['points'], packed['data_samples']
    assert points.shape[1] == 4
    assert len(sample.gt_pts_seg.camera_visible) == len(points)
    seen = set(points[sample.gt_pts_seg.camera_visible][:, 3].tolist())
    assert seen == kept
    # And no transform of the cloud has touched the images.
    for image, packed_image in zip(images, packed['inputs']['img']):
        np.testing.assert_array_equal(image, packed_image.permute(1, 2, 0))


def test_pairs_project_back(loaded):
    packed = PACK(dict(loaded))
    sample, points = packed['data_samples'], packed['inputs']['points']
    for camera, image in enumerate(loaded['images'].values()):
        mine = sample.pairs.camera == camera
        assert mine.sum() > 20
        uv, depth = project_points(
            points[sample.pairs.point[mine], :3].numpy(), image['lidar2cam'],
            image['cam2img'])
        np.testing.assert_allclose(sample.pairs.uv[mine], uv, atol=1e-3)
        np.testing.assert_allclose(sample.pairs.depth[mine], depth, rtol=1e-5)


@pytest.mark.parametrize(
    'config', [
        dict(
            type='PolarMix',
            instance_classes=[0, 1, 2, 3],
            swap_ratio=1.0,
            rotate_paste_ratio=1.0),
        dict(type='LaserMix', num_areas=[3, 4], pitch_angles=[-25, 3]),
    ],
    ids=['PolarMix', 'LaserMix'])
def test_mixing_brings_no_foreign_pairs(loaded, keyframes, config,
                                        mmdet3d_scope):
    """Points of another cloud carry another tag: they have no pairs."""
    before = pair_content(PACK(dict(loaded)))
    steps = [
        dict(type='LoadLidarPoints', load_dim=5, use_dim=4),
        dict(type='LoadPointLabels'),
        dict(type='LoadCameraImages'),
        dict(type='PairPointsWithPixels')
    ]
    loaded['dataset'] = build(keyframes)
    mixed = TRANSFORMS.build(dict(config, pre_transform=steps, prob=1.0))
    packed = PACK(mixed(loaded))
    after = pair_content(packed)
    assert after and after < before
    points, sample = packed['inputs']['points'], packed['data_samples']
    visible = sample.gt_pts_seg.camera_visible
    assert len(points) == len(visible) == len(
        sample.gt_pts_seg.pts_semantic_mask)
    own = {row[0] for row in before}
    assert set(points[visible][:, 3].tolist()) <= own


def test_resized_crop_moves_pairs_with_the_image(loaded):
    """A pair must still see the colour that it saw before."""
    raw = {}
    images = [np.asarray(i).astype(float) for i in loaded['camera_imgs']]
    for row in range(len(loaded['pairs'].point)):
        pair = loaded['pairs']
        image = images[pair.camera[row]]
        u, v = np.round(pair.uv[row]).astype(int)
        raw[pair.point[row], pair.camera[row]] = image[v, u]
    out = T.RandomFlipCameras(prob=0.5).transform(
        T.ResizedCropCameras(size=(64, 128)).transform(dict(loaded)))
    assert all(image.shape == (64, 128, 3) for image in out['camera_imgs'])
    pairs, errors = out['pairs'], []
    assert 0 < len(pairs.point) < len(loaded['pairs'].point)
    for row in range(len(pairs.point)):
        u, v = np.round(pairs.uv[row]).astype(int).clip(0, [127, 63])
        colour = out['camera_imgs'][pairs.camera[row]][v, u].astype(float)
        errors.append(
            np.abs(colour - raw[pairs.point[row], pairs.camera[row]]).mean())
    # The images are smooth, so half a pixel changes little; a wrong side or
    # a wrong scale changes all.
    assert np.median(errors) < 8


def test_whole_image_without_area(loaded):
    out = T.ResizedCropCameras(
        size=(32, 64), area=None).transform(dict(loaded))
    assert len(out['pairs'].point) == len(loaded['pairs'].point)
    scale = 64 / 160
    np.testing.assert_allclose(
        out['pairs'].uv[:, 0], (loaded['pairs'].uv[:, 0] + 0.5) * scale - 0.5,
        atol=1e-4)


def test_crop_ends_when_an_image_has_no_pairs(loaded):
    """Trap 24: a loop that waits for pairs never ends there."""
    pairs = loaded['pairs']
    loaded['pairs'] = pairs.select(pairs.camera != 2)
    out = T.ResizedCropCameras(
        size=(32, 64), min_pairs=10**6).transform(loaded)
    assert 2 not in out['pairs'].camera


def test_random_boxes_fit():
    for _ in range(300):
        left, top, right, bottom = random_box((90, 160), (.3, 1),
                                              (14 / 9, 17 / 9))
        assert 0 <= left < right <= 160 and 0 <= top < bottom <= 90


def test_occlusion_drops_pairs(loaded, keyframes):
    info = build(keyframes).get_data_info(0)
    for step in (T.LoadLidarPoints(load_dim=5,
                                   use_dim=4), T.LoadCameraImages(),
                 T.PairPointsWithPixels(occlusion=dict(cell=4))):
        info = step.transform(info)
    assert 0 < len(info['pairs'].point) < len(loaded['pairs'].point)


def empty_sample(tmp_path):
    write_keyframes(tmp_path)
    info = build(tmp_path).get_data_info(0)
    for image in info['images'].values():
        image['lidar2cam'] = np.eye(4) - 2 * np.diag([0, 0, 1, 0])
        image['cam2img'] = [[1e6, 0, 79.5], [0, 1e6, 44.5], [0, 0, 1]]
    for step in (T.LoadLidarPoints(load_dim=5, use_dim=4), T.LoadPointLabels(),
                 T.LoadCameraImages()):
        info = step.transform(info)
    return info


def test_no_point_in_any_camera(tmp_path):
    info = empty_sample(tmp_path)
    with pytest.raises(ValueError, match='000.pcd.bin.*check lidar2cam'):
        T.PairPointsWithPixels().transform(dict(info))
    with pytest.warns(UserWarning, match="on_empty='warn'"):
        info = T.PairPointsWithPixels(on_empty='warn').transform(info)
    info = T.ResizedCropCameras(size=(32, 64)).transform(info)
    packed = PACK(T.RandomFlipCameras().transform(info))
    assert len(packed['data_samples'].pairs.point) == 0
    assert not packed['data_samples'].gt_pts_seg.camera_visible.any()


def test_bad_on_empty():
    with pytest.raises(ValueError, match="'error' or 'warn'"):
        T.PairPointsWithPixels(on_empty='ignore')


def test_without_pairing_packs_as_upstream(keyframes):
    info = build(keyframes).get_data_info(0)
    for step in (T.LoadLidarPoints(load_dim=5,
                                   use_dim=4), T.LoadPointLabels()):
        info = step.transform(info)
    packed = PACK(info)
    assert 'pairs' not in packed['data_samples']
    assert packed['inputs']['points'].shape == (3000, 4)
    assert torch.is_tensor(packed['data_samples'].gt_pts_seg.pts_semantic_mask)


def test_a_subset_of_cameras_keeps_its_images_and_pairs(loaded):
    before, images = loaded['pairs'], list(loaded['camera_imgs'])
    visible = loaded['camera_visible'].copy()
    out = T.SampleCameras(2).transform(loaded)
    assert len(out['camera_imgs']) == len(out['img_shapes']) == 2
    for name, path in zip(out['camera_names'], out['img_path']):
        assert f'/{name}/' in path
    for new, image in enumerate(out['camera_imgs']):
        old = next(i for i, other in enumerate(images) if other is image)
        np.testing.assert_array_equal(
            out['pairs'].uv[out['pairs'].camera == new],
            before.uv[before.camera == old])
    np.testing.assert_array_equal(out['camera_visible'], visible)
    packed = PACK(out)
    assert packed['inputs']['img'].shape[0] == 2
    with pytest.raises(ValueError, match='num_cameras'):
        T.SampleCameras(0)


def test_cameras_that_are_left_out_are_never_decoded(loaded, monkeypatch):
    decoded = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, 'load',
                        lambda self: decoded.append(self) or load(self))
    out = T.ResizedCropCameras(size=(32, 64)).transform(
        T.SampleCameras(1).transform(loaded))
    PACK(T.RandomFlipCameras(prob=1.0).transform(out))
    assert len({id(image) for image in decoded}) == 1


def test_pipelines_without_a_crop_get_whole_images(loaded):
    expected = [np.asarray(image) for image in loaded['camera_imgs']]
    before = loaded['pairs'].uv
    out = T.RandomFlipCameras(prob=1.0).transform(loaded)
    packed = PACK(out)
    for image, flipped in zip(expected, packed['inputs']['img']):
        np.testing.assert_array_equal(image[:, ::-1], flipped.permute(1, 2, 0))
    np.testing.assert_array_equal(packed['data_samples'].pairs.uv[:, 0],
                                  159 - before[:, 0])


def test_images_of_several_sizes_are_not_packed(loaded):
    loaded['camera_imgs'][2] = np.zeros((10, 20, 3), np.uint8)
    with pytest.raises(ValueError, match='put ResizedCropCameras'):
        PACK(loaded)


def test_images_that_left_their_pairs_are_not_packed(loaded):
    images = loaded['camera_imgs']
    loaded['camera_imgs'] = [np.zeros((45, 80, 3), np.uint8)] * len(images)
    with pytest.raises(BadInput, match=r'\(45, 80\).*pairs for.*\(90, 160\)'):
        PACK(loaded)


def test_images_that_are_no_bytes_are_not_packed(loaded):
    """Copied into bytes, 256.0 would become 0."""
    images = loaded['camera_imgs']
    loaded['camera_imgs'] = [np.full((90, 160, 3), 256.)] * len(images)
    with pytest.raises(BadInput, match="'float64'.*uint8, 0 to 255"):
        PACK(loaded)


def test_more_cameras_than_there_are(loaded):
    before = len(loaded['pairs'].point)
    assert len(T.SampleCameras(9).transform(loaded)['pairs'].point) == before
