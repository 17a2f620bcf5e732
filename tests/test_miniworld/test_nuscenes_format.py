"""The files, as the nuScenes devkit and the format's rules see them."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial import cKDTree

from miniworld import (NUSCENES_NAMES, SceneJob, ShadowMap, keyframe,
                       scene_world)

nuscenes = pytest.importorskip('nuscenes.nuscenes')
REFERENCES = {
    'sample_data': ('sample', 'ego_pose', 'calibrated_sensor'),
    'calibrated_sensor': ('sensor', ),
    'scene': ('log', ),
    'sample': ('scene', ),
    'sample_annotation': ('sample', 'instance', 'visibility'),
    'instance': ('category', ),
    'lidarseg': ('sample_data', ),
}
CHAINED = ('sample', 'sample_data', 'sample_annotation')


@pytest.fixture(scope='module')
def nusc(small_world):
    return nuscenes.NuScenes('v1.0-mini', str(small_world), verbose=False)


@pytest.fixture(scope='module')
def tables(small_world):
    return {
        path.stem: {
            r['token']: r
            for r in json.loads(path.read_text())
        }
        for path in (small_world / 'v1.0-mini').glob('*.json')
    }


def matrix(record):
    """(4, 4) of a record, written out from the formula of a quaternion."""
    w, x, y, z = record['rotation']
    out = np.eye(4)
    out[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]
    ]
    out[:3, 3] = record['translation']
    return out


def sensor_to_global(tables, data):
    """(4, 4) of a sample_data record at its own time."""
    return matrix(tables['ego_pose'][data['ego_pose_token']]) @ matrix(
        tables['calibrated_sensor'][data['calibrated_sensor_token']])


def cloud(root, data):
    return np.fromfile(root / data['filename'], np.float32).reshape(-1, 5)


def project(tables, lidar, camera, points):
    """(N, 2) pixels and (N,) depths of LiDAR points, float64."""
    p = np.c_[points[:, :3].astype(float), np.ones(len(points))]
    to = np.linalg.inv(sensor_to_global(tables, camera))
    q = p @ (to @ sensor_to_global(tables, lidar)).T
    k = np.array(tables['calibrated_sensor'][camera['calibrated_sensor_token']]
                 ['camera_intrinsic'])
    with np.errstate(divide='ignore', invalid='ignore'):
        uv = q[:, :3] @ k.T
        return uv[:, :2] / uv[:, 2:], q[:, 2]


def frames(nusc):
    """LiDAR record and camera records of each sample."""
    for sample in nusc.sample:
        data = {
            c: nusc.get('sample_data', t)
            for c, t in sample['data'].items()
        }
        yield data.pop('LIDAR_TOP'), data


def test_devkit_reads_it(nusc):
    from nuscenes.utils import splits
    assert [s['name']
            for s in nusc.scene] == [splits.mini_train[0], splits.mini_val[0]]
    assert len(nusc.sample) == 4 and len(nusc.lidarseg) == 4
    assert len(nusc.sample_data) == 4 * 7
    assert nusc.lidarseg_idx2name_mapping == dict(enumerate(NUSCENES_NAMES))
    for sample in nusc.sample:
        assert len(sample['data']) == 7 and len(sample['anns']) > 5


def test_every_token_resolves(tables):
    for name, targets in REFERENCES.items():
        for record in tables[name].values():
            for target in targets:
                assert record[f'{target}_token'] in tables[target]


def test_chains_and_lists_of_tokens_resolve(tables):
    for name in CHAINED:
        for key, record in tables[name].items():
            if record['next']:
                assert tables[name][record['next']]['prev'] == key
    for record in tables['instance'].values():
        for end in ('first', 'last'):
            assert record[f'{end}_annotation_token'] in tables[
                'sample_annotation']
    for record in tables['sample_annotation'].values():
        assert set(record['attribute_tokens']) <= set(tables['attribute'])
    for record in tables['map'].values():
        assert set(record['log_tokens']) == set(tables['log'])


def test_files_are_what_the_records_say(nusc, small_world):
    for lidar, cameras in frames(nusc):
        points = cloud(small_world, lidar)
        labels = np.fromfile(
            small_world / nusc.get('lidarseg', lidar['token'])['filename'],
            np.uint8)
        assert len(labels) == len(points) and labels.max() < 32
        assert ((points[:, 3] >= 0) & (points[:, 3] <= 255)).all()
        assert set(np.unique(points[:, 4])) == set(range(32))
        up = np.degrees(np.arctan2(points[:, 2], np.hypot(*points[:, :2].T)))
        ring = np.linspace(-30.67, 10.67, 32)[points[:, 4].astype(int)]
        assert np.abs(up - ring).max() < 1e-3
        for camera in cameras.values():
            image = Image.open(small_world / camera['filename'])
            assert image.size == (camera['width'], camera['height'])
            gap = lidar['timestamp'] - camera['timestamp']
            assert 500 <= gap <= 43000
            assert Path(camera['filename']).parent.name == camera['channel']


def test_lidar_frame_is_nuscenes(nusc, tables):
    """x to the right, y ahead, z up."""
    for lidar, cameras in frames(nusc):
        to = np.linalg.inv(sensor_to_global(tables, lidar))
        ahead = to @ sensor_to_global(tables, cameras['CAM_FRONT'])
        right = to @ sensor_to_global(tables, cameras['CAM_FRONT_RIGHT'])
        assert ahead[1, 2] > .99 and right[0, 2] > .6 and ahead[2, 1] < -.99


def test_devkit_projection_equals_an_independent_one(nusc, tables,
                                                     small_world):
    for lidar, cameras in frames(nusc):
        points = cloud(small_world, lidar)
        for camera in cameras.values():
            theirs, depth, _ = nusc.explorer.map_pointcloud_to_image(
                lidar['token'], camera['token'])
            uv, z = project(tables, lidar, camera, points)
            size = np.array([camera['width'], camera['height']])
            ours = uv[(z > 1) & ((uv > 1) & (uv < size - 1)).all(1)]
            assert len(ours) > 100
            assert abs(len(ours) - theirs.shape[1]) <= 3
            gap, _ = cKDTree(uv[z > .5]).query(theirs[:2].T)
            assert gap.max() < 1e-2


def test_labels_agree_with_class_maps(nusc, tables, small_world):
    """Visible points carry the class of the pixel they fall on."""
    agree = total = 0
    for name, split in (('scene-0061', 'train'), ('scene-0103', 'val')):
        world, rig = scene_world(
            SceneJob('', 'v1.0-mini', name, split, 0, 2, (256, 144), 362, 0))
        frame = keyframe(world, rig, 1, ShadowMap(world))
        lidar, cameras = [f for f in frames(nusc)
                          if name in f[0]['filename']][1]
        points = cloud(small_world, lidar)
        np.testing.assert_array_equal(points, frame.scan.points)
        labels = np.fromfile(
            small_world / nusc.get('lidarseg', lidar['token'])['filename'],
            np.uint8)
        for channel, camera in cameras.items():
            path = Path(camera['filename'])
            classes = np.asarray(
                Image.open(small_world / 'classmaps' / channel /
                           f'{path.stem}.png'))
            uv, z = project(tables, lidar, camera, points)
            at = np.rint(np.nan_to_num(uv, posinf=-1, neginf=-1))
            ok = (z > 1) & (at >= 0).all(1) & (at < (camera['width'],
                                                     camera['height'])).all(1)
            u, v = at[ok].astype(int).T
            depth = frame.shots[channel].depth[v, u]
            visible = np.abs(depth - z[ok]) < .3 + .02 * z[ok]
            assert visible.mean() > .6
            same = classes[v, u] == labels[ok]
            agree, total = agree + same[visible].sum(), total + visible.sum()
    assert total > 5000
    assert agree / total >= .97


def test_boxes_hold_their_points(nusc, small_world):
    """As many points as the record counts, give or take the noise."""
    counted = inside = 0
    for sample in nusc.sample:
        token = sample['data']['LIDAR_TOP']
        path, boxes, _ = nusc.get_sample_data(token)
        points = np.fromfile(path, np.float32).reshape(-1, 5)[:, :3]
        for box in boxes:
            record = nusc.get('sample_annotation', box.token)
            local = (points - box.center) @ box.rotation_matrix
            half = np.array(box.wlh)[[1, 0, 2]] / 2 + .1
            counted += record['num_lidar_pts']
            inside += min((np.abs(local) < half).all(1).sum(),
                          record['num_lidar_pts'])
    assert counted > 500
    assert inside / counted > .97


def test_velocities_of_boxes(nusc):
    speeds = {}
    for record in nusc.sample_annotation:
        name = nusc.get('attribute', record['attribute_tokens']
                        [0])['name'] if record['attribute_tokens'] else ''
        speeds.setdefault(name, []).append(
            np.linalg.norm(nusc.box_velocity(record['token'])[:2]))
    assert 4 < np.mean(speeds['vehicle.moving']) < 10
    assert max(speeds['vehicle.parked']) < 1e-6
    assert .7 < np.mean(speeds['pedestrian.moving']) < 1.7
