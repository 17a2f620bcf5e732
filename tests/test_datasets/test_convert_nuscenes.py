"""Conversion by mmdet3d's converter, and the scene names beside it."""
import pickle
import shutil

import mmengine
import pytest
import torch
from nuscenes.nuscenes import NuScenes
from test_datasets.test_nuscenes_lidarseg import PREFIX

from miniworld import ensure_miniworld
from reldistill_mm.datasets import NuScenesLidarSegDataset
from reldistill_mm.datasets.amend_infos import amend_infos
from reldistill_mm.datasets.convert_nuscenes import (add_scene_names,
                                                     convert_nuscenes)
from reldistill_mm.datasets.transforms import LoadLidarPoints, LoadSweeps
from reldistill_mm.errors import BadInput, MissingInput


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    return ensure_miniworld(
        tmp_path_factory.mktemp('world') / 'data',
        quiet=True,
        scenes=(2, 1),
        keyframes=2,
        image_size=(128, 72),
        azimuth_steps=120)


def test_infos_name_their_scene_and_load(world, tmp_path):
    old = world / 'nuscenes_infos_val.pkl'
    old.write_bytes(b'kept')
    before = sorted(world.rglob('*'))
    paths = convert_nuscenes(world, tmp_path, 'v1.0-mini')
    assert sorted(world.rglob('*')) == before, 'wrote into the data'
    assert old.read_bytes() == b'kept', 'wrote through a link'
    assert [path.name for path in paths
            ] == ['nuscenes_infos_train.pkl', 'nuscenes_infos_val.pkl']
    dataset = NuScenesLidarSegDataset(
        data_root=str(world),
        ann_file=str(paths[0]),
        data_prefix=dict(PREFIX, pts_semantic_mask='lidarseg/v1.0-mini'),
        scenes=['scene-0061'],
        pipeline=[])
    assert len(dataset) == 2
    info = dataset.get_data_info(0)
    mmengine.check_file_exist(info['pts_semantic_mask_path'])
    for image in info['images'].values():
        mmengine.check_file_exist(image['img_path'])


