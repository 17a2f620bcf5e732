"""The dataset on info files of mmdet3d's format."""
import pickle

import numpy as np
import pytest
from tiny_nuscenes import write_keyframes

from reldistill_mm.datasets import NuScenesLidarSegDataset
from reldistill_mm.datasets.nuscenes_lidarseg import RAW_IDS

PREFIX = dict(
    pts='samples/LIDAR_TOP',
    pts_semantic_mask='lidarseg',
    **{
        name: f'samples/{name}'
        for name in ('CAM_FRONT', 'CAM_FRONT_RIGHT', 'CAM_FRONT_LEFT',
                     'CAM_BACK', 'CAM_BACK_LEFT', 'CAM_BACK_RIGHT')
    })


def build(root, **kwargs):
    options = dict(
        data_root=str(root),
        ann_file='infos.pkl',
        data_prefix=dict(PREFIX),
        pipeline=[])
    options.update(kwargs)
    return NuScenesLidarSegDataset(**options)


def edit(path, **metainfo):
    content = pickle.loads(path.read_bytes())
    content['metainfo'].update(metainfo)
    path.write_bytes(pickle.dumps(content))


def test_label_table_equals_the_devkits():
    mapper = pytest.importorskip('nuscenes.eval.lidarseg.utils')
    from nuscenes.utils.color_map import get_colormap
    instance = mapper.LidarsegClassMapper.__new__(mapper.LidarsegClassMapper)
    instance.ignore_class = dict(name='ignore', index=0)
    coarse = instance.get_fine2coarse()
    table = build_table()
    for raw, name in enumerate(get_colormap()):
        expected = coarse[name]
        found = (list(RAW_IDS) + ['ignore'])[table[raw]]
        assert found == expected, name


def build_table():
    dataset = NuScenesLidarSegDataset(lazy_init=True, ann_file='none')
    return dataset.seg_label_mapping


def test_unknown_ids_are_ignored_never_class_zero():
    table = build_table()
    assert len(table) == 256
    assert (table[32:] == 16).all() and table[0] == 16


def test_paths_and_lengths(keyframes):
    dataset = build(keyframes)
    assert len(dataset) == 2
    info = dataset.get_data_info(0)
    for name, image in info['images'].items():
        assert image['img_path'] == f'{keyframes}/samples/{name}/000.jpg'
    assert info['lidar_path'].startswith(f'{keyframes}/samples/LIDAR_TOP/')
    assert info['pts_semantic_mask_path'] == f'{keyframes}/lidarseg/000.bin'
    assert dataset.metainfo['ignore_index'] == 16


def test_relative_root(keyframes, monkeypatch):
    monkeypatch.chdir(keyframes.parent)
    info = build(keyframes.name).get_data_info(0)
    path = info['images']['CAM_BACK']['img_path']
    assert path == f'{keyframes.name}/samples/CAM_BACK/000.jpg'


def test_without_cameras_and_labels(tmp_path):
    write_keyframes(tmp_path, labels=False)
    dataset = build(tmp_path, modality=dict(use_lidar=True, use_camera=False))
    assert 'pts_semantic_mask_path' not in dataset.get_data_info(0)


def test_a_subset_of_classes_ignores_the_rest(keyframes):
    dataset = build(keyframes, metainfo=dict(classes=['car', 'vegetation']))
    table = dataset.seg_label_mapping
    assert table[17] == 0 and table[30] == 1
    assert set(np.delete(table, [17, 30])) == {2}
    assert dataset.metainfo['ignore_index'] == 2


def test_boxes_and_sweeps_are_not_kept_in_memory(tmp_path):
    path = write_keyframes(tmp_path)
    content = pickle.loads(path.read_bytes())
    content['data_list'][0].update(
        instances=[1], cam_instances=dict(a=1), lidar_sweeps=[2])
    path.write_bytes(pickle.dumps(content))
    info = build(tmp_path).get_data_info(0)
    assert not {'instances', 'cam_instances', 'lidar_sweeps'} & set(info)


def sweeps(tmp_path, *paths):
    path = write_keyframes(tmp_path, count=2)
    content = pickle.loads(path.read_bytes())
    content['data_list'][1]['lidar_sweeps'] = [
        dict(lidar_points=dict(lidar_path=each)) for each in paths
    ]
    path.write_bytes(pickle.dumps(content))


@pytest.mark.parametrize(
    'folder',
    ['./data/nuscenes/', '', '/old/machine/samples/nuscenes/', 'C:\\nus\\'])
def test_sweeps_lie_below_the_root(tmp_path, folder, monkeypatch):
    """mmdet3d writes ./data/nuscenes/..., and another copy may lie there."""
    sweeps(tmp_path, f'{folder}sweeps/LIDAR_TOP/a.bin',
           f'{folder}samples/LIDAR_TOP/b.bin')
    for name in ('sweeps/LIDAR_TOP/a.bin', 'other/a.bin'):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)

    def paths(**options):
        dataset = build(tmp_path, load_sweeps=True, **options)
        return [
            sweep['lidar_points']['lidar_path']
            for sweep in dataset.get_data_info(1)['lidar_sweeps']
        ]

    assert paths() == [
        f'{tmp_path}/sweeps/LIDAR_TOP/a.bin',
        f'{tmp_path}/samples/LIDAR_TOP/b.bin'
    ]
    first = build(tmp_path, load_sweeps=True).get_data_info(0)
    assert first['lidar_sweeps'] == []
    prefix = dict(PREFIX, sweeps='other')
    assert paths(data_prefix=prefix)[0] == f'{tmp_path}/other/a.bin'


