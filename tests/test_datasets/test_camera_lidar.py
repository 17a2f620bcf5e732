"""Any info file with clouds and images: KITTI, Waymo, Argoverse, one's own."""
import copy
import pickle

import cv2
import numpy as np
import pytest
import torch
from mmdet3d.registry import DATASETS
from tiny_sensors import (FORWARD, WAYMO, intrinsics, scene, write_argoverse,
                          write_bin, write_image, write_infos, write_waymo)

from reldistill_mm.datasets.check_kitti import require_kitti_objects
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.functional import project_points
from reldistill_mm.functional.sweep_motion import sweep_to_keyframe

POINTS = dict(type='LoadScanPoints')
LABELS = dict(type='LoadScanLabels')
PAIRS = [dict(type='LoadCameraImages'), dict(type='PairPointsWithPixels')]

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')


def build(root, ann_file='infos.pkl', steps=(POINTS, *PAIRS), **kwargs):
    return DATASETS.build(
        dict(
            type='CameraLidarDataset',
            data_root=str(root),
            ann_file=ann_file,
            pipeline=list(steps),
            **kwargs))


def change(root, edit, name='infos.pkl'):
    content = pickle.loads((root / name).read_bytes())
    edit(content['data_list'])
    (root / name).write_bytes(pickle.dumps(content))


@pytest.fixture
def waymo(tmp_path):
    write_waymo(tmp_path)
    return tmp_path


WAYMO_INFOS = dict(ann_file='waymo_infos_train.pkl')


def test_waymo_by_its_own_info_file(waymo):
    dataset = build(waymo, **WAYMO_INFOS)
    assert len(dataset) == 3 and dataset.metainfo['classes'] == ()
    found = dataset[1]
    assert found['camera_names'] == list(WAYMO)
    assert found['img_shapes'] == [(128, 192)] * 3 + [(88, 192)] * 2
    xyz = found['points'].tensor[:, :3].numpy()
    # Intensities were 0 to 1.
    assert 250 < found['points'].tensor[:, 3].max() <= 255
    for number, camera in enumerate(found['images'].values()):
        uv, depth = project_points(xyz, camera['lidar2cam'], camera['cam2img'])
        height, width = found['img_shapes'][number]
        inside = ((uv >= 0) & (uv <= [width - 1, height - 1])).all(1)
        wanted = np.flatnonzero(inside & (depth > 1))
        mine = found['pairs'].camera == number
        np.testing.assert_array_equal(found['pairs'].point[mine], wanted)
        np.testing.assert_allclose(
            found['pairs'].uv[mine], uv[wanted], atol=1e-3)
        assert len(wanted) > 50
    # Boxes take most of an info, and nothing reads them.
    assert not {'instances', 'image_sweeps', 'lidar_sweeps'} & set(found)


def test_cameras_by_name(waymo):
    found = build(
        waymo, cameras=['CAM_SIDE_LEFT', 'CAM_FRONT'], **WAYMO_INFOS)[0]
    assert found['camera_names'] == ['CAM_SIDE_LEFT', 'CAM_FRONT']
    assert 'image_3' in found['img_path'][0]
    with pytest.raises(BadInput, match="the camera 'CAM_FROT'; did you mean"):
        build(waymo, cameras=['CAM_FROT'], **WAYMO_INFOS)
    for wrong in ('CAM_FRONT', [], ['CAM_FRONT'] * 2, [1]):
        with pytest.raises(BadInput, match='cameras='):
            build(waymo, cameras=wrong, **WAYMO_INFOS)


