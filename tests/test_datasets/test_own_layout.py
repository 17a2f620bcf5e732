"""Folders of one's own whose layout a config states."""
import numpy as np
import pytest
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from test_datasets.test_camera_lidar import pcd, raw_labels
from tiny_sensors import scene, write_bin

from reldistill_mm import config_path
from reldistill_mm.datasets.fill_classes import fill_classes
from reldistill_mm.errors import BadInput, MissingInput

LAYOUT = dict(
    classes=dict(car=10, road=[40, 44]),
    scan='points/{name}.bin',
    label='labels/{name}.label',
    splits=dict(train='train.txt', val=['night_*']))
STEPS = [dict(type='LoadScanPoints'), dict(type='LoadScanLabels')]

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')


def build(root, layout=LAYOUT, steps=STEPS, **kwargs):
    return DATASETS.build(
        dict(
            type='LidarSegFolderDataset',
            layout=layout,
            data_root=str(root),
            pipeline=steps,
            **kwargs))


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(('day_1', 'day_2', 'night_1', 'night_2')):
        points = scene(number)
        write_bin(tmp_path / f'points/{name}.bin', points)
        (tmp_path / 'labels').mkdir(exist_ok=True)
        raw_labels(len(points)).astype(np.uint32).tofile(
            tmp_path / f'labels/{name}.label')
    (tmp_path / 'train.txt').write_text('day_2\n\nday_1\n')
    return tmp_path


def ids(dataset):
    return [dataset.get_data_info(i)['sample_id'] for i in range(len(dataset))]


def test_by_a_list_of_names_and_by_patterns(folder):
    dataset = build(folder)
    assert ids(dataset) == ['day_2', 'day_1']
    assert ids(build(folder, split='val')) == ['night_1', 'night_2']
    sample = dataset[0]
    count = len(scene(1))
    assert sample['pts_semantic_mask'].tolist() == ([0, 1, 1, 2] *
                                                    count)[:count]
    np.testing.assert_allclose(
        sample['points'].tensor[:, 3], 255 * scene(1)[:, 3], rtol=1e-6)
    assert dataset.metainfo['classes'] == ('car', 'road')
    assert len(dataset.metainfo['palette']) == 2
    stated = build(folder, dict(LAYOUT, intensity=2, columns=4))[0]
    np.testing.assert_allclose(
        stated['points'].tensor[:, 3], 127.5 * scene(1)[:, 3], rtol=1e-6)


def test_sequences_and_labels_in_the_scans_own_file(tmp_path):
    for sequence in ('a', 'b'):
        (tmp_path / sequence).mkdir()
        points = scene(3)
        pcd(tmp_path / f'{sequence}/1.pcd', points, raw_labels(len(points)))
    table = dict(
        LAYOUT,
        scan='{sequence}/{name}.pcd',
        label='{sequence}/{name}.pcd',
        label_field='label',
        splits=dict(train=['b']))
    dataset = build(tmp_path, table)
    assert ids(dataset) == ['b_1']
    assert set(dataset[0]['pts_semantic_mask']) == {0, 1, 2}
    with pytest.raises(BadInput, match="no field 'kind'"):
        build(tmp_path, dict(table, label_field='kind'))[0]


@pytest.mark.parametrize('change, message', [
    (dict(scann='x'), "key 'scann'.*'scan'"),
    (dict(classes=None), r"lacks \['classes'\]"),
    (dict(classes=['car']), 'layout.classes.*not a table'),
    (dict(classes=dict(car=1, bus=1)), 'raw id 1 to both'),
    (dict(scan='points.bin'), 'must hold {name}'),
    (dict(scan='/data/{name}.bin'), 'below data_root'),
    (dict(scan='{nome}.bin'), 'alone'),
    (dict(label='{sequence}/{name}.npy'), 'does not have'),
    (dict(splits=dict(train=[])), 'splits.train='),
    (dict(splits=['a']), 'not a table'),
    (dict(columns=2), 'columns=2'),
    (dict(intensity=0), 'intensity=0'),
])
def test_tables_that_are_none(folder, change, message):
    with pytest.raises(BadInput, match=message):
        build(folder, dict(LAYOUT, **change))


def test_what_is_not_there(folder):
    with pytest.raises(BadInput, match='layout=None is neither.*write'):
        build(folder, None)
    with pytest.raises(BadInput, match=r"lacks \['classes', 'scan'"):
        build(folder, {})
    with pytest.raises(BadInput, match="Unknown split 'test'"):
        build(folder, split='test')
    with pytest.raises(MissingInput, match='no scan.*docs/own_data.md'):
        build(folder / 'labels', split='val')
    old = [dict(type='LoadFolderPoints')]
    with pytest.raises(BadInput, match='LoadScanPoints'):
        build(folder, steps=old)[0]


@pytest.mark.parametrize('name', ['finetune', 'linear_probe'])
def test_a_child_states_its_table_once(name, folder, tmp_path):
    config = tmp_path / 'mine.py'
    base = config_path(f'downstream/{name}_own_folder.py')
    config.write_text(f'_base_ = {base!r}\n'
                      'train_dataloader = dict(dataset=dict(\n'
                      f'    data_root={str(folder)!r}, layout={LAYOUT!r}))\n')
    cfg = Config.fromfile(config)
    assert cfg.model.decode_head.num_classes is None
    fill_classes(cfg)
    assert cfg.model.decode_head.num_classes == 2
    assert cfg.model.decode_head.ignore_index == 2
    for loader, count in (('train', 2), ('val', 2), ('test', 2)):
        dataset = DATASETS.build(cfg[f'{loader}_dataloader'].dataset)
        assert len(dataset) == count
    sample = dataset[0]
    labels = sample['data_samples'].gt_pts_seg.pts_semantic_mask
    assert len(labels) == len(sample['inputs']['points'])


@pytest.mark.slow
@pytest.mark.parametrize('name', ['finetune', 'linear_probe'])
def test_one_iteration(name, folder, distilled, tmp_path):
    from mmengine.registry import RUNNERS
    from small_options import _BACKBONE
    cfg = Config.fromfile(config_path(f'downstream/{name}_own_folder.py'))
    cfg.train_dataloader.dataset.update(data_root=str(folder), layout=LAYOUT)
    cfg.merge_from_dict(
        {
            **_BACKBONE, 'model.decode_head.channels': 8,
            'model.backbone.init_cfg.checkpoint': str(distilled),
            'train_dataloader.batch_size': 2,
            'train_cfg.max_epochs': 1,
            'train_cfg.val_interval': 1,
            **{
                f'{loader}_dataloader.{key}': value
                for loader in ('train', 'val', 'test')
                for key, value in dict(
                    num_workers=0, persistent_workers=False).items()
            }
        })
    cfg.work_dir = str(tmp_path / 'work')
    runner = RUNNERS.build(cfg)
    runner.train()
    assert runner.iter == 1
    assert runner.model.decode_head.num_classes == 2
    assert 0 <= runner.message_hub.log_scalars['val/miou'].current() <= 1
