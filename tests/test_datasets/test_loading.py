"""Loading: what is read, and what each bad file says."""
import warnings

import numpy as np
import pytest
from test_datasets.test_nuscenes_lidarseg import build
from tiny_nuscenes import HEIGHT, WIDTH, write_keyframes

from reldistill_mm.datasets.transforms import (LoadCameraImages,
                                               LoadLidarPoints,
                                               LoadPointLabels, PackPairs,
                                               ResizedCropCameras, label_ids)
from reldistill_mm.errors import BadInput

POINTS = dict(load_dim=5, use_dim=4)


@pytest.fixture
def frame(tmp_path):
    write_keyframes(tmp_path)
    return tmp_path, build(tmp_path).get_data_info(0)


def rewrite(path, function):
    values = np.fromfile(path, np.float32)
    function(values).tofile(path)


def test_points_and_intensity_scale(frame):
    root, info = frame
    raw = np.fromfile(info['lidar_path'], np.float32).reshape(-1, 5)
    points = LoadLidarPoints(
        intensity_scale=0.5, **POINTS).transform(info)['points']
    np.testing.assert_allclose(points.tensor[:, :3], raw[:, :3])
    np.testing.assert_allclose(points.tensor[:, 3], raw[:, 3] / 2)
    assert points.tensor.shape[1] == 4


def test_truncated_cloud(frame):
    _, info = frame
    rewrite(info['lidar_path'], lambda values: values[:-3])
    with pytest.raises(ValueError, match='000.pcd.bin.*load_dim=5.*truncated'):
        LoadLidarPoints(**POINTS).transform(info)


def test_cloud_of_half_a_float(frame):
    _, info = frame
    with open(info['lidar_path'], 'ab') as file:
        file.write(b'x')
    with pytest.raises(ValueError, match='000.pcd.bin.*truncated'):
        LoadLidarPoints(**POINTS).transform(info)


def test_empty_and_missing_cloud(frame):
    root, info = frame
    rewrite(info['lidar_path'], lambda values: values[:0])
    with pytest.raises(ValueError, match='holds 0 values'):
        LoadLidarPoints(**POINTS).transform(info)
    (root / 'samples/LIDAR_TOP/000.pcd.bin').unlink()
    with pytest.raises(FileNotFoundError, match='data_prefix.pts'):
        LoadLidarPoints(**POINTS).transform(info)


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_points_that_are_not_finite(frame, value):
    _, info = frame

    def spoil(values):
        values[7 * 5 + 1] = value
        return values

    rewrite(info['lidar_path'], spoil)
    with pytest.raises(ValueError, match='1 points.*not finite.*row 7'):
        LoadLidarPoints(**POINTS).transform(info)


def test_labels_are_mapped(frame):
    _, info = frame
    raw = np.fromfile(info['pts_semantic_mask_path'], np.uint8)
    info['eval_ann_info'] = {}
    info = LoadLidarPoints(**POINTS).transform(info)
    out = LoadPointLabels().transform(info)
    np.testing.assert_array_equal(out['pts_semantic_mask'][raw == 24], 10)
    np.testing.assert_array_equal(out['pts_semantic_mask'][raw == 17], 3)
    np.testing.assert_array_equal(out['eval_ann_info']['pts_semantic_mask'],
                                  out['pts_semantic_mask'])


def test_a_second_mapping_changes_nothing(frame):
    from mmdet3d.datasets.transforms import PointSegClassMapping
    _, info = frame
    info = LoadLidarPoints(**POINTS).transform(info)
    out = LoadPointLabels().transform(info)
    before = out['pts_semantic_mask'].copy()
    out = PointSegClassMapping().transform(out)
    np.testing.assert_array_equal(out['pts_semantic_mask'], before)


@pytest.mark.parametrize('raw', [-1, 300])
def test_labels_that_no_table_has(frame, raw):
    root, info = frame
    info = LoadLidarPoints(**POINTS).transform(info)
    labels = np.full(3000, 24)
    np.save(root / 'lidarseg/000.npy', labels)
    info['pts_semantic_mask_path'] = str(root / 'lidarseg/000.npy')
    out = LoadPointLabels().transform(dict(info))
    assert (out['pts_semantic_mask'] == 10).all()
    labels[3] = raw
    np.save(root / 'lidarseg/000.npy', labels)
    with pytest.raises(ValueError, match=f'000.npy.*labels from.*{raw}.*255'):
        LoadPointLabels().transform(dict(info))


@pytest.mark.parametrize('value, options, said', [
    (24.5, {}, 'float64 values .24.5, say.*integer type'),
    (np.nan, {}, 'float64 values .nan, say'),
    (-2, dict(seg_offset=2**16,
              dataset_type='semantickitti'), 'negative label -2'),
])
def test_labels_that_a_conversion_would_change(frame, value, options, said):
    root, info = frame
    info = LoadLidarPoints(**POINTS).transform(info)
    labels = np.full(3000, 24, np.asarray(value).dtype)
    labels[5] = value
    np.save(root / 'lidarseg/000.npy', labels)
    info['pts_semantic_mask_path'] = str(root / 'lidarseg/000.npy')
    with pytest.raises(BadInput, match=f'000.npy.*{said}'):
        LoadPointLabels(**options).transform(info)