def test_sweeps_of_waymo_lie_where_the_vehicle_was(waymo):
    """Slow reference, point by point in float64."""
    dataset = build(waymo, sweeps_num=2, **WAYMO_INFOS)
    assert [
        len(dataset.get_data_info(i).get('lidar_sweeps', [])) for i in range(3)
    ] == [0, 1, 2]
    found = dataset[2]
    info = dataset.get_data_info(2)
    own = len(scene(2))
    expected = [scene(2)[:, :3]]
    for sweep, seed in zip(info['lidar_sweeps'], (1, 0)):
        then = np.array(sweep['ego2global'])
        now = np.array(info['ego2global'])
        moved = []
        for point in scene(seed)[:, :3].astype(np.float64):
            world = then[:3, :3] @ point + then[:3, 3]
            moved.append(now[:3, :3].T @ (world - now[:3, 3]))
        expected.append(moved)
    np.testing.assert_allclose(
        found['points'].tensor[:, :3], np.concatenate(expected), atol=1e-4)
    # 1.5 m a frame; a sweep's points are in no pair.
    assert len(found['points']) > 2.5 * own
    assert found['pairs'].point.max() < own
    alone = build(waymo, **WAYMO_INFOS)[2]
    np.testing.assert_array_equal(alone['pairs'].point, found['pairs'].point)


def random_pose(rng, far=0.):
    axis = rng.normal(size=3)
    turn, _ = cv2.Rodrigues(axis / np.linalg.norm(axis) * rng.uniform(0, 3))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, rng.normal(size=3) + far
    return pose


def test_both_ways_of_a_sweep_agree():
    rng = np.random.default_rng(0)
    lidar, then_lidar = random_pose(rng), random_pose(rng)
    now, then = random_pose(rng, 1000), random_pose(rng, 1000)
    info = dict(ego2global=now, lidar_points=dict(lidar2ego=lidar))
    sweep = dict(ego2global=then, lidar_points=dict(lidar2ego=then_lidar))
    point = np.array([3., -4, 1, 1])
    world = then @ (then_lidar @ point)
    expected = np.linalg.inv(lidar) @ (np.linalg.inv(now) @ world)
    found = sweep_to_keyframe(info, sweep)
    np.testing.assert_allclose(found @ point, expected, atol=1e-9)
    only = dict(lidar_points=dict(lidar2sensor=np.linalg.inv(found)))
    np.testing.assert_allclose(sweep_to_keyframe({}, only), found, atol=1e-9)
    both = dict(
        sweep,
        lidar_points=dict(
            sweep['lidar_points'], lidar2sensor=np.linalg.inv(found)))
    np.testing.assert_allclose(sweep_to_keyframe(info, both), found, atol=1e-9)
    both['lidar_points']['lidar2sensor'] = found
    with pytest.raises(BadInput, match='m apart by its poses'):
        sweep_to_keyframe(info, both)
    with pytest.raises(BadInput, match='has no pose'):
        sweep_to_keyframe(info, dict(lidar_points={}))
    with pytest.raises(BadInput, match='ego2global of the sweep'):
        sweep_to_keyframe(info, dict(ego2global=2 * then))


def test_a_sweep_without_pose_names_its_file(waymo):

    def no_pose(infos):
        del infos[1]['lidar_sweeps'][0]['ego2global']

    change(waymo, no_pose, WAYMO_INFOS['ann_file'])
    dataset = build(waymo, sweeps_num=1, **WAYMO_INFOS)
    with pytest.raises(BadInput, match='sweep .*0000000.bin.* has no pose'):
        dataset[1]


def test_argoverse_through_its_lenses(tmp_path):
    write_argoverse(tmp_path)
    found = build(tmp_path)[0]
    assert found['img_shapes'] == [(192, 144), (144, 192), (144, 192)]
    assert found['sample_id'] == 'log_315960000'
    xyz = found['points'].tensor[:, :3].double().numpy()
    for number, camera in enumerate(found['images'].values()):
        mine = found['pairs'].camera == number
        assert mine.sum() > 30
        matrix = np.array(camera['lidar2cam'])
        uv, _ = cv2.projectPoints(xyz[found['pairs'].point[mine]],
                                  cv2.Rodrigues(matrix[:3, :3])[0], matrix[:3,
                                                                           3],
                                  np.array(camera['cam2img']),
                                  np.array(camera['distortion']))
        np.testing.assert_allclose(
            found['pairs'].uv[mine], uv[:, 0], atol=1e-3)


