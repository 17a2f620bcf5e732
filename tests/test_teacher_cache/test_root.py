"""One name for the cache of a config, wherever it is set."""

from types import SimpleNamespace

import pytest
import torch
from config_files import load, step
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from reldistill_mm.hooks import DistillRunner
from reldistill_mm.teacher_cache.root import cache_root, fill_cache_root

CACHED = [
    f'reldistill_{data}_cached.py'
    for data in ('nus', 'semantickitti', 'miniworld', 'othertown')
] + ['reldistill_miniworld_demo.py']


def root_of(cfg):
    loader = fill_cache_root(cfg.train_dataloader, cfg.teacher_cache_root)
    return step(loader.dataset.pipeline, 'LoadCachedPairs')['root']


@pytest.mark.parametrize('name', CACHED)
def test_beside_the_data_or_where_a_user_says(name):
    cfg = load(name)
    assert root_of(cfg) == f'{cfg.data_root}teacher_cache'
    assert cfg.data_root == cfg.train_dataloader.dataset.data_root
    changed = load(name, dict(teacher_cache_root='/big/disk'))
    assert root_of(changed) == str(cache_root(changed)) == '/big/disk'
    # The config itself stays as it was read, and as it is written out.
    assert 'root' not in step(changed.train_dataloader.dataset.pipeline,
                              'LoadCachedPairs')


def test_a_child_sets_it_as_any_variable(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = [__import__('reldistill_mm').config_path("
                    "'reldistill_nus_cached.py')]\n"
                    "teacher_cache_root = '/big/disk'\n")
    assert root_of(Config.fromfile(path)) == '/big/disk'


def test_a_step_with_a_root_of_its_own_keeps_it():
    """Two datasets in one training have two caches."""
    cfg = load('reldistill_nus_cached.py')
    own = dict(type='mmdet3d.LoadCachedPairs', root='/other')
    loader = cfg.train_dataloader
    loader.dataset = dict(
        type='ConcatDataset', datasets=[dict(pipeline=[own]), loader.dataset])
    filled = fill_cache_root(loader, cfg.teacher_cache_root)
    first, second = filled.dataset.datasets
    found, = first.pipeline
    assert found.root == '/other'
    assert step(second.pipeline,
                'LoadCachedPairs').root == 'data/nuscenes/teacher_cache'


def test_where_the_cache_of_a_live_config_goes():
    live = load('reldistill_nus.py')
    assert cache_root(live) == 'data/nuscenes/teacher_cache'
    live.teacher_cache_root = None
    with pytest.raises(ValueError, match='names no cache.*teacher_cache_root'):
        cache_root(live)


def test_the_runner_that_upstream_tools_build(tmp_path, monkeypatch):
    """By the key that mmdet3d's own tools/train.py looks at."""
    seen = []

    def build(loader, **_):
        seen.append(loader)
        return SimpleNamespace(dataset=SimpleNamespace())

    monkeypatch.setattr(Runner, 'build_dataloader', staticmethod(build))
    cfg = load('reldistill_nus_cached.py', dict(teacher_cache_root='/disk'))
    runner = RUNNERS.build(
        Config(
            dict(
                runner_type=cfg.runner_type,
                teacher_cache_root=cfg.teacher_cache_root,
                model=torch.nn.Identity(),
                work_dir=str(tmp_path))))
    assert type(runner) is DistillRunner
    runner.build_dataloader(cfg.train_dataloader, seed=0)
    found = step(seen[0]['dataset']['dataset'].pipeline, 'LoadCachedPairs')
    assert found.root == '/disk'
