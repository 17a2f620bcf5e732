"""What mmdet3d's own converters write of Lyft and nuScenes is read.

The data are a small world in nuScenes' format, whose tables Lyft's are, too;
mmdet3d's converters read it through each dataset's own devkit.
"""
import json
import pickle
import shutil

import numpy as np
import pytest
from mmdet3d.registry import DATASETS
from pyquaternion import Quaternion

from miniworld import ensure_miniworld
from reldistill_mm.compat.upstream_tools import upstream_converters

STEPS = [
    dict(type='LoadScanPoints'),
    dict(type='LoadCameraImages'),
    dict(type='PairPointsWithPixels')
]
VERSIONS = dict(nuscenes='v1.0-mini', lyft='v1.01-train')

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')


@pytest.fixture(scope='module')
def home(tmp_path_factory):
    """A folder whose data/nuscenes and data/lyft are of one world."""
    home = tmp_path_factory.mktemp('own_converters')
    world = home / 'data/nuscenes'
    world.parent.mkdir()
    ensure_miniworld(
        world,
        quiet=True,
        scenes=(1, 1),
        keyframes=3,
        image_size=(160, 90),
        azimuth_steps=240)
    as_lyft(world, home / 'data/lyft')
    return home


def as_lyft(world, out):
    """The folders of Lyft: all images in one, all clouds in another."""
    data = out / VERSIONS['lyft']
    tables = data / VERSIONS['lyft']
    shutil.copytree(world / VERSIONS['nuscenes'], tables)
    shutil.copytree(world / 'maps', data / 'maps')
    rows = json.loads((tables / 'sample_data.json').read_text())
    for folder in ('images', 'lidar'):
        (data / folder).mkdir()
    for row in rows:
        file = world / row['filename']
        cloud = file.name.endswith('.bin')
        row['filename'] = (f'lidar/{file.name[:-8]}.bin'
                           if cloud else f'images/{file.stem}.jpeg')
        shutil.copy(file, data / row['filename'])
    (tables / 'sample_data.json').write_text(json.dumps(rows))
    scenes = json.loads((tables / 'scene.json').read_text())
    names = [scene['name'] for scene in scenes]
    (out / 'train.txt').write_text('\n'.join(names))
    (out / 'val.txt').write_text('')


@pytest.fixture(scope='module')
def converted(home):
    """Each dataset's folder and info file, as mmdet3d leaves them."""
    found = {}
    with pytest.MonkeyPatch.context() as patch, upstream_converters():
        # mmdet3d's converters write below the working directory.
        patch.chdir(home)
        from tools.dataset_converters import (lyft_converter,
                                              nuscenes_converter,
                                              update_infos_to_v2)
        for name, create in (('nuscenes',
                              nuscenes_converter.create_nuscenes_infos),
                             ('lyft', lyft_converter.create_lyft_infos)):
            root = f'data/{name}'
            create(root, name, version=VERSIONS[name], max_sweeps=10)
            path = f'{root}/{name}_infos_train.pkl'
            update_infos_to_v2.update_pkl_infos(name, root, path)
            found[name] = home / root, home / path
    return found


def rigid(record):
    matrix = np.eye(4)
    matrix[:3, :3] = Quaternion(record['rotation']).rotation_matrix
    matrix[:3, 3] = record['translation']
    return matrix


class Tables:
    """The tables alone, read without a devkit."""

    def __init__(self, root, name):
        folder = root / VERSIONS[name]
        if name == 'lyft':
            folder /= VERSIONS[name]
        names = ('sample_data', 'ego_pose', 'calibrated_sensor', 'sensor')
        self.rows = {
            name: {
                row['token']: row
                for row in json.loads((folder / f'{name}.json').read_text())
            }
            for name in names
        }

    def data(self, sample):
        """Channel to its sample_data."""
        found = {}
        for row in self.rows['sample_data'].values():
            sensor = self.rows['calibrated_sensor'][
                row['calibrated_sensor_token']]
            if row['sample_token'] == sample:
                channel = self.rows['sensor'][sensor['sensor_token']]
                found[channel['channel']] = row
        return found

    def to_global(self, row):
        pose = self.rows['ego_pose'][row['ego_pose_token']]
        return rigid(pose) @ rigid(self.mounted(row))

    def mounted(self, row):
        return self.rows['calibrated_sensor'][row['calibrated_sensor_token']]