def own(root, count=2, **more):
    infos = []
    for frame in range(count):
        points = scene(frame)
        write_bin(root / f'points/{frame}.bin', points)
        write_image(root / f'images/front/{frame}.png', 120, 200)
        info = dict(
            lidar_points=dict(
                lidar_path=f'points/{frame}.bin', num_pts_feats=4),
            images=dict(
                front=dict(
                    img_path=f'images/front/{frame}.png',
                    height=120,
                    width=200,
                    lidar2cam=FORWARD.tolist(),
                    cam2img=intrinsics(120, 200))))
        info.update(copy.deepcopy(more))
        infos.append(info)
    write_infos(root, infos, dataset='own')
    return root


@pytest.mark.parametrize('model, distortion',
                         [('brown_conrady', [-.25, .09, 1e-3, -1e-3, -.02]),
                          ('kannala_brandt', [.02, -.005, 0, 0])])
def test_lenses_through_rescaled_cropped_and_flipped_images(
        tmp_path, model, distortion):
    """Images stored at half of the size that they were calibrated at."""
    own(tmp_path)
    matrix = np.array(intrinsics(240, 400))

    def bend(infos):
        for info in infos:
            info['images']['front'].update(
                height=240,
                width=400,
                cam2img=matrix.tolist(),
                camera_model=model,
                distortion=distortion)

    change(tmp_path, bend)
    crop = dict(type='ResizedCropCameras', size=(60, 100), area=None)
    steps = [POINTS, *PAIRS]
    plain = build(tmp_path, steps=steps)[0]
    xyz = plain['points'].tensor[:, :3].double().numpy()
    turn, move = cv2.Rodrigues(FORWARD[:3, :3])[0], FORWARD[:3, 3]
    points = xyz[plain['pairs'].point]
    if model == 'brown_conrady':
        uv, _ = cv2.projectPoints(points, turn, move, matrix,
                                  np.array(distortion))
    else:
        uv, _ = cv2.fisheye.projectPoints(points[:, None], turn, move, matrix,
                                          np.array(distortion))
    uv = uv.reshape(-1, 2)
    assert len(uv) > 300
    np.testing.assert_allclose(
        plain['pairs'].uv, (uv + .5) / 2 - .5, atol=1e-3)
    small = build(tmp_path, steps=[*steps, crop])[0]
    np.testing.assert_allclose(
        small['pairs'].uv, (uv + .5) / 4 - .5, atol=1e-3)
    flip = dict(type='RandomFlipCameras', prob=1.)
    flipped = build(tmp_path, steps=[*steps, crop, flip])[0]
    np.testing.assert_allclose(
        flipped['pairs'].uv[:, 0], 99 - small['pairs'].uv[:, 0], atol=1e-4)
    hidden = build(
        tmp_path,
        steps=[
            *steps[:-1],
            dict(type='PairPointsWithPixels', occlusion=dict())
        ])[0]
    assert 0 < len(hidden['pairs'].point) <= len(points)


CLASSES = dict(car=10, road=[40, 44])


def raw_labels(count):
    return np.array([10, 40, 44, 7] * count)[:count]


def pcd(path, points, labels=None):
    """An organised cloud, some of whose points are missing."""
    fields = 'x y z intensity'.split() + (['label']
                                          if labels is not None else [])
    columns = [points[:, i] for i in range(4)]
    table = np.rec.fromarrays(
        columns + ([labels.astype(np.uint32)] if labels is not None else []),
        dtype=[(f, '<f4') for f in fields[:4]] +
        ([('label', '<u4')] if labels is not None else []))
    kinds = ' '.join(['F'] * 4 + ['U'] * (labels is not None))
    header = (f'VERSION 0.7\nFIELDS {" ".join(fields)}\n'
              f'SIZE {" ".join(["4"] * len(fields))}\nTYPE {kinds}\n'
              f'COUNT {" ".join(["1"] * len(fields))}\nWIDTH {len(points)}\n'
              f'HEIGHT 1\nPOINTS {len(points)}\nDATA binary\n')
    path.write_bytes(header.encode() + table.tobytes())


