"""Names and fingerprints of keyframes."""
import copy

import numpy as np
import pytest

from reldistill_mm.teacher_cache import frame_fingerprint, frame_name


def test_names():
    assert frame_name(dict(token='3e8750f3')) == '3e8750f3'
    path = '/data/sequences/{}/velodyne/{}.bin'
    # Trap 19: SemanticKITTI's sample_id collides for these two.
    names = {
        frame_name(dict(lidar_points=dict(lidar_path=path.format(*parts))))
        for parts in [('01', '000011'), ('11', '000001')]
    }
    assert names == {'01-velodyne-000011', '11-velodyne-000001'}
    assert '/' not in frame_name(dict(token='../a b'))


def cameras():
    return dict(
        LEFT=dict(
            img_path='/a/1.jpg',
            lidar2cam=np.eye(4).tolist(),
            cam2img=np.eye(3)),
        RIGHT=dict(
            img_path='/a/2.jpg', lidar2cam=np.eye(4), cam2img=np.eye(3)))


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
])
def test_every_change_shows(change):
    xyz = np.random.default_rng(0).random((50, 3), np.float32)
    before = frame_fingerprint(xyz, cameras())
    assert frame_fingerprint(*change(xyz, copy.deepcopy(cameras()))) != before


def test_folders_and_types_do_not_matter():
    xyz = np.random.default_rng(0).random((50, 3), np.float32)
    moved = cameras()
    moved['LEFT'].update(img_path='/b/c/1.jpg', cam2img=np.eye(3).tolist())
    assert frame_fingerprint(xyz, moved) == frame_fingerprint(
        np.asfortranarray(xyz), cameras())
