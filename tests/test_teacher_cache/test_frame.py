"""Names and fingerprints of keyframes."""
import copy
import re
import types

import numpy as np
import pytest

from reldistill_mm.teacher_cache import (frame_fingerprint, frame_name,
                                         image_bytes)


def cloud(path, **more):
    return dict(lidar_points=dict(lidar_path=path), **more)


def test_a_token_is_the_name():
    assert frame_name(dict(token='3e8750f3')) == '3e8750f3'


@pytest.mark.parametrize('one, other', [
    ('runA/lidar/top/000.bin', 'runB/lidar/top/000.bin'),
    ('sequences/01/velodyne/000011.bin', 'sequences/11/velodyne/000001.bin'),
    ('a b/000.bin', 'a_b/000.bin'),
    ('a/b-c/0.bin', 'a-b/c/0.bin'),
    ('0/0.bin', '0/0.pcd.bin'),
    ('x' * 300 + '/a/b/c.bin', 'x' * 299 + 'y/a/b/c.bin'),
])
def test_other_paths_have_other_names(one, other):
    names = [
        frame_name(cloud(f'/data/{path}'), '/data') for path in (one, other)
    ]
    assert names[0] != names[1]
    assert names[0] == frame_name(cloud(f's3://new/{one}'), 's3://new/')
    for name in names:
        assert re.fullmatch(r'[A-Za-z0-9_-][A-Za-z0-9_.-]{0,119}', name)


def test_the_root_comes_from_the_dataset_or_the_info_says_the_path():
    name = frame_name(cloud('/data/a/0.bin'), '/data')
    dataset = types.SimpleNamespace(data_root='/moved/')
    assert frame_name(cloud('/moved/a/0.bin', dataset=dataset)) == name
    assert frame_name(cloud('/away/0.bin', frame_path='a/0.bin')) == name


@pytest.mark.parametrize('token', ['../a b', '.hidden', 'ü' * 300, 'x' * 300])
def test_odd_tokens_are_still_files(token, tmp_path):
    (tmp_path / frame_name(dict(token=token))).touch()
    assert len(list(tmp_path.iterdir())) == 1


def cameras():
    return dict(
        LEFT=dict(
            img_path='/a/1.jpg',
            lidar2cam=np.eye(4).tolist(),
            cam2img=np.eye(3)),
        RIGHT=dict(
            img_path='/a/2.jpg', lidar2cam=np.eye(4), cam2img=np.eye(3)))


def lens(cameras, model, distortion):
    cameras['LEFT'].update(camera_model=model, distortion=distortion)
    return cameras


def change_camera(key, value):

    def change(xyz, cameras):
        cameras['LEFT'][key] = value
        return xyz, cameras

    return change


@pytest.mark.parametrize('change', [
    lambda xyz, c: (xyz[::-1], c),
    lambda xyz, c: (xyz[:-1], c),
    lambda xyz, c: (xyz + 1e-3, c),
    lambda xyz, c: (xyz, dict(reversed(c.items()))),
    lambda xyz, c: (xyz, dict(LEFT=c['LEFT'])),
    change_camera('img_path', '/a/3.jpg'),
    change_camera('lidar2cam',
                  np.eye(4) * 1.01),
    change_camera('cam2img',
                  np.eye(3) * 1.01),
    lambda xyz, c: (xyz, lens(c, 'brown_conrady', [-.1, 0, 0, 0])),
    lambda xyz, c: (xyz, lens(c, 'kannala_brandt', [0, 0, 0, 0])),
])
def test_every_change_shows(change):
    xyz = np.random.default_rng(0).random((50, 3), np.float32)
    before = frame_fingerprint(xyz, cameras())
    assert frame_fingerprint(*change(xyz, copy.deepcopy(cameras()))) != before


def test_a_pinhole_said_to_be_one_is_no_change():
    """Caches of before there were lenses stay valid."""
    xyz = np.random.default_rng(0).random((50, 3), np.float32)
    for model, distortion in (('pinhole', None), ('brown_conrady', [0.] * 5)):
        assert frame_fingerprint(xyz, lens(cameras(), model,
                                           distortion)) == frame_fingerprint(
                                               xyz, cameras())
    one = lens(cameras(), 'brown_conrady', [-.1, 0, 0, 0])
    same = lens(cameras(), 'brown_conrady', np.array([[-.1, 0, 0, 0, 0]]))
    assert frame_fingerprint(xyz, one) == frame_fingerprint(xyz, same)


def test_folders_and_types_do_not_matter():
    xyz = np.random.default_rng(0).random((50, 3), np.float32)
    moved = cameras()
    moved['LEFT'].update(img_path='/b/c/1.jpg', cam2img=np.eye(3).tolist())
    assert frame_fingerprint(xyz, moved) == frame_fingerprint(
        np.asfortranarray(xyz), cameras())


def test_other_maps_of_superpixels_of_one_size(tmp_path):
    """Arrays have as many bytes whatever is in them."""
    cameras = dict(CAM=dict(img_path=str(tmp_path / 'a.jpg')))
    steps = [dict(type='LoadSuperpixels', files=f'{tmp_path}/{{stem}}.npy')]
    assert image_bytes(cameras, steps) == {}
    (tmp_path / 'a.jpg').write_bytes(bytes(77))
    maps = np.zeros((450, 800), np.int32)
    np.save(tmp_path / 'a.npy', maps)
    before = image_bytes(cameras, steps)
    assert before['CAM'] == 77 and len(before) == 2
    assert image_bytes(cameras, steps) == before
    maps[200:] = 3
    np.save(tmp_path / 'a.npy', maps)
    after = image_bytes(cameras, steps)
    assert after['CAM'] == 77 and after != before
    np.save(tmp_path / 'a.npy', maps[:1, :5])
    assert image_bytes(cameras, steps) not in (before, after)