@pytest.mark.parametrize('kind', ['.label', '.npy', 'u1', 'u2', 'i8', 'pcd'])
def test_labels_in_every_format(tmp_path, kind):
    own(tmp_path)
    points = scene(0)
    labels = raw_labels(len(points))
    name = {'pcd': 'points/0.pcd'}.get(kind, f'labels/0{kind}')
    if kind in ('u1', 'u2', 'i8'):
        name = 'labels/0.bin'
    (tmp_path / 'labels').mkdir()
    missing = np.arange(0)
    if kind == 'pcd':
        points = points.copy()
        missing = np.arange(5, len(points), 9)
        points[missing, :3] = np.nan
        pcd(tmp_path / name, points, labels)
    elif kind == '.npy':
        labels[3] = -1
        np.save(tmp_path / name, labels)
    elif kind == '.label':
        (labels + (3 << 16)).astype(np.uint32).tofile(tmp_path / name)
    else:
        labels.astype(kind).tofile(tmp_path / name)

    def label(infos):
        infos[0]['pts_semantic_mask_path'] = name
        if kind == 'pcd':
            infos[0]['lidar_points']['lidar_path'] = name

    change(tmp_path, label)
    found = build(tmp_path, steps=[POINTS, LABELS], classes=CLASSES)[0]
    kept = np.delete(np.arange(len(points)), missing)
    wanted = np.array([0, 1, 1, 2] * len(points))[:len(points)][kept]
    np.testing.assert_array_equal(found['pts_semantic_mask'], wanted)
    assert len(found['points']) == len(kept)
    np.testing.assert_array_equal(found['points'].tensor[:, :3],
                                  points[kept, :3])


def test_labels_that_are_none(tmp_path):
    own(tmp_path)
    count = len(scene(0))
    change(tmp_path,
           lambda infos: infos[0].update(pts_semantic_mask_path='0.bin'))
    dataset = build(tmp_path, steps=[POINTS, LABELS], classes=CLASSES)
    raw_labels(count).astype(np.float32).tofile(tmp_path / '0.bin')
    with pytest.raises(BadInput, match='float32 values.*astype'):
        dataset[0]
    raw_labels(count - 1).astype(np.uint8).tofile(tmp_path / '0.bin')
    with pytest.raises(BadInput, match='bytes for .* points'):
        dataset[0]
    pcd(tmp_path / '0.pcd', scene(0))
    change(tmp_path,
           lambda infos: infos[0].update(pts_semantic_mask_path='0.pcd'))
    dataset = build(tmp_path, steps=[POINTS, LABELS], classes=CLASSES)
    with pytest.raises(BadInput, match="no field 'label'.*intensity"):
        dataset[0]


def test_labels_of_sweeps_are_ignored(waymo):
    for frame in range(3):
        raw_labels(len(scene(frame))).astype(np.uint8).tofile(waymo /
                                                              f'{frame}.bin')

    def label(infos):
        for frame, info in enumerate(infos):
            info['pts_semantic_mask_path'] = f'{frame}.bin'

    change(waymo, label, WAYMO_INFOS['ann_file'])
    found = build(
        waymo,
        steps=[POINTS, LABELS],
        classes=CLASSES,
        sweeps_num=1,
        test_mode=True,
        **WAYMO_INFOS)[2]
    own_points = len(scene(2))
    labels = found['pts_semantic_mask']
    assert len(labels) == len(found['points']) > own_points
    assert set(labels[:own_points]) == {0, 1, 2}
    assert set(labels[own_points:]) == {2}
    assert found['eval_ann_info']['pts_semantic_mask'] is labels


def test_classes_and_their_colours(tmp_path):
    own(tmp_path)
    dataset = build(tmp_path, classes=CLASSES)
    assert dataset.metainfo['classes'] == ('car', 'road')
    assert len({tuple(c) for c in dataset.metainfo['palette']}) == 2
    assert dataset.metainfo['ignore_index'] == 2
    table = dataset.get_data_info(0)['seg_label_mapping']
    assert table[[10, 40, 44, 7]].tolist() == [0, 1, 1, 2]
    subset = build(
        tmp_path,
        classes=CLASSES,
        metainfo=dict(classes=['road'], palette=[[1, 2, 3]]))
    assert subset.metainfo['palette'] == [[1, 2, 3]]
    assert subset.get_data_info(0)['seg_label_mapping'][[10, 40
                                                         ]].tolist() == [1, 0]
    for wrong, message in ((['car'], 'not a table'), (dict(car='10'),
                                                      'whole numbers'),
                           (dict(car=-1), 'whole numbers'), (dict(car=[]),
                                                             'has no id'),
                           (dict(car=1, bus=[1, 2]), 'to both')):
        with pytest.raises(BadInput, match=message):
            build(tmp_path, classes=wrong)
    with pytest.raises(BadInput, match="Unknown class 'raod'"):
        build(tmp_path, classes=CLASSES, metainfo=dict(classes=['raod']))
    with pytest.raises(BadInput, match='1 colours for 2 classes'):
        build(tmp_path, classes=CLASSES, metainfo=dict(palette=[[0, 0, 0]]))


