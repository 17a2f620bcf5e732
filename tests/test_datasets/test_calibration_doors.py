"""Calibration, sizes and order: what the pairing takes and what it refuses."""
import pickle
import shutil

import numpy as np
import pytest
from mmcv.transforms import BaseTransform
from mmdet3d.registry import DATASETS, TRANSFORMS
from mmdet3d.structures.points import LiDARPoints
from mmengine.dataset import Compose
from PIL import Image
from test_datasets.test_nuscenes_lidarseg import build
from tiny_nuscenes import write_keyframes

from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.transforms import calibration
from reldistill_mm.datasets.transforms.order import check_order
from reldistill_mm.errors import BadInput
from reldistill_mm.teacher_cache import (CachedPairs, Manifest,
                                         frame_fingerprint, write_manifest,
                                         write_pairs)

POINTS = dict(type='LoadLidarPoints', load_dim=5, use_dim=4)
LABELS = dict(type='LoadPointLabels')
IMAGES = dict(type='LoadCameraImages')
SIZES = dict(type='LoadCameraImages', decode=False)
PAIR = dict(type='PairPointsWithPixels')

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')


def run(root, *steps, change=None, **kwargs):
    info = build(root, **kwargs).get_data_info(0)
    if change is not None:
        change(info)
    return Compose(list(steps))(info)


def resize_images(root, factor):
    for path in root.glob('samples/CAM*/*.jpg'):
        image = Image.open(path)
        size = [round(extent * factor) for extent in image.size]
        image.resize(size).save(path)


def state_sizes(path, height, width):
    content = pickle.loads(path.read_bytes())
    for info in content['data_list']:
        for image in info['images'].values():
            image.update(height=height, width=width)
    path.write_bytes(pickle.dumps(content))


@pytest.fixture
def frame(tmp_path):
    write_keyframes(tmp_path)
    return tmp_path


@pytest.fixture
def real(real_data, tmp_path):
    """The real keyframe with images of half their size."""
    shutil.copytree(real_data / 'nuscenes_keyframe', tmp_path / 'half')
    resize_images(tmp_path / 'half', 0.5)
    return tmp_path / 'half'


REAL = dict(ann_file='nuscenes_infos_keyframe.pkl')


@pytest.mark.parametrize('images', [IMAGES, SIZES])
def test_the_real_keyframe_at_half_its_size_is_refused(real, images):
    with pytest.raises(BadInput, match='800 x 450.*1600 x 900.*height') as e:
        run(real, POINTS, images, PAIR, **REAL)
    assert '\n' not in str(e.value) and 'CAM_FRONT' in str(e.value)


@pytest.mark.parametrize('said_by', ['info', 'loader'])
def test_the_real_keyframe_at_half_its_size_is_scaled(real_data, real,
                                                      said_by):
    whole = run(real_data / 'nuscenes_keyframe', POINTS, IMAGES, PAIR, **REAL)
    assert len(whole['pairs'].point) == 22115
    images = IMAGES
    if said_by == 'info':
        state_sizes(real / REAL['ann_file'], 900, 1600)
    else:
        images = dict(IMAGES, calibrated_size=(900, 1600))
    half = run(real, POINTS, images, PAIR, **REAL)
    assert half['img_shapes'] == [(450, 800)] * 6
    # The span of the outermost pixels' centres is half a pixel narrower.
    assert 0.99 * 22115 < len(half['pairs'].point) <= 22115
    moved = {(p, c): uv for p, c, uv, _ in zip(*half['pairs'][:4])}
    for point, camera, uv, _ in zip(*whole['pairs'][:4]):
        if (point, camera) in moved:
            np.testing.assert_allclose(
                moved[point, camera], (uv + .5) / 2 - .5, atol=1e-3)
    assert set(moved) <= set(zip(*whole['pairs'][:2]))
    # Without reading an image: all that validation wants is who is seen.
    sizes = run(real, POINTS, dict(images, decode=False), PAIR, **REAL)
    assert len(sizes['pairs'].point) == 22115


def test_sizes_of_the_info_need_no_file(frame):
    state_sizes(frame / 'infos.pkl', 90, 160)
    before = run(frame, POINTS, IMAGES, PAIR)['pairs']
    for path in frame.glob('samples/CAM*/*.jpg'):
        path.unlink()
    found = run(frame, POINTS, SIZES, PAIR)
    np.testing.assert_array_equal(found['pairs'].uv, before.uv)