def expected_pairs(points, lidar, camera, tables, size):
    """In float64 through the world: rows and pixels of the points seen."""
    chain = np.linalg.inv(tables.to_global(camera)) @ tables.to_global(lidar)
    matrix = np.array(tables.mounted(camera)['camera_intrinsic'])
    rows, pixels = [], []
    for row, point in enumerate(points.astype(np.float64)):
        x, y, depth = (chain @ [*point, 1])[:3]
        if depth <= 1:
            continue
        u, v, w = matrix @ (x, y, depth)
        if 0 <= u / w <= size[1] - 1 and 0 <= v / w <= size[0] - 1:
            rows.append(row)
            pixels.append((u / w, v / w))
    return np.array(rows), np.array(pixels)


def build(root, path, **kwargs):
    return DATASETS.build(
        dict(
            type='CameraLidarDataset',
            data_root=str(root),
            ann_file=path.name,
            pipeline=STEPS,
            **kwargs))


@pytest.mark.parametrize('name', VERSIONS)
def test_pairs_are_those_of_the_tables(converted, name):
    root, path = converted[name]
    dataset = build(root, path)
    assert len(dataset) == (6 if name == 'lyft' else 3)
    tables = Tables(root, name)
    for index in (0, len(dataset) - 1):
        found = dataset[index]
        rows = tables.data(found['token'])
        xyz = found['points'].tensor[:, :3].numpy()
        assert list(found['images']) == found['camera_names']
        assert len(found['images']) == 6
        for number, channel in enumerate(found['camera_names']):
            point, uv = expected_pairs(xyz, rows['LIDAR_TOP'], rows[channel],
                                       tables, found['img_shapes'][number])
            mine = found['pairs'].camera == number
            # lidar2cam is of float32, a thousand metres from the origin.
            same = np.isin(found['pairs'].point[mine], point)
            assert len(point) > 50 and same.mean() > .998
            here = np.searchsorted(point, found['pairs'].point[mine][same])
            np.testing.assert_allclose(
                found['pairs'].uv[mine][same], uv[here], atol=5e-3)
            assert len(point) - mine.sum() <= 1


def test_both_hold_the_same_pairs(converted):
    """Of one world, whichever converter read it."""
    found, other = (build(*converted[name])[0] for name in VERSIONS)
    assert found['token'] == other['token']
    for key in ('point', 'camera', 'uv', 'depth'):
        np.testing.assert_array_equal(
            getattr(found['pairs'], key), getattr(other['pairs'], key))


@pytest.mark.parametrize('name', VERSIONS)
def test_sweeps_lie_where_the_vehicle_was(converted, name):
    root, path = converted[name]
    found = build(root, path, sweeps_num=1)[1]
    sweep, = build(root, path, sweeps_num=1).get_data_info(1)['lidar_sweeps']
    own = np.fromfile(found['lidar_path'], np.float32).reshape(-1, 5)
    then = np.fromfile(sweep['lidar_points']['lidar_path'],
                       np.float32).reshape(-1, 5)
    tables = Tables(root, name)
    rows = tables.rows['sample_data']
    lidar = tables.data(found['token'])['LIDAR_TOP']
    chain = np.linalg.inv(tables.to_global(lidar)) @ tables.to_global(
        rows[sweep['sample_data_token']])
    moved = then[:, :3] @ chain[:3, :3].T + chain[:3, 3]
    xyz = found['points'].tensor[:, :3].numpy()
    np.testing.assert_array_equal(xyz[:len(own)], own[:, :3])
    assert found['pairs'].point.max() < len(own)
    # Those that hit the vehicle itself are left out.
    assert len(own) < len(xyz) <= len(own) + len(then)
    gaps = np.abs(xyz[len(own):, None] - moved[None, ::1]).max(2).min(1)
    assert gaps.max() < 1e-3


@pytest.mark.parametrize('name', VERSIONS)
def test_the_paths_that_mmdet3d_writes(converted, name):
    """Names alone for keyframes; sweeps begin where the converter ran."""
    path = converted[name][1]
    content = pickle.loads(path.read_bytes())
    assert content['metainfo']['dataset'] == name
    info = content['data_list'][1]
    assert '/' not in info['lidar_points']['lidar_path']
    assert all('/' not in c['img_path'] for c in info['images'].values())
    sweep, = info['lidar_sweeps']
    assert sweep['lidar_points']['lidar_path'].startswith(('data/', './data/'))
