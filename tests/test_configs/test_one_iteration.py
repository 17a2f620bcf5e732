"""Every config trains one iteration, or is tested if that is its purpose.

By the real Runner, with a narrow network on tiny data in the config's own
layout. Shares of a dataset differ from one that runs by their subset alone,
which is tested instead.
"""
import math

import mmengine.runner.runner
import pytest
import torch
from config_files import CONFIGS, difference, load, runs_here
from mmdet3d.registry import DATASETS, MODELS
from mmengine.registry import RUNNERS

from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity

# Share of the data, the key that names it, and its name.
SHARES = [('nus_1pct', 'scenes', 'every_100th_scene'),
          ('nus_1pct_keyframes', 'keyframes', 'every_100th_keyframe'),
          ('nus_5pct', 'scenes', 'every_20th_scene'),
          ('nus_10pct', 'scenes', 'every_10th_scene'),
          ('nus_25pct', 'scenes', 'every_4th_scene'),
          ('kitti_1pct', 'scans', 'every_100th_scan'),
          ('miniworld_1pct', 'keyframes', 'every_80th_keyframe'),
          ('miniworld_5pct', 'keyframes', 'every_20th_keyframe'),
          ('miniworld_10pct', 'keyframes', 'every_10th_keyframe'),
          ('miniworld_25pct', 'keyframes', 'every_4th_keyframe'),
          ('othertown_1scan', 'scans', 'every_24th_scan')]
# Config: the one that has all of the data, the key, its value.
SUBSETS = {
    f'downstream/finetune_{share}.py':
    (f"downstream/finetune_{share.split('_')[0]}.py", key, value)
    for share, key, value in SHARES
}
# On data of any kind: tests/test_tools/test_own_sensors.py trains them.
OWN = [
    name for name in CONFIGS
    if name.startswith(('reldistill_camera_lidar', 'reldistill_kitti_object'))
]
RUN = [name for name in CONFIGS if name not in (*SUBSETS, *OWN)]
# What a named start changes is the same in all, see test_downstream.
STARTED = [(name, None) for name in RUN]
STARTED += [(f'downstream/{name}.py', 'random')
            for name in ('finetune_nus', 'finetune_kitti',
                         'finetune_miniworld', 'linear_probe_nus')]


@pytest.mark.parametrize('name', SUBSETS)
def test_shares_differ_by_their_subset_alone(name):
    base, key, value = SUBSETS[name]
    assert base in RUN
    child = load(name)
    changed = difference(child, load(base)) - {'scenes'}
    assert changed == {f'train_dataloader.dataset.{key}'}
    assert child.train_dataloader.dataset[key] == value


def test_slidr600_is_slidrs_scenes_and_schedule():
    child = load('reldistill_nus_slidr600.py')
    changed = difference(child, load('reldistill_nus.py'))
    assert {key.partition('.')[0]
            for key in changed} == {
                'scenes', 'train_dataloader', 'optim_wrapper',
                'param_scheduler', 'lr'
            }
    assert child.train_dataloader.dataset.scenes == 'slidr_600'
    assert child.optim_wrapper.optimizer.type == 'SGD'


def fill_cache(cfg, root):
    """As tools/cache_teacher.py does."""
    dataset = dict(cfg.train_dataloader.dataset, pipeline=cfg.paired_pipeline)
    model = MODELS.build(cfg.model).eval()
    build_cache(model, DATASETS.build(dataset), root,
                Manifest(cache_identity(cfg), 'python BUILD'))
    cfg.teacher_cache_root = str(root)


@pytest.mark.slow
@pytest.mark.parametrize('name, start', STARTED)
def test_runs(name, start, options, clip_weights, tmp_path, mmdet3d_scope,
              monkeypatch):
    # What it asks compilers for takes longer than an iteration.
    monkeypatch.setattr(mmengine.runner.runner, 'collect_env', dict)
    if not runs_here(name):
        pytest.skip('no torchsparse here: see test_voxel_student.py')
    cfg = load(name, options, start)
    cfg.work_dir = str(tmp_path)
    if cfg.model.get('teacher', {}).get('type') == 'OpenCLIPTeacher':
        # Not random ones: words are then embedded once for all configs.
        cfg.model.teacher.pretrained = clip_weights
    for loader in ('train', 'val', 'test'):
        if cfg[f'{loader}_dataloader'] is not None:
            cfg[f'{loader}_dataloader'].dataset.indices = 1
    if 'LoadCachedPairs' in str(cfg.get('train_dataloader')):
        fill_cache(cfg, tmp_path / 'cache')
    if name.endswith('_structure.py') or cfg.train_dataloader is None:
        metrics = RUNNERS.build(cfg).test()
        assert metrics['labelled_samples'] == 1 and 0 <= metrics['miou'] <= 1
        structure = {'uniformity', 'teacher_uniformity'}
        assert name.endswith('_structure.py') == (structure <= set(metrics))
        return
    if name.endswith('_ensemble.py'):
        metrics = RUNNERS.build(cfg).test()
        for scope in ('', '_visible', '_student', '_teacher'):
            assert 0 <= metrics[f'miou{scope}'] <= 1
        return
    cfg.train_dataloader.batch_size = 1
    cfg.train_cfg.update(val_interval=1)
    loop = 'max_iters' if 'max_iters' in cfg.train_cfg else 'max_epochs'
    cfg.train_cfg[loop] = 1
    runner = RUNNERS.build(cfg)
    trained = getattr(runner.model, 'projector', None)
    trained = trained or runner.model.decode_head.conv_seg
    before = [weight.clone() for weight in trained.parameters()]
    runner.train()
    assert runner.iter == 1
    assert not all(map(torch.equal, before, trained.parameters()))
    scalars = runner.message_hub.log_scalars
    assert 0 < scalars['train/loss'].current() < math.inf
    if cfg.model.get('zero_shot_head', 'labels') is None:
        assert 'val/miou' not in scalars
        assert -1 <= scalars['val/tolerance'].current() <= 1
    else:
        assert 0 <= scalars['val/miou'].current() <= 1
