"""Caches that are built into shards, and training batches read from them."""
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from mmdet3d.registry import DATASETS
from mmengine.dataset import pseudo_collate
from test_teacher_cache.test_build import Maker
from tiny_shards import content

from reldistill_mm.apis.cache_teacher import cache_teacher
from reldistill_mm.errors import BadInput, MissingInput

# A file of the small keyframes has some 50 kB.
SIZE = 1000


@pytest.fixture(scope='module')
def maker(keyframes, tiny_clip, clip_weights):
    from mmengine.registry import DefaultScope
    from small_options import make_options
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    if not DefaultScope.check_instance_created('tests'):
        DefaultScope.get_instance('tests', scope_name='mmdet3d')
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        yield Maker(options)


def batch(maker, root):
    """A batch as training gets it, augmented by the recipe's seed."""
    pipeline = copy.deepcopy(maker.cfg.cached_pipeline) if hasattr(
        maker.cfg, 'cached_pipeline') else [
            maker.cfg.load_points,
            dict(type='LoadCachedPairs', num_pairs=300), maker.cfg.flip_cloud,
            maker.cfg.turn_cloud,
            dict(type='PackPairs', keys=['points'])
        ]
    for step in pipeline:
        if step['type'] == 'LoadCachedPairs':
            step.update(root=str(root))
    dataset = copy.deepcopy(maker.cfg.train_dataloader.dataset)
    dataset.pipeline = pipeline
    dataset = DATASETS.build(dataset)
    np.random.seed(0)
    torch.manual_seed(0)
    data = pseudo_collate([dataset[0], dataset[1]])
    return pickle.dumps([
        [cloud.numpy() for cloud in data['inputs']['points']],
        [{
            key: np.asarray(value)
            for key, value in sample.pairs.items()
        } for sample in data['data_samples']],
    ])


@pytest.fixture(scope='module')
def both(maker, tmp_path_factory):
    files = tmp_path_factory.mktemp('files')
    shards = tmp_path_factory.mktemp('shards')
    assert maker.build(files).shards is None
    report = maker.build(shards, shard_size=SIZE)
    assert report.outcomes == {'built': 2} and report.shards == 2
    return files, shards


def test_the_batch_is_the_same_to_the_bit(maker, both):
    files, shards = both
    assert not list(shards.glob('*.safetensors'))
    assert batch(maker, files) == batch(maker, shards)


def test_the_same_command_keeps_all(maker, both):
    before = content(both[1])
    size = maker.build(both[0]).size
    report = maker.build(both[1], shard_size=SIZE)
    assert report == ({'kept': 2}, size, 2)
    # Without --shards, too.
    assert maker.build(both[1]).outcomes == {'kept': 2}
    assert content(both[1]) == before


def test_repair(maker, both, tmp_path):
    before = content(both[1])
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    shard = tmp_path / 'shard-00000.tar'
    spoilt = bytearray(before[shard.name])
    spoilt[len(spoilt) // 2] ^= 1
    shard.write_bytes(spoilt)
    report = maker.build(tmp_path, shard_size=SIZE)
    assert report.outcomes == {'rebuilt, damaged': 1, 'kept': 1}
    assert content(tmp_path) == before
    shard.write_bytes(before[shard.name][:-512])
    with pytest.raises(BadInput, match='00000.tar.*python BUILD'):
        batch(maker, tmp_path)
    # A file by itself stands for what the shard has lost.
    assert maker.build(tmp_path).outcomes == {'built': 1, 'kept': 1}
    assert batch(maker, tmp_path) == batch(maker, both[0])
    maker.build(tmp_path, shard_size=SIZE)
    assert content(tmp_path) == before


def test_another_seed_replaces_the_shards(maker, both, tmp_path):
    maker.build(tmp_path, shard_size=SIZE, seed=1)
    report = maker.build(tmp_path, shard_size=SIZE)
    assert report.outcomes == {'rebuilt, stale': 2}
    assert content(tmp_path) == content(both[1])


def test_the_last_of_several_ranks_packs(maker, both, tmp_path):
    reports = [
        maker.build(tmp_path, rank=rank, world_size=2, shard_size=SIZE)
        for rank in (1, 0)
    ]
    assert [each.shards for each in reports] == [None, 2]
    assert content(tmp_path) == content(both[1])


def test_two_builders_of_everything(maker, both, tmp_path):

    def build(_):
        return maker.build(tmp_path, shard_size=SIZE)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(build, range(2)))
    assert [each.shards for each in reports] == [2, 2]
    assert content(tmp_path) == content(both[1])


def test_remote_folders_are_not_packed(maker):
    import reldistill_mm
    with pytest.raises(BadInput, match='--shards packs folders of this mach'):
        cache_teacher(
            reldistill_mm.config_path('reldistill_nus_cached.py'),
            'python BUILD',
            'http://localhost/cache',
            shards=1)


def test_the_hook_counts_what_is_in_shards(maker, both, tmp_path):
    from types import SimpleNamespace

    from reldistill_mm.datasets.transforms import LoadCachedPairs
    from reldistill_mm.hooks import CheckTeacherCacheHook
    data = content(both[1])
    for name in ('manifest.json', 'shards.json', 'shard-00000.tar',
                 'shard-00001.tar'):
        (tmp_path / name).write_bytes(data[name])

    class Frames(list):
        pipeline = SimpleNamespace(transforms=[LoadCachedPairs(str(tmp_path))])

        def get_data_info(self, index):
            return dict(token=self[index])

    def check(*names):
        CheckTeacherCacheHook().before_train(
            SimpleNamespace(
                cfg=maker.cfg,
                train_dataloader=SimpleNamespace(dataset=Frames(names))))

    check('token0', 'token1')
    with pytest.raises(MissingInput, match='lacks 1 of 2.*token9'):
        check('token0', 'token9')