def test_sweeps_that_are_not_there(tmp_path):
    sweeps(tmp_path, './data/nuscenes/sweeps/LIDAR_TOP/a.bin')
    with pytest.raises(
            FileNotFoundError, match='sweeps/LIDAR_TOP/a.bin.*infos.pkl'):
        build(tmp_path, load_sweeps=True)
    sweeps(tmp_path)
    with pytest.raises(ValueError, match='lists no sweep.*--max-sweeps'):
        build(tmp_path, load_sweeps=True)
    assert len(build(tmp_path)) == 2


def test_the_real_keyframe(real_data):
    dataset = build(
        real_data / 'nuscenes_keyframe',
        ann_file='nuscenes_infos_keyframe.pkl')
    assert len(dataset) == 1


def test_missing_info_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='infos.pkl.*converter'):
        build(tmp_path)


@pytest.mark.parametrize('content', [
    pickle.dumps([1, 2]),
    pickle.dumps(dict(infos=[], metadata={})),
    pickle.dumps(dict(data_list=[], metainfo={}))[:-9], b'', b'no pickle'
])
def test_not_an_info_file(tmp_path, content):
    (tmp_path / 'infos.pkl').write_bytes(content)
    with pytest.raises(ValueError, match='not an info file.*converter'):
        build(tmp_path)


def test_info_file_of_another_version(tmp_path):
    edit(write_keyframes(tmp_path), info_version='1.0')
    with pytest.raises(ValueError, match='info_version 1.0, not 1.1'):
        build(tmp_path)


def test_info_file_of_another_dataset(tmp_path):
    edit(write_keyframes(tmp_path), dataset='kitti')
    with pytest.raises(ValueError, match='holds kitti'):
        build(tmp_path)


def test_scene_subsets(tmp_path):
    write_keyframes(tmp_path, count=12)
    held_out = {'scene-0008', 'scene-0009'}
    assert len(build(tmp_path, scenes='slidr_600')) == 10
    dataset = build(tmp_path, scenes='slidr_100')
    assert {
        dataset.get_data_info(i)['scene_name']
        for i in range(len(dataset))
    } == held_out
    assert len(build(tmp_path, scenes=['scene-0003'])) == 1
    with pytest.raises(ValueError, match="no scene 'scene-9999' among the 12"):
        build(tmp_path, scenes=['scene-9999'])
    with pytest.raises(ValueError, match="Unknown scene subset 'all'"):
        build(tmp_path, scenes='all')


def tokens(dataset):
    return [dataset.get_data_info(i)['token'] for i in range(len(dataset))]


def test_every_nth_scene_and_keyframe(keyframes, tmp_path):
    """In the order of scenes and time, whatever that of the file."""
    content = pickle.loads((keyframes / 'infos_100_scenes.pkl').read_bytes())
    content['data_list'].reverse()
    (tmp_path / 'infos.pkl').write_bytes(pickle.dumps(content))
    dataset = build(tmp_path, scenes='every_40th_scene')
    assert set(tokens(dataset)) == {
        f'token{frame}-{scene}'
        for frame in (0, 1)
        for scene in (39, 79)
    }
    # 200 keyframes, two per scene.
    dataset = build(tmp_path, keyframes='every_50th_keyframe')
    assert tokens(dataset) == [f'token0-{scene}' for scene in (0, 25, 50, 75)]
    dataset = build(
        tmp_path, scenes='every_50th_scene', keyframes='every_2nd_keyframe')
    assert tokens(dataset) == ['token0-49', 'token0-99']


def test_the_log_names_the_subset(keyframes, monkeypatch):
    from reldistill_mm.datasets import nuscenes_lidarseg
    lines = []
    monkeypatch.setattr(nuscenes_lidarseg, 'print_log',
                        lambda text, **_: lines.append(text))
    build(
        keyframes,
        ann_file='infos_100_scenes.pkl',
        scenes='every_50th_scene',
        keyframes='every_4th_keyframe')
    build(keyframes)
    assert len(lines) == 1
    for part in ('scenes=every_50th_scene', 'keyframes=every_4th_keyframe',
                 '1 of 200 keyframes', 'scene-0049'):
        assert part in lines[0]


def test_a_mini_set_has_no_hundredth_scene(keyframes):
    """It says how many there are instead of dividing by zero later."""
    with pytest.raises(
            ValueError, match='leaves none of the 2 key.*has 2 scenes'):
        build(keyframes, scenes='every_100th_scene')
    with pytest.raises(ValueError, match='leaves none of 2 key'):
        build(keyframes, keyframes='every_100th_keyframe')


def test_infos_without_scene_names(tmp_path):
    path = write_keyframes(tmp_path)
    content = pickle.loads(path.read_bytes())
    del content['data_list'][0]['scene_name']
    path.write_bytes(pickle.dumps(content))
    for subset in (dict(scenes='slidr_600'),
                   dict(keyframes='every_1st_keyframe')):
        with pytest.raises(ValueError, match='add_scene_names'):
            build(tmp_path, **subset)


def test_an_info_file_that_lists_nothing(tmp_path):
    path = write_keyframes(tmp_path)
    content = pickle.loads(path.read_bytes())
    path.write_bytes(pickle.dumps(dict(content, data_list=[])))
    with pytest.raises(ValueError, match="infos.pkl' lists no keyframe"):
        build(tmp_path)