def strings(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def test_no_path_of_the_conversion_is_left(world, tmp_path):
    """The converter runs in a temporary folder of links."""
    paths = convert_nuscenes(world, tmp_path, 'v1.0-mini')
    for path in paths:
        infos = mmengine.load(path)
        assert any(info.get('lidar_sweeps') for info in infos['data_list'])
        for info in infos['data_list']:
            for sweep in info.get('lidar_sweeps', ()):
                below = sweep['lidar_points']['lidar_path']
                assert below.split('/')[0] in ('samples', 'sweeps')
                assert (world / below).is_file()
        found = list(strings(infos))
        assert not [
            text for text in found
            if text.startswith(('./', '/')) or 'data/nuscenes' in text
        ]


def test_sweeps_fall_on_their_keyframe(world, tmp_path):
    """MiniWorld's sweeps are the keyframes before: 4 m away as stored."""
    paths = convert_nuscenes(world, tmp_path, 'v1.0-mini')
    dataset = NuScenesLidarSegDataset(
        data_root=str(world),
        ann_file=str(paths[0]),
        data_prefix=dict(PREFIX, pts_semantic_mask='lidarseg/v1.0-mini'),
        load_sweeps=True,
        pipeline=[])
    columns = dict(load_dim=5, use_dim=4)
    assert dataset.get_data_info(0)['lidar_sweeps'] == []

    def distance(info):
        found = LoadSweeps(**columns).transform(
            LoadLidarPoints(**columns).transform(info))
        points = found['points'].tensor[:, :3]
        own, theirs = (points[found['sweep'] == sweep] for sweep in (0, 1))
        # What stands on the ground, which moves along with nothing.
        return torch.cdist(theirs[theirs[:, 2] > -1], own).amin(1).median()

    right, wrong = (dataset.get_data_info(1) for _ in range(2))
    for sweep in wrong['lidar_sweeps']:
        sweep['lidar_points']['lidar2sensor'] = torch.eye(4).tolist()
    assert distance(right) < .8 * distance(wrong)


def test_without_the_boxes_in_the_images(world, tmp_path):
    kept = convert_nuscenes(world, tmp_path / 'kept', 'v1.0-mini')
    left_out = convert_nuscenes(
        world, tmp_path / 'left_out', 'v1.0-mini', camera_instances=False)
    again = convert_nuscenes(world, tmp_path / 'again', 'v1.0-mini')
    for paths in zip(kept, left_out, again):
        full, less, last = (mmengine.load(path) for path in paths)
        assert any(info['cam_instances']['CAM_FRONT']
                   for info in full['data_list'])
        assert len(full['data_list']) == len(less['data_list'])
        for one, other, third in zip(*(infos['data_list']
                                       for infos in (full, less, last))):
            assert other.pop('cam_instances') == {
                camera: []
                for camera in one['images']
            }
            # Nothing of the shorter conversion is left behind.
            assert third.pop('cam_instances') == one.pop('cam_instances')
            assert repr(other) == repr(one)


def test_a_recording_of_ones_own_in_nuscenes_format(world, tmp_path):
    """All of its scenes train: none is in nuScenes' splits."""
    own = shutil.copytree(world, tmp_path / 'own')
    table = own / 'v1.0-mini/scene.json'
    table.write_text(table.read_text().replace('scene-', 'drive-'))
    path, = convert_nuscenes(own, tmp_path / 'infos', 'v1.0-mini')
    assert path.name == 'nuscenes_infos_train.pkl'
    infos = mmengine.load(path)['data_list']
    assert len(infos) == 6 and infos[0]['scene_name'].startswith('drive-')
    with pytest.raises(MissingInput, match=r'one that is there \(v1.0-mini\)'):
        convert_nuscenes(own, tmp_path / 'infos')
    for folder in (own, own / 'lidarseg'):
        (folder / 'v1.0-mini').rename(folder / 'v1.0-test')
    with pytest.raises(BadInput, match='version v1.0-trainval'):
        convert_nuscenes(own, tmp_path / 'infos', 'v1.0-test')


def test_scene_names_for_infos_of_before(world, tmp_path):
    path = convert_nuscenes(world, tmp_path, 'v1.0-mini')[1]
    infos = pickle.loads(path.read_bytes())
    for info in infos['data_list']:
        del info['scene_name'], info['scene_token']
    nusc = NuScenes('v1.0-mini', str(world), verbose=False)
    add_scene_names(infos, nusc)
    assert {info['scene_name']
            for info in infos['data_list']} == {'scene-0103'}
    infos['data_list'][0]['token'] = 'unknown'
    with pytest.raises(ValueError, match='unknown is not in the tables'):
        add_scene_names(infos, nusc)


def test_wrong_root_or_version(world, tmp_path):
    with pytest.raises(FileNotFoundError, match='--root-path'):
        convert_nuscenes(tmp_path, tmp_path)
    with pytest.raises(FileNotFoundError, match='v1.0-trainval.*--version'):
        convert_nuscenes(world, tmp_path)


@pytest.mark.parametrize('change, message', [
    (lambda root: (root / 'v1.0-mini/sample.json').write_text('[{'),
     "sample.json' is not JSON"),
    (lambda root: (root / 'v1.0-mini/ego_pose.json').write_text('[{'),
     "ego_pose.json' is not what the nuScenes devkit expects"),
    (lambda root: (root / 'v1.0-mini/scene.json').write_text('[]'),
     "scene.json' has no rows"),
    (lambda root: (root / 'v1.0-mini/sample.json').write_text('[{"a": 1}]'),
     'not what the nuScenes devkit expects'),
    (lambda root: next(root.glob('samples/LIDAR_TOP/*')).write_bytes(b''),
     "The scan '.*samples/LIDAR_TOP/.*' is empty"),
    (lambda root: next(root.glob('lidarseg/v1.0-mini/*')).write_bytes(b''),
     "The label file '.*lidarseg/.*' is empty"),
    (lambda root: shutil.rmtree(root / 'samples'),
     r'"\S+/copy/samples/LIDAR_TOP/\S+" does not exist: unpack'),
])
def test_data_that_is_not_whole(world, tmp_path, change, message):
    root = tmp_path / 'copy'
    shutil.copytree(world, root)
    change(root)
    with pytest.raises((BadInput, MissingInput), match=message) as error:
        convert_nuscenes(root, tmp_path / 'out', 'v1.0-mini')
    assert './data/nuscenes' not in str(error.value)
    assert not list(tmp_path.glob('out/*.pkl'))


def test_infos_are_amended_all_or_none(world, tmp_path):
    paths = convert_nuscenes(world, tmp_path, 'v1.0-mini')
    before = [path.read_bytes() for path in paths]

    def amend(content):
        content['data_list'][0]['new'] = 1
        if content['data_list'][0]['scene_name'] == 'scene-0103':
            raise KeyError('a')

    with pytest.raises(BadInput, match='infos_val.pkl'):
        amend_infos(paths, amend, 'an info file', 'Make it.')
    assert [path.read_bytes() for path in paths] == before
    amend_infos(paths[:1], amend, 'an info file', 'Make it.')
    assert mmengine.load(paths[0])['data_list'][0]['new'] == 1