def test_a_file_without_any_class_is_told_once(frame):
    _, info = frame
    info = LoadLidarPoints(**POINTS).transform(info)
    label_ids._warned.clear()
    path = info['pts_semantic_mask_path']
    for known in (24, 0):
        # All of one class, and all of none.
        np.full(3000, known, np.uint8).tofile(path)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            LoadPointLabels().transform(dict(info))
            LoadPointLabels().transform(dict(info))
        told = [str(each.message) for each in caught]
        assert len(told) == (known == 0)
    assert '000.bin' in told[0] and 'its ids: [0]' in told[0]


def test_labels_of_half_a_value(frame):
    root, info = frame
    info = LoadLidarPoints(**POINTS).transform(info)
    with open(root / 'lidarseg/000.bin', 'ab') as file:
        file.write(b'x')
    with pytest.raises(ValueError, match='000.bin.*int32 values.*truncated'):
        LoadPointLabels(seg_3d_dtype='np.int32').transform(info)


def test_labels_of_another_length_or_missing(frame):
    root, info = frame
    info = LoadLidarPoints(**POINTS).transform(info)
    path = root / 'lidarseg/000.bin'
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match='2999 labels for 3000 points'):
        LoadPointLabels().transform(info)
    path.unlink()
    with pytest.raises(FileNotFoundError, match='000.bin.*does not exist'):
        LoadPointLabels(optional=True).transform(info)
    del info['pts_semantic_mask_path'], info['pts_semantic_mask']
    assert 'pts_semantic_mask' not in LoadPointLabels(optional=True).transform(
        dict(info))
    with pytest.raises(ValueError, match='optional=True'):
        LoadPointLabels().transform(info)


def test_images_are_rgb_of_any_size(frame):
    root, info = frame
    from PIL import Image
    red = np.zeros((40, 50, 3), np.uint8)
    red[..., 0] = 255
    Image.fromarray(red).save(root / 'samples/CAM_BACK/000.jpg')
    out = LoadCameraImages().transform(info)
    index = list(info['images']).index('CAM_BACK')
    assert out['img_shapes'][index] == (40, 50)
    assert out['img_shapes'][0] == (HEIGHT, WIDTH)
    pixel = np.asarray(out['camera_imgs'][index])[20, 20]
    assert pixel[0] > 200 and pixel[2] < 50


def test_headers_alone_give_the_sizes(frame):
    _, info = frame
    out = LoadCameraImages(decode=False).transform(info)
    assert out['img_shapes'] == [(HEIGHT, WIDTH)] * 6
    assert 'camera_imgs' not in out


def test_missing_image(frame):
    root, info = frame
    (root / 'samples/CAM_BACK/000.jpg').unlink()
    with pytest.raises(FileNotFoundError, match="data_prefix.'CAM_BACK'"):
        LoadCameraImages().transform(info)


def test_truncated_and_no_jpeg(frame):
    root, info = frame
    path = root / 'samples/CAM_FRONT/000.jpg'
    path.write_bytes(path.read_bytes()[:-200])
    out = LoadCameraImages().transform(dict(info))
    for decode in (PackPairs(keys=['img']).transform,
                   ResizedCropCameras(size=(32, 64)).transform):
        with pytest.raises(ValueError, match='CAM_FRONT/000.jpg.*truncated'):
            decode(dict(out))
    path.write_bytes(b'not an image')
    for loader in (LoadCameraImages(), LoadCameraImages(decode=False)):
        with pytest.raises(ValueError, match='CAM_FRONT/000.jpg'):
            loader.transform(dict(info))


def test_no_camera(frame):
    _, info = frame
    info['images'] = {}
    with pytest.raises(ValueError, match='use_camera'):
        LoadCameraImages().transform(info)


@pytest.mark.parametrize('columns, load_dim', [(4, 5), (5, 4), (6, 4), (6, 5),
                                               (4, 6)])
def test_another_number_of_columns(tmp_path, columns, load_dim):
    """Each size fits both numbers."""
    points = np.random.default_rng(0).normal(0, 9, (300, columns))
    points[:, 3] = np.abs(points[:, 3])
    path = tmp_path / '0.bin'
    points.astype(np.float32).tofile(path)
    info = dict(lidar_points=dict(lidar_path=str(path)))
    load = LoadLidarPoints(load_dim=load_dim, use_dim=4)
    with pytest.raises(
            BadInput,
            match=rf"0.bin' is read with {load_dim} columns.*"
            rf'seems to have {columns}: set load_dim'):
        load.transform(info)
    load = LoadLidarPoints(load_dim=columns, use_dim=4)
    assert len(load.transform(info)['points']) == 300
