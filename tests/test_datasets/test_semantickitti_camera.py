"""The dataset on info files with and without cameras, and on real scans."""
import os
import pickle

import numpy as np
import pytest
from mmengine.config import Config
from test_datasets.test_convert_semantickitti import stock_infos
from tiny_semantickitti import UNKNOWN, write_sequence

import reldistill_mm
from reldistill_mm.datasets import SemanticKittiCameraDataset
from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.convert_semantickitti import convert_semantickitti
from reldistill_mm.datasets.layouts.semantickitti import CLASSES

INFOS = 'semantickitti_infos_train.pkl'
NO_CAMERA = dict(use_lidar=True, use_camera=False)
LABELS = dict(
    seg_3d_dtype='np.int32', seg_offset=2**16, dataset_type='semantickitti')


def build(root, **kwargs):
    options = dict(data_root=str(root), ann_file=INFOS, pipeline=[])
    options.update(kwargs)
    return SemanticKittiCameraDataset(**options)


def write_infos(path, content):
    path.write_bytes(pickle.dumps(content))


def base_metainfo():
    """mmdet3d's own, as the shipped config inherits it."""
    cfg = Config.fromfile(
        reldistill_mm.config_path('_base_/datasets/semantickitti_distill.py'))
    return cfg.train_dataloader.dataset.metainfo.to_dict()


def load(info):
    for step in (T.LoadLidarPoints(load_dim=4, use_dim=4, intensity_scale=255),
                 T.LoadPointLabels(**LABELS)):
        info = step.transform(info)
    return info


def test_label_table_is_that_of_mmdet3ds_config():
    ours = build('', lazy_init=True).seg_label_mapping
    theirs = build(
        '', lazy_init=True, metainfo=base_metainfo()).seg_label_mapping
    np.testing.assert_array_equal(ours, theirs)
    for raw, label in base_metainfo()['seg_label_mapping'].items():
        assert ours[raw] == label
    assert list(CLASSES) == base_metainfo()['classes']


def test_unknown_ids_are_ignored_never_class_zero():
    table = build('', lazy_init=True).seg_label_mapping
    assert len(table) == 65536
    claimed = sorted(sum(map(list, CLASSES.values()), []))
    assert set(np.delete(table, claimed)) == {19}
    assert set(table[claimed]) == set(range(19))


def test_a_subset_of_classes_ignores_the_rest():
    metainfo = base_metainfo()
    metainfo['classes'] = ['vegetation', 'car']
    for meta in (metainfo, dict(classes=['vegetation', 'car'])):
        dataset = build('', lazy_init=True, metainfo=meta)
        table = dataset.seg_label_mapping
        assert table[[70, 10, 252]].tolist() == [0, 1, 1]
        assert set(np.delete(table, [70, 10, 252])) == {2}
        assert dataset.metainfo['ignore_index'] == 2


def test_labels_of_a_scan(kitti_scans):
    """Upper halves, negative as int32, are instances, not classes."""
    info = build(kitti_scans).get_data_info(1)
    raw = np.fromfile(info['pts_semantic_mask_path'], np.int32)
    assert (raw < 0).any() and (raw & 0xFFFF == UNKNOWN).any()
    labels = load(info)['pts_semantic_mask']
    for name, label in (('car', 0), ('road', 8), ('person', 5)):
        wanted = np.isin(raw & 0xFFFF, CLASSES[name])
        np.testing.assert_array_equal(labels == label, wanted)
    assert (labels[raw & 0xFFFF == UNKNOWN] == 19).all()


def test_paths_cameras_and_intensity(kitti_scans):
    info = build(kitti_scans).get_data_info(0)
    folder = f'{kitti_scans}/sequences/00'
    assert info['lidar_path'] == f'{folder}/velodyne/000000.bin'
    assert info['images']['CAM2']['img_path'] == f'{folder}/image_2/000000.png'
    intensity = load(info)['points'].tensor[:, 3]
    assert 200 < intensity.max() <= 255