@pytest.mark.parametrize('factor', [0.5, 2, 0.75])
def test_resized_images_of_any_camera(frame, factor):
    resize_images(frame, factor)
    width, height = round(160 * factor), round(90 * factor)
    with pytest.raises(BadInput, match=f'{width} x {height}.*160 x 90'):
        run(frame, POINTS, IMAGES, PAIR)
    state_sizes(frame / 'infos.pkl', 90, 160)
    found = run(frame, POINTS, IMAGES, PAIR)
    assert found['pairs'].uv[:, 0].max() > 0.95 * width


def test_sizes_that_nobody_states_are_said_once(frame, monkeypatch):
    """0.9 of the size cannot be told from another principal point."""
    said = []
    monkeypatch.setattr(calibration, 'print_log',
                        lambda text, **_: said.append(text))
    calibration._say_assumed.cache_clear()
    resize_images(frame, 0.9)
    run(frame, POINTS, IMAGES, PAIR)
    run(frame, POINTS, IMAGES, PAIR)
    assert len(said) == len(set(said)) and 'as they are stored' in said[0]
    assert 'calibrated_size=(height, width)' in said[0]
    said.clear()
    calibration._say_assumed.cache_clear()
    state_sizes(frame / 'infos.pkl', 90, 160)
    run(frame, POINTS, IMAGES, PAIR)
    assert not said


def test_lens_coefficients_are_said_once(frame, monkeypatch):
    said = []
    monkeypatch.setattr(calibration, 'print_log',
                        lambda text, **_: said.append(text))
    calibration._say_distorted.cache_clear()
    state_sizes(frame / 'infos.pkl', 90, 160)

    def pairs(**lens):
        return run(
            frame,
            POINTS,
            IMAGES,
            PAIR,
            change=lambda info: info['images']['CAM_BACK'].update(lens)
        )['pairs']

    before = pairs(distortion_model='plumb_bob', D=[0.] * 5)
    assert not said
    for _ in range(2):
        found = pairs(D=[-.3, .1, 0., 0., 0.])
    assert len(said) == 1 and 'D in its info, which is not applied' in said[0]
    np.testing.assert_array_equal(found.uv, before.uv)


def test_cropped_images_are_not_taken_for_resized_ones(frame):
    state_sizes(frame / 'infos.pkl', 90, 160)
    for path in frame.glob('samples/CAM_BACK/*.jpg'):
        Image.open(path).crop((0, 20, 160, 90)).save(path)
    with pytest.raises(
            BadInput, match='CAM_BACK.*160 x 70.*160 x 90.*cropped'):
        run(frame, POINTS, IMAGES, PAIR)


def alter(key, value):

    def change(info):
        camera = info['images']['CAM_FRONT_LEFT']
        if value is None:
            del camera[key]
        else:
            camera[key] = value(np.array(camera.get(key), float))

    return change


@pytest.mark.parametrize('key, value, message', [
    ('lidar2cam', None, 'has no lidar2cam'),
    ('cam2img', None, 'has no cam2img'),
    ('lidar2cam', lambda m: m * np.nan, 'lidar2cam holds values.*not finite'),
    ('lidar2cam', lambda m: m * 0, 'lidar2cam has .* as its last row'),
    ('lidar2cam', lambda m: m + 1e3 * np.eye(4, k=3), 'm from the LiDAR'),
    ('lidar2cam', lambda m: m.T, 'lidar2cam .*transposed'),
    ('cam2img', lambda m: m.T, 'cam2img .*transposed'),
    ('cam2img', lambda m: m * 0, 'cam2img has .* third row'),
    ('cam2img', lambda m: m / [[160], [90], [1]], 'principal point'),
    ('lidar2img', lambda m: np.eye(4), 'lidar2img puts points'),
])
def test_matrices_that_cannot_be(frame, key, value, message):
    with pytest.raises(BadInput, match=f"CAM_FRONT_LEFT'.*{message}") as e:
        run(frame, POINTS, IMAGES, PAIR, change=alter(key, value))
    assert '000.jpg' in str(e.value)


@pytest.mark.parametrize('key, text', [
    ('cam2img', 'cam2img is of shape (2, 2), not 3x3 or 3x4 or 4x4.'),
    ('lidar2cam', 'lidar2cam is of shape (2, 2), not 3x4 or 4x4.'),
    ('lidar2img', 'lidar2img is of shape (2, 2), not 3x3 or 3x4 or 4x4.'),
])
def test_shapes_of_matrices_are_told_as_a_sentence(frame, key, text):
    with pytest.raises(BadInput) as error:
        run(frame,
            POINTS,
            IMAGES,
            PAIR,
            change=alter(key, lambda _: np.eye(2)))
    assert f"'): {text}" in str(error.value)


