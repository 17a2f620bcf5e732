"""Configs of SemanticKITTI and of folders: one iteration of each."""
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from tiny_folders import write as write_folder
from tiny_semantickitti import write_sequence

import reldistill_mm

SUPERVISED = """
_base_ = [
    {runtime!r}, {dataset!r}, {schedule!r},
    'mmdet3d::_base_/models/minkunet.py'
]
model = dict(
    data_preprocessor=dict(
        type='DistillDataPreprocessor', batch_first=True, max_voxels=None,
        voxel_layer=dict(voxel_size=[.1, .1, .1])),
    backbone=dict(
        sparseconv_backend='spconv', base_channels=8,
        encoder_channels=[8, 8, 8, 8], encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[8, 8, 8, 8], decoder_blocks=[1, 1, 1, 1]),
    decode_head=dict(
        channels=8, num_classes={classes}, ignore_index={classes}))
train_cfg = dict(max_epochs=1)
"""


def train(cfg, options, work_dir):
    cfg.merge_from_dict(options)
    cfg.work_dir = str(work_dir)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 1
    return runner


def supervised(dataset, classes, folder):
    """A config as configs/downstream has them, in a file of its own."""
    path = folder / 'supervised.py'
    path.write_text(
        SUPERVISED.format(
            classes=classes,
            **{
                key: reldistill_mm.config_path(f'_base_/{name}')
                for key, name in dict(
                    runtime='default_runtime.py',
                    dataset=f'datasets/{dataset}.py',
                    schedule='schedules/sgd_cosine_50e.py').items()
            }))
    return Config.fromfile(path)


def loader_options(root, **more):
    options = {}
    for loader in ('train', 'val', 'test'):
        prefix = f'{loader}_dataloader'
        options[f'{prefix}.num_workers'] = 0
        options[f'{prefix}.persistent_workers'] = False
        options[f'{prefix}.dataset.data_root'] = str(root)
        for key, value in more.items():
            options[f'{prefix}.dataset.{key}'] = value
    return options


def test_distils_and_tests_on_semantickitti(small_kitti_options, tmp_path):
    cfg = Config.fromfile(
        reldistill_mm.config_path('reldistill_semantickitti.py'))
    runner = train(cfg, {
        **small_kitti_options, 'train_cfg.max_epochs': 1
    }, tmp_path)
    metrics = runner.test()
    assert metrics['samples'] == metrics['labelled_samples'] == 2
    assert 0 <= metrics['miou_visible'] <= 1 and 'traffic-sign' in metrics


def test_words_of_semantickitti():
    """Trap: its ids are not prompts, and its 'bus' is other-vehicle."""
    cfg = Config.fromfile(
        reldistill_mm.config_path('reldistill_semantickitti.py'))
    head = cfg.model.zero_shot_head
    assert head.classes == cfg.val_dataloader.dataset.metainfo.classes
    assert set(head.vocabulary) == set(head.classes)
    words = sum(map(list, head.vocabulary.values()), [])
    assert not {'trunck', 'terrian', 'other-ground'} & set(words)
    assert len(head.vocabulary['bus']) > 1


def test_intensities_of_all_pipelines_are_scaled():
    """Trap: mmdet3d's base brings pipelines of its own, tta_pipeline too."""
    cfg = Config.fromfile(
        reldistill_mm.config_path('reldistill_semantickitti.py'))
    for name, pipeline in cfg.items():
        if name.endswith('_pipeline'):
            assert pipeline[0].type == 'LoadLidarPoints', name
            assert pipeline[0].intensity_scale == 255, name


def test_supervised_on_semantickitti(kitti_scans, tmp_path):
    cfg = supervised('semantickitti_lidarseg', 19, tmp_path)
    runner = train(cfg, loader_options(kitti_scans), tmp_path / 'work')
    metrics = runner.test()
    assert metrics['labelled_samples'] == 2 and 'miou_visible' not in metrics


@pytest.mark.parametrize('layout, classes', [('semanticposs', 13),
                                             ('semanticstf', 19)])
def test_supervised_on_a_folder(layout, classes, tmp_path):
    root = tmp_path / 'data'
    write_folder(root, layout)
    cfg = supervised('lidarseg_folder', classes, tmp_path)
    options = loader_options(root, layout=layout)
    # The only scan that was written is one to train on.
    for loader in ('val', 'test'):
        options[f'{loader}_dataloader.dataset.split'] = 'train'
    runner = train(cfg, options, tmp_path / 'work')
    assert runner.test()['labelled_samples'] == 1


def test_nuscenes_c_is_read_with_nuscenes_infos(keyframes, tmp_path):
    """A corrupted scan has fewer points, its labels too."""
    import shutil

    import numpy as np
    from mmdet3d.registry import DATASETS
    from mmengine.registry import DefaultScope
    root = tmp_path / 'nuscenes-c/fog/light'
    for part, target in (('samples/LIDAR_TOP', 'samples/LIDAR_TOP'),
                         ('lidarseg', 'lidarseg/v1.0-trainval')):
        shutil.copytree(keyframes / part, root / target)
    for path, width, kind in ((root / 'samples/LIDAR_TOP/000.pcd.bin', 5,
                               np.float32),
                              (root / 'lidarseg/v1.0-trainval/000.bin', 1,
                               np.uint8)):
        values = np.fromfile(path, kind).reshape(-1, width)[:1000]
        if width == 1:
            values[:7] = 43
        values.tofile(path)
    cfg = Config.fromfile(
        reldistill_mm.config_path('_base_/datasets/nuscenes_c.py'))
    dataset = cfg.val_dataloader.dataset
    assert dataset.data_root == 'data/nuscenes-c/fog/moderate/'
    assert (Path(dataset.data_root) / dataset.ann_file).resolve() == Path(
        'data/nuscenes/nuscenes_infos_val.pkl').resolve()
    # tools/test.py --tta reads no image either.
    assert 'Camera' not in str(cfg.tta_pipeline)
    dataset.update(data_root=str(root), ann_file=str(keyframes / 'infos.pkl'))
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        sample = DATASETS.build(dataset)[0]
    labels = sample['data_samples'].gt_pts_seg.pts_semantic_mask
    assert len(labels) == len(sample['inputs']['points']) == 1000
    assert (labels[:7] == 16).all()


def test_a_scan_without_labels_is_predicted(tmp_path, small_kitti_options):
    """Sequences 11 to 21 have none."""
    from reldistill_mm.datasets.convert_semantickitti import \
        convert_semantickitti
    write_sequence(tmp_path, '11', count=1, labels=False)
    convert_semantickitti(tmp_path, tmp_path)
    cfg = Config.fromfile(
        reldistill_mm.config_path('reldistill_semantickitti.py'))
    cfg.merge_from_dict({
        **small_kitti_options, 'test_dataloader.dataset.data_root':
        str(tmp_path),
        'test_dataloader.dataset.ann_file':
        'semantickitti_infos_test.pkl'
    })
    cfg.work_dir = str(tmp_path / 'work')
    metrics = Runner.from_cfg(cfg).test()
    assert metrics['samples'] == 1 and metrics['labelled_samples'] == 0


def test_other_town_speaks_words_that_the_tiny_clip_has_learned():
    from miniworld.tiny_clip.captions import ALL_WORDS
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_othertown.py'))
    vocabulary = cfg.model.zero_shot_head.vocabulary
    assert set(sum(map(list, vocabulary.values()), [])) <= set(ALL_WORDS)