def test_pairs_of_images_of_two_sizes(kitti_scans):
    sizes = set()
    for split in ('train', 'val'):
        info = build(
            kitti_scans,
            ann_file=f'semantickitti_infos_{split}.pkl').get_data_info(0)
        info = load(info)
        for step in (T.LoadCameraImages(decode=False),
                     T.PairPointsWithPixels()):
            info = step.transform(info)
        (height, width), = info['img_shapes']
        sizes.add((height, width))
        pairs = info['pairs']
        assert len(pairs.point) > 100
        assert (pairs.uv <= (width - 1, height - 1)).all()
        # Depth is along the camera's axis, 0.27 m ahead of the LiDAR.
        x = info['points'].tensor[pairs.point, 0].numpy()
        np.testing.assert_allclose(pairs.depth, x - 0.27, atol=1e-4)
    assert len(sizes) == 2


def test_depth_is_tested_in_the_camera_frame(tmp_path):
    """Trap: x > 0 in the LiDAR frame lies behind the camera at times."""
    folder = write_sequence(tmp_path, '00', count=1)
    near = np.float32([[1.2, 0, 0, 0], [1.3, 0, 0, 0], [-5, 0, 0, 0]])
    near.tofile(folder / 'velodyne/000000.bin')
    convert_semantickitti(tmp_path, tmp_path)
    info = build(tmp_path).get_data_info(0)
    for step in (T.LoadLidarPoints(load_dim=4, use_dim=4),
                 T.LoadCameraImages(decode=False), T.PairPointsWithPixels()):
        info = step.transform(info)
    assert info['pairs'].point.tolist() == [1]


def test_mmdet3ds_own_infos(tmp_path):
    write_infos(tmp_path / INFOS, stock_infos((0, 0), (0, 1)))
    info = build(tmp_path, modality=NO_CAMERA).get_data_info(0)
    assert 'images' not in info
    with pytest.raises(ValueError, match='add_kitti_cameras.py'):
        build(tmp_path)


def test_subsets_are_logged_and_never_empty(tmp_path, caplog):
    path = tmp_path / INFOS
    write_infos(path, stock_infos(*((3, i) for i in range(201))))
    options = dict(modality=NO_CAMERA)
    dataset = build(tmp_path, scans='every_100th_scan', **options)
    assert [dataset.get_data_info(i)['sample_id']
            for i in range(3)] == ['30', '3100', '3200'] and len(dataset) == 3
    assert len(build(tmp_path, scans='every_7th_scan', **options)) == 29
    with pytest.raises(
            ValueError, match="no scan '03_000001' among the 201 h"):
        build(tmp_path, scans=['03_000001'], **options)
    with pytest.raises(ValueError, match="Unknown subset of scans '1 %'"):
        build(tmp_path, scans='1 %', **options)
    write_infos(path, stock_infos())
    with pytest.raises(ValueError, match='it has none'):
        build(tmp_path, scans='every_100th_scan', **options)
    with pytest.raises(ValueError, match='lists no scan'):
        build(tmp_path, **options)


def test_the_log_names_the_subset(kitti_scans, capsys):
    from mmengine.logging import MMLogger
    MMLogger.get_instance('subset', log_level='INFO')
    build(kitti_scans, scans='every_100th_scan')
    captured = capsys.readouterr()
    assert 'every_100th_scan: 1 of 2 scans' in captured.out + captured.err


def test_missing_or_foreign_info_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='create_data.py'):
        build(tmp_path)
    (tmp_path / INFOS).write_bytes(b'no pickle')
    with pytest.raises(ValueError, match='not an info file.*create_data'):
        build(tmp_path)
    write_infos(tmp_path / INFOS,
                dict(metainfo=dict(dataset='nuscenes'), data_list=[]))
    with pytest.raises(ValueError, match='holds nuscenes'):
        build(tmp_path)