def test_an_info_file_without_an_image(frame):
    content = pickle.loads((frame / 'infos.pkl').read_bytes())
    del content['data_list'][0]['images']['CAM_BACK']['img_path']
    (frame / 'infos.pkl').write_bytes(pickle.dumps(content))
    with pytest.raises(BadInput, match="'CAM_BACK' has no img_path"):
        run(frame, POINTS, IMAGES, PAIR)


def test_sizes_of_the_info_that_cannot_be_its_calibrations(real):
    """A converter that reads the size from images that were resized."""
    state_sizes(real / REAL['ann_file'], 450, 800)
    for images in (IMAGES, SIZES):
        with pytest.raises(BadInput, match='800 x 450.*1600 x 900.*cam2img'):
            run(real, POINTS, images, PAIR, **REAL)
    told = dict(PAIR, check_centre=False)
    assert len(run(real, POINTS, IMAGES, told, **REAL)['pairs'].point) < 4000


@pytest.mark.parametrize('height', [0, -3, 'tall', float('nan'), None])
def test_sizes_that_are_none(frame, height):
    state_sizes(frame / 'infos.pkl', height, 160)
    with pytest.raises(BadInput, match='000.jpg.*has height=.*positive'):
        run(frame, POINTS, IMAGES, PAIR)


def test_entries_that_are_not_cameras(frame):
    """mmdet3d's KITTI infos keep R0_rect among the images."""

    def change(info):
        info['images']['R0_rect'] = np.eye(4).tolist()

    with pytest.raises(BadInput, match="'R0_rect'.*not a camera"):
        run(frame, POINTS, IMAGES, PAIR, change=change)


def test_matrices_of_all_shapes_are_one_calibration(frame):
    whole = run(frame, POINTS, IMAGES, PAIR)['pairs']

    def change(info):
        for number, camera in enumerate(info['images'].values()):
            cam2img, lidar2cam = np.eye(4), np.array(camera['lidar2cam'])
            cam2img[:3, :3] = camera['cam2img']
            rows, columns = ((3, 3), (3, 4), (4, 4))[number % 3]
            camera['cam2img'] = cam2img[:rows, :columns]
            camera['lidar2cam'] = lidar2cam[:3 + number % 2].tolist()
            camera['lidar2img'] = cam2img @ lidar2cam

    other = run(frame, POINTS, IMAGES, PAIR, change=change)['pairs']
    for one, two in zip(whole, other):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize('sign', [1, -1])
def test_a_mirror_image_is_said_once(sign, monkeypatch):
    said = []
    monkeypatch.setattr(calibration, 'print_log',
                        lambda text, logger, level: said.append(text))
    calibration._say_mirrored.cache_clear()
    camera = dict(
        lidar2cam=np.diag([sign, 1., 1., 1.]) @ np.array(
            [[0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1.]]),
        cam2img=[[500., 0, 400], [0, 500., 225], [0, 0, 1]],
        height=450,
        width=800)
    for _ in range(2):
        calibration.camera_matrices({'front': camera}, [(450, 800)])
    told = [text for text in said if 'mirror image' in text]
    assert len(told) == (sign < 0)


def test_an_image_without_a_path(frame):
    with pytest.raises(BadInput, match="'CAM_FRONT_LEFT' has no img_path"):
        run(frame, POINTS, IMAGES, PAIR, change=alter('img_path', None))


@pytest.mark.parametrize('orientation', [3, 6])
@pytest.mark.parametrize('images', [IMAGES, SIZES])
def test_images_that_exif_turns(frame, orientation, images):
    path = frame / 'samples/CAM_BACK/000.jpg'
    image = Image.open(path)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, exif=exif)
    with pytest.raises(BadInput, match=f'000.jpg.*orientation {orientation}'):
        run(frame, POINTS, images, PAIR)
    exif[0x0112] = 1
    image.save(path, exif=exif)
    run(frame, POINTS, images, PAIR)


FLIP = dict(type='RandomFlip3D', sync_2d=False, flip_ratio_bev_horizontal=0.0)
TURN = dict(type='GlobalRotScaleTrans')
MOVERS = [
    FLIP,
    TURN,
    dict(type='RandomJitterPoints', jitter_std=[.01, .01, .01]),
    dict(
        type='LaserMix',
        num_areas=[3],
        pitch_angles=[-25, 3],
        pre_transform=[POINTS, LABELS]),
    dict(
        type='PolarMix',
        instance_classes=[0, 1, 2, 3, 4],
        swap_ratio=1.0,
        rotate_paste_ratio=1.0,
        pre_transform=[POINTS, LABELS]),
]