def test_intensities(tmp_path):
    own(tmp_path)
    raw = scene(0)[:, 3]

    def read(index=0, **kwargs):
        step = dict(POINTS, **kwargs)
        return build(tmp_path, steps=[step])[index]['points'].tensor[:, 3]

    np.testing.assert_allclose(read(), 255 * raw, rtol=1e-6)
    assert read(intensity=20).unique().tolist() == [20]
    np.testing.assert_allclose(read(intensity_scale=100), 100 * raw, rtol=1e-6)
    np.testing.assert_allclose(
        read(compress_intensity=True), 255 * np.tanh(raw), rtol=1e-6)
    change(tmp_path,
           lambda infos: infos[0]['lidar_points'].update(max_intensity=2))
    np.testing.assert_allclose(read(), 127.5 * raw, rtol=1e-6)
    change(tmp_path,
           lambda infos: infos[0]['lidar_points'].pop('max_intensity'))
    other = scene(1)
    other[:, 3] = np.round(255 * other[:, 3])
    write_bin(tmp_path / 'points/1.bin', other)
    dataset = build(tmp_path, steps=[POINTS])
    assert len(dataset[0]['points'])
    with pytest.raises(BadInput, match='points/0.bin.*factor 255.*1.bin'):
        dataset[1]


def test_what_is_no_info_file(tmp_path):
    own(tmp_path)
    with pytest.raises(MissingInput, match='none.pkl.*does not exist'):
        build(tmp_path, 'none.pkl')
    (tmp_path / 'v1.pkl').write_bytes(pickle.dumps([dict(image={})]))
    with pytest.raises(BadInput, match='not an info file of mmdet3d'):
        build(tmp_path, 'v1.pkl')
    write_infos(tmp_path, [], 'empty.pkl')
    with pytest.raises(BadInput, match='lists no keyframe'):
        build(tmp_path, 'empty.pkl')
    change(tmp_path, lambda infos: infos[0].update(images=[1]))
    with pytest.raises(BadInput, match='images of list'):
        build(tmp_path)
    own(tmp_path)
    with pytest.raises(MissingInput, match='elsewhere/points/0.bin.*prefix'):
        build(tmp_path, data_prefix=dict(pts='elsewhere'))
    with pytest.raises(BadInput, match='sweeps_num=-1'):
        build(tmp_path, sweeps_num=-1)


def test_without_cameras_and_subsets(tmp_path):
    own(tmp_path, count=3)
    dataset = build(
        tmp_path,
        steps=[POINTS],
        modality=dict(use_lidar=True, use_camera=False),
        scans='every_2th_scan')
    assert len(dataset) == 2 and 'images' not in dataset[0]
    # A keyframe without images is left out where images are needed.
    change(tmp_path, lambda infos: infos[1].pop('images'))
    assert len(build(tmp_path)) == 2
    assert len(build(tmp_path, steps=[POINTS])) == 3


@pytest.fixture(scope='module')
def kitti(real_data, tmp_path_factory):
    """The three real frames through mmdet3d's own converter."""
    import shutil
    import sys
    from pathlib import Path

    import mmdet3d
    root = tmp_path_factory.mktemp('kitti')
    shutil.copytree(real_data / 'kitti_object/training', root / 'training')
    (root / 'ImageSets').mkdir()
    for split, ids in dict(
            train='000000\n000001\n', val='000002\n', test='').items():
        (root / f'ImageSets/{split}.txt').write_text(ids)
    sys.path.insert(0, str(Path(mmdet3d.__file__).parent / '.mim'))
    try:
        from tools.dataset_converters import (kitti_converter,
                                              update_infos_to_v2)
    finally:
        del sys.path[0]
    kitti_converter.create_kitti_info_file(str(root), 'kitti')
    path = root / 'kitti_infos_trainval.pkl'
    sleep = update_infos_to_v2.time.sleep
    update_infos_to_v2.time.sleep = lambda seconds: None
    try:
        update_infos_to_v2.update_pkl_infos('kitti', str(root), str(path))
    finally:
        update_infos_to_v2.time.sleep = sleep
    return root