def test_class_counts_of_the_real_scan(real_data, tmp_path):
    write_infos(tmp_path / INFOS, stock_infos((0, 0)))
    info = build(
        real_data / 'semantickitti',
        ann_file=str(tmp_path / INFOS),
        modality=NO_CAMERA,
        metainfo=base_metainfo()).get_data_info(0)
    raw = np.fromfile(info['pts_semantic_mask_path'], np.uint32) & 0xFFFF
    labels = load(info)['pts_semantic_mask']
    assert len(labels) == 124668
    counts = dict(zip(CLASSES, np.bincount(labels, minlength=20)))
    assert (raw == 40).sum() == 34228
    assert {
        name: counts[name]
        for name in ('road', 'vegetation', 'sidewalk', 'building', 'car')
    } == dict(
        # Lane markings are road.
        road=34228 + (raw == 60).sum(),
        vegetation=27123,
        sidewalk=26360,
        building=18268,
        car=4234)


@pytest.fixture(scope='module')
def real_frames(real_data, tmp_path_factory):
    """KITTI's object frames as SemanticKITTI sequences of one scan each."""
    root = tmp_path_factory.mktemp('kitti_object')
    source = real_data / 'kitti_object/training'
    for number in range(3):
        frame, folder = f'{number:06d}', root / f'sequences/{number:02d}'
        for part, end in (('velodyne', 'bin'), ('image_2', 'png')):
            (folder / part).mkdir(parents=True)
            os.symlink(source / part / f'{frame}.{end}',
                       folder / part / f'000000.{end}')
        os.symlink(source / f'calib/{frame}.txt', folder / 'calib.txt')
    convert_semantickitti(root, root)
    dataset = build(root)
    frames = []
    for number in range(3):
        info = dataset.get_data_info(number)
        for step in (T.LoadLidarPoints(load_dim=4, use_dim=4),
                     T.LoadCameraImages(), T.PairPointsWithPixels()):
            info = step.transform(info)
        labels = source / f'label_2/{number:06d}.txt'
        frames.append((info, read_objects(labels)))
    return frames


def read_objects(path):
    """2D box (4,), height, width, length, centre of the floor, and turn."""
    rows = [line.split() for line in path.read_text().splitlines()]
    return [(row[0], np.array(row[4:15], float)) for row in rows
            if row[0] != 'DontCare']


def inside_box(xyz, values):
    """Which points of the camera frame lie in a labelled 3D box."""
    height, width, length = values[4:7]
    x, y, z = (xyz - values[7:10]).T
    cos, sin = np.cos(values[10]), np.sin(values[10])
    along, across = cos * x - sin * z, sin * x + cos * z
    return ((abs(along) < length / 2) & (abs(across) < width / 2) & (y < 0) &
            (y > -height))


def test_points_of_real_objects_fall_in_their_2d_boxes(real_frames):
    """3D boxes pick the points, 2D boxes drawn by hand judge the pixels."""
    objects = 0
    for info, labels in real_frames:
        pairs, camera = info['pairs'], info['images']['CAM2']
        xyz = info['points'].tensor[pairs.point, :3].numpy()
        transform = np.array(camera['lidar2cam'])
        xyz = xyz @ transform[:3, :3].T + transform[:3, 3]
        for _, values in labels:
            chosen = inside_box(xyz, values)
            if chosen.sum() < 5:
                continue
            left, top, right, bottom = values[:4]
            u, v = pairs.uv[chosen].T
            hit = (u >= left - 1) & (u <= right + 1) & (v >= top - 1) & (
                v <= bottom + 1)
            assert hit.mean() > 0.97
            objects += 1
    assert objects >= 4


def test_real_images_differ_in_size(real_frames):
    sizes = {info['img_shapes'][0] for info, _ in real_frames}
    assert len(sizes) >= 2 and all(
        len(i['pairs'].point) > 10000 for i, _ in real_frames)