def test_a_step_of_another_package_may_say_that_it_moves():

    class Deform(BaseTransform):
        moves = True

        def transform(self, results: dict) -> dict:
            return results

    pair = TRANSFORMS.build(PAIR)
    with pytest.raises(BadInput, match='Deform comes before PairPoints'):
        check_order([Deform(), pair])
    check_order([pair, Deform()])


@pytest.mark.parametrize('mover', MOVERS, ids=[m['type'] for m in MOVERS])
@pytest.mark.parametrize('wrapped', [False, True])
def test_points_that_were_moved_are_not_paired(keyframes, mover, wrapped):
    """Also where a flip was drawn not to happen: the next one will."""
    step = dict(
        type='RandomApply', transforms=[mover], prob=1.0) if wrapped else mover
    steps = [POINTS, LABELS, step, IMAGES, PAIR]
    dataset = build(keyframes)
    np.random.seed(0)
    info = dict(dataset.get_data_info(0), dataset=dataset)
    with pytest.raises(BadInput, match='before PairPointsWithPixels'):
        Compose(steps)(info)
    with pytest.raises(BadInput, match=f"{mover['type']} comes before"):
        check_order([TRANSFORMS.build(each) for each in steps])


RESIZE = dict(type='Resize3D', scale=(64, 32), keep_ratio=False)


@pytest.mark.parametrize('step', [
    RESIZE,
    dict(type='mmcv.Resize', scale=(64, 32)),
    dict(type='RandomResize3D', scale=(64, 32), ratio_range=(0.9, 1.1)),
    dict(type='mmcv.Pad', size_divisor=32),
    dict(type='AffineResize', img_scale=(64, 32), down_ratio=1),
    dict(type='MultiViewWrapper', transforms=[RESIZE]),
    dict(type='RandomApply', transforms=[RESIZE], prob=0.5),
    dict(type='PhotoMetricDistortion3D'),
    dict(type='LoadMultiViewImageFromFiles'),
], ids=lambda step: step['type'])  # yapf: disable
def test_steps_of_other_images_are_refused(step):
    """Some would fail on 'img' or 'cam2img', mmcv's Resize do nothing."""
    steps = [POINTS, IMAGES, PAIR, step, dict(type='PackPairs', keys=['img'])]
    name = (RESIZE if step['type'] == 'RandomApply' else step)['type']
    with pytest.raises(
            BadInput, match=f"{name.rpartition('.')[2]} in.*ResizedCropCam"):
        check_order([TRANSFORMS.build(each) for each in steps])
    # Colours may come by another name, and cached pairs need no images.
    renamed = dict(
        type='TransformBroadcaster',
        mapping=dict(img='camera_imgs'),
        auto_remap=True,
        transforms=[step])
    check_order(
        [TRANSFORMS.build(each) for each in (POINTS, IMAGES, PAIR, renamed)])
    check_order([object.__new__(T.LoadCachedPairs), TRANSFORMS.build(step)])


def test_pairing_without_our_images(frame):
    with pytest.raises(BadInput, match='no img_shapes: put LoadCameraImages'):
        run(frame, POINTS, PAIR)


@pytest.mark.parametrize('mover', [
    dict(type='ResizedCropCameras', size=(32, 64)),
    dict(type='ResizedCropCameras', size=(45, 80), area=None),
    dict(type='RandomFlipCameras', prob=0.0)
])
def test_images_that_were_moved_are_not_paired(frame, mover):
    steps = [POINTS, IMAGES, mover, PAIR]
    message = f"{mover['type']} comes before PairPointsWithPixels"
    with pytest.raises(BadInput, match=message):
        run(frame, *steps)
    with pytest.raises(BadInput, match=message):
        check_order([TRANSFORMS.build(each) for each in steps])


@pytest.mark.parametrize('key, value', [('img_crop_offset', [3, 4]),
                                        ('scale_factor', (.5, .5)),
                                        ('flip', False)])
def test_traces_of_other_transforms(frame, key, value):
    with pytest.raises(BadInput, match=f"'{key}' is in the results"):
        run(frame,
            POINTS,
            IMAGES,
            PAIR,
            change=lambda info: info.update({key: value}))