def test_kitti_through_mmdet3ds_converter(kitti, caplog):
    dataset = build(kitti, 'kitti_infos_trainval.pkl')
    assert len(dataset) == 3
    for index in range(3):
        found = dataset[index]
        assert found['camera_names'] == ['CAM2']
        assert 'training/image_2' in found['img_path'][0]
        lines = dict(
            line.split(':') for line in (
                kitti /
                f'training/calib/{index:06d}.txt').read_text().splitlines()
            if line)
        calib = {k: np.array(v.split(), float) for k, v in lines.items()}
        rect, velo = np.eye(4), np.eye(4)
        rect[:3, :3] = calib['R0_rect'].reshape(3, 3)
        velo[:3] = calib['Tr_velo_to_cam'].reshape(3, 4)
        xyz = np.fromfile(kitti / f'training/velodyne/{index:06d}.bin',
                          np.float32).reshape(-1, 4)[:, :3]
        camera = rect @ velo @ np.c_[xyz, np.ones(len(xyz))].T
        uv = calib['P2'].reshape(3, 4) @ camera
        uv = (uv[:2] / uv[2]).T
        height, width = found['img_shapes'][0]
        inside = ((uv >= 0) & (uv <= [width - 1, height - 1])).all(1)
        wanted = np.flatnonzero(inside & (camera[2] > 1))
        # The converter's matrices are float32: points at the border.
        pairs = found['pairs']
        assert len(set(wanted) ^ set(pairs.point)) <= 3
        np.testing.assert_allclose(pairs.uv, uv[pairs.point], atol=5e-3)
        assert len(pairs.point) > 18000


def test_what_kittis_converter_lacks_is_told_before(tmp_path):
    with pytest.raises(MissingInput, match='ImageSets/train.txt.*val.txt and'):
        require_kitti_objects(tmp_path)
    (tmp_path / 'ImageSets').mkdir()
    for split in ('train', 'val', 'test'):
        (tmp_path / f'ImageSets/{split}.txt').write_text('000000\n')
    for folder in ('training', 'testing'):
        for name in ('velodyne/000000.bin', 'image_2/000000.png',
                     'calib/000000.txt'):
            with pytest.raises(MissingInput, match=f'{folder}/{name}'):
                require_kitti_objects(tmp_path)
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True)
            path.touch()
    require_kitti_objects(tmp_path)


def test_several_sets_in_one(tmp_path, kitti):
    own(tmp_path)
    write_waymo(tmp_path / 'waymo')
    crop = dict(type='ResizedCropCameras', area=None)
    pack = dict(type='PackPairs', keys=['points', 'img'])
    sets = []
    for root, ann_file, size in ((tmp_path, 'infos.pkl', (64, 96)),
                                 (tmp_path / 'waymo', 'waymo_infos_train.pkl',
                                  (32,
                                   64)), (kitti, 'kitti_infos_trainval.pkl',
                                          (64, 192))):
        sets.append(
            dict(
                type='CameraLidarDataset',
                data_root=str(root),
                ann_file=ann_file,
                pipeline=[POINTS, *PAIRS,
                          dict(crop, size=size), pack]))
    joined = DATASETS.build(dict(type='ConcatDataset', datasets=sets))
    assert len(joined) == 8
    shapes = [tuple(joined[i]['inputs']['img'].shape) for i in (0, 2, 5)]
    assert shapes == [(1, 3, 64, 96), (5, 3, 32, 64), (1, 3, 64, 192)]
    for index in (0, 2, 5):
        pairs = joined[index]['data_samples'].pairs
        assert len(pairs.uv) and isinstance(pairs.uv, torch.Tensor)