@pytest.mark.parametrize('step', [
    dict(type='PointsRangeFilter', point_cloud_range=[-9, -9, -5, 9, 9, 5]),
    dict(type='PointShuffle'),
    dict(type='PointSample', num_points=5000),
])
def test_points_that_were_only_dropped_or_reordered_are(frame, step):
    found = run(frame, POINTS, LABELS, step, IMAGES, PAIR)
    assert len(found['pairs'].point) > 100


def test_points_of_other_sweeps_are_paired(frame):
    """Deskewed by mmdet3d's loader; the keyframe's own points stay."""
    cloud = frame / 'samples/LIDAR_TOP/000.pcd.bin'
    moved = np.eye(4)
    moved[0, 3] = 1
    sweep = dict(
        lidar_points=dict(lidar_path=str(cloud), lidar2sensor=moved),
        timestamp=0)

    def change(info):
        info['lidar_sweeps'] = [sweep]

    sweeps = dict(
        type='LoadPointsFromMultiSweeps',
        sweeps_num=1,
        use_dim=[0, 1, 2, 3, 4])
    load = dict(POINTS, use_dim=5)
    found = run(frame, load, sweeps, IMAGES, PAIR, change=change)
    assert len(found['points']) > 5000
    jitter = dict(type='RandomJitterPoints', jitter_std=[.01, .01, .01])
    with pytest.raises(BadInput, match='not where they were read'):
        run(frame, load, sweeps, jitter, IMAGES, PAIR, change=change)


def test_added_columns_would_hide_the_numbers(frame):
    packed = run(frame, POINTS, IMAGES, PAIR)
    points = packed['points'].tensor[:, [0, 1, 2, 3, 4, 5, 5]]
    packed['points'] = LiDARPoints(points, points_dim=7)
    with pytest.raises(BadInput, match='7 columns and had 6'):
        T.PackPairs(keys=['points', 'img']).transform(packed)


def mixing(inner, *before):
    mix = dict(
        type='LaserMix',
        num_areas=[3],
        pitch_angles=[-25, 3],
        pre_transform=inner)
    steps = [*before, PAIR, mix, dict(type='PackPairs', keys=['points'])]
    return [TRANSFORMS.build(step) for step in steps]


def test_the_order_of_mixing():
    whole = [POINTS, LABELS, IMAGES, PAIR]
    check_order(mixing(whole, POINTS, LABELS, IMAGES))
    with pytest.raises(BadInput, match='LaserMix.*pre_transform has none'):
        check_order(mixing([POINTS, LABELS], POINTS, LABELS, IMAGES))
    with pytest.raises(BadInput, match='LaserMix.*pre_transform has none'):
        check_order(mixing(None, POINTS, LABELS, IMAGES))
    with pytest.raises(BadInput, match='no step in front of LaserMix loads'):
        check_order(mixing(whole, POINTS, IMAGES))
    with pytest.raises(BadInput, match="no step in LaserMix's pre_transform"):
        check_order(mixing([POINTS, IMAGES, PAIR], POINTS, LABELS, IMAGES))
    with pytest.raises(BadInput, match='RandomFlip3D comes before'):
        check_order(
            mixing([POINTS, LABELS, FLIP, IMAGES, PAIR], POINTS, LABELS,
                   IMAGES))


MIXERS = [
    dict(type='LaserMix', num_areas=[3, 4, 5], pitch_angles=[-25, 3]),
    dict(
        type='PolarMix',
        instance_classes=list(range(16)),
        swap_ratio=1.0,
        rotate_paste_ratio=1.0)
]


@pytest.mark.parametrize('mixer', MIXERS, ids=[m['type'] for m in MIXERS])
@pytest.mark.parametrize('augmented', [False, True])
def test_mixed_clouds_through_the_dataset(keyframes, mixer, augmented):
    """Every pair is one of the own cloud's, at the point that it had."""
    inner = [POINTS, LABELS, IMAGES, PAIR]
    # The other cloud may be augmented behind its own pairing.
    if augmented:
        inner = inner + [dict(TURN, rot_range=[1., 1.1])]
    mix = dict(mixer, pre_transform=inner, prob=1.0)
    pack = dict(type='PackPairs', keys=['points', 'img', 'pts_semantic_mask'])
    steps = [POINTS, LABELS, IMAGES, PAIR, mix, FLIP, pack]
    dataset = build(keyframes, pipeline=steps, test_mode=False)
    check_order(dataset.pipeline.transforms)
    plain = build(keyframes, pipeline=[POINTS, LABELS, IMAGES, PAIR, pack])
    for index in range(2):
        np.random.seed(index)
        before, after = plain[index], dataset[index]
        rows = [{(*points[p].tolist(), c, *uv)
                 for p, c, uv in zip(pairs.point.tolist(),
                                     pairs.camera.tolist(), pairs.uv.tolist())}
                for points, pairs in ((sample['inputs']['points'],
                                       sample['data_samples'].pairs)
                                      for sample in (before, after))]
        assert 100 < len(rows[1]) < len(rows[0]) or mixer['type'] != 'LaserMix'
        assert rows[1] <= rows[0]
        sample, points = after['data_samples'], after['inputs']['points']
        assert points.shape[1] == 4
        visible = sample.gt_pts_seg.camera_visible
        own = {tuple(row) for row in before['inputs']['points'].tolist()}
        assert {tuple(row) for row in points[visible].tolist()} <= own
        assert len(sample.gt_pts_seg.pts_semantic_mask) == len(points)


def test_semantickitti_at_half_its_size(kitti_scans, tmp_path):
    """The converter wrote the sizes, so that P2 is scaled afterwards."""
    dataset = dict(
        type='SemanticKittiCameraDataset',
        ann_file='semantickitti_infos_train.pkl',
        pipeline=[dict(POINTS, load_dim=4, intensity_scale=255), IMAGES, PAIR])
    shutil.copytree(kitti_scans, tmp_path / 'half')
    for path in tmp_path.glob('half/sequences/00/image_2/*.png'):
        Image.open(path).resize((80, 24)).save(path)
    whole, half = (
        DATASETS.build(dict(dataset, data_root=str(root)))[0]
        for root in (kitti_scans, tmp_path / 'half'))
    assert half['img_shapes'] == [(24, 80)]
    uv = {(p, c): uv for p, c, uv, _ in zip(*whole['pairs'][:4])}
    assert len(half['pairs'].point) > 0.9 * len(uv) > 30
    for point, camera, moved, _ in zip(*half['pairs'][:4]):
        np.testing.assert_allclose(
            moved, (uv[point, camera] + .5) / 2 - .5, atol=1e-3)


@pytest.mark.parametrize('mixer', MIXERS, ids=[m['type'] for m in MIXERS])
def test_mixed_clouds_with_cached_features(keyframes, cache_of_points, mixer):
    """A cached feature stays with its own cloud's point, too."""
    load = dict(type='LoadCachedPairs', root=str(cache_of_points))
    inner = [POINTS, LABELS, load]
    steps = [
        *inner,
        dict(mixer, pre_transform=inner, prob=1.0),
        dict(type='PackPairs', keys=['points', 'pts_semantic_mask'])
    ]
    dataset = build(keyframes, pipeline=steps, test_mode=False)
    check_order(dataset.pipeline.transforms)
    for index in range(2):
        np.random.seed(index)
        packed = dataset[index]
        pairs = packed['data_samples'].pairs
        own = packed['inputs']['points'][pairs.point]
        assert len(own) > 100
        # Half precision of the point's own intensity and x.
        expected = own[:, [3, 0]].half()
        assert (pairs.features[:, :2] == expected).all()


@pytest.mark.parametrize('step', [FLIP, TURN])
def test_moved_points_get_no_cached_features(keyframes, cache_of_points, step):
    load = dict(type='LoadCachedPairs', root=str(cache_of_points))
    with pytest.raises(BadInput, match='comes before LoadCachedPairs'):
        run(keyframes, POINTS, step, load)
    with pytest.raises(BadInput, match='comes before LoadCachedPairs'):
        check_order([TRANSFORMS.build(each) for each in (POINTS, step, load)])


@pytest.fixture(scope='module')
def cache_of_points(keyframes, tmp_path_factory):
    """Features that are the intensity and x of their point."""
    root = tmp_path_factory.mktemp('cache')
    manifest = Manifest(dict(dims=None), 'python BUILD')
    write_manifest(root, manifest)
    for index in range(2):
        info = build(keyframes).get_data_info(index)
        for step in (T.LoadLidarPoints(load_dim=5, use_dim=4),
                     T.LoadCameraImages(decode=False),
                     T.PairPointsWithPixels()):
            info = step.transform(info)
        points, pairs = info['points'].tensor.numpy(), info['pairs']
        write_pairs(
            root / f"{info['token']}.safetensors",
            CachedPairs(pairs, points[pairs.point][:, [3, 0]].astype('f2'),
                        info['camera_visible']), manifest.key,
            frame_fingerprint(points[:, :3], info['images']))
    return root
