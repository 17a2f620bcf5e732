"""Pairs drawn evenly over voxels, rings and clusters."""
import copy

import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from test_models.test_distiller import sample_with, step

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.models import (BatchPairs, EvenOverClusters,
                                  EvenOverDistance, EvenOverVoxels)
from reldistill_mm.models.batch_pairs import batch_pairs
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity

SAMPLERS = [
    EvenOverVoxels(0.5, 20),
    EvenOverDistance(5, 20),
    EvenOverClusters(4, count=20)
]


def pairs_at(xyz, sample=None):
    xyz = torch.as_tensor(xyz, dtype=torch.float32).view(-1, 3)
    index = torch.arange(len(xyz))
    sample = torch.zeros_like(index) if sample is None else sample
    return BatchPairs(
        index,
        sample,
        torch.rand(len(xyz), 2),
        index,
        sample=sample,
        xyz=xyz,
        teacher=torch.randn(len(xyz), 8))


@pytest.mark.parametrize('sampler', SAMPLERS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize('count', [0, 1, 20])
def test_what_is_there_is_taken_where_there_is_less(sampler, count):
    pairs = pairs_at(torch.rand(count, 3))
    assert sampler(pairs) is pairs


@pytest.mark.parametrize('sampler', SAMPLERS, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize('xyz', [
    50 * torch.randn(99, 3),
    torch.ones(99, 3),
    torch.zeros(99, 3),
    torch.tensor([[30., 0, 0], [0, 30, 9], [-30, 0, 0]]).repeat(33, 1)
])
def test_whole_pairs_without_replacement_whatever_the_places(sampler, xyz):
    pairs = pairs_at(xyz)
    drawn = sampler(pairs)
    assert len(set(drawn.voxel.tolist())) == 20
    for column, whole in zip(drawn, pairs):
        if column is not None:
            assert torch.equal(column, whole[drawn.voxel])


@pytest.mark.parametrize('sampler', SAMPLERS, ids=lambda s: type(s).__name__)
def test_the_seed_decides(sampler):
    pairs = pairs_at(50 * torch.randn(99, 3))
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(sampler(pairs).voxel.tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_voxels_of_two_samples_are_two():
    """Of 90 and 10 pairs at one place, and of one a voxel further."""
    xyz = [[0.1, 0.1, 0.1]] * 100 + [[0.1, 0.1, -0.1]]
    sample = torch.tensor([0] * 90 + [1] * 10 + [1])
    drawn = EvenOverVoxels(0.5, 21)(pairs_at(xyz, sample))
    below = drawn.xyz[:, 2] < 0
    assert torch.bincount(drawn.sample[~below]).tolist() == [10, 10]
    assert below.sum() == 1
    single = EvenOverVoxels(0.5, at_most=1)(pairs_at(xyz, sample))
    assert sorted(zip(single.sample.tolist(), single.xyz[:, 2]
                      < 0)) == [(0, False), (1, False), (1, True)]


def test_voxels_against_a_loop():
    pairs = pairs_at(3 * torch.randn(400, 3), torch.arange(400) % 3)
    group = EvenOverVoxels(0.7).groups(pairs).tolist()
    names = [(int(s), *(float(x) // 0.7 for x in p.double()))
             for s, p in zip(pairs.sample, pairs.xyz)]
    assert len(set(zip(group, names))) == len(set(group)) == len(set(names))


def test_rings_have_equal_shares():
    """Near pairs are 900, those of the second ring 60, far ones 3."""
    xyz = torch.zeros(963, 3)
    xyz[:900, 0], xyz[900:960, 1], xyz[960:, 0] = 3, -7, 80
    xyz[:, 2] = 100 * torch.rand(963)  # Height is no distance.
    drawn = EvenOverDistance(5, 83)(pairs_at(xyz))
    ring = drawn.xyz[:, :2].norm(dim=1)
    assert [int((ring == r).sum()) for r in (3, 7, 80)] == [40, 40, 3]


def test_clusters_have_equal_shares():
    rare = torch.tensor([0.] * 950 + [1.] * 50)
    teacher = torch.stack([1 - rare, rare], 1) + 0.01 * torch.rand(1000, 2)
    pairs = pairs_at(torch.rand(1000, 3))._replace(teacher=teacher)
    drawn = EvenOverClusters(2, count=60)(pairs)
    assert (drawn.teacher[:, 1] > 0.5).sum() == 30


@pytest.mark.parametrize('sampler, pairs, words', [
    (EvenOverVoxels(count=1), dict(xyz=None), "without 'xyz'"),
    (EvenOverVoxels(count=1), dict(sample=None), "without 'sample'"),
    (EvenOverDistance(count=1), dict(xyz=None), "without 'xyz'"),
    (EvenOverClusters(count=1), dict(teacher=None), "without 'teacher'"),
])
def test_pairs_that_lack_a_column_are_refused(sampler, pairs, words):
    with pytest.raises(BadInput, match=words):
        sampler(pairs_at(torch.rand(9, 3))._replace(**pairs))


@pytest.mark.parametrize('option', [
    dict(type='EvenOverVoxels', voxel_size=0.),
    dict(type='EvenOverVoxels', count=0),
    dict(type='EvenOverVoxels', at_most=0),
    dict(type='EvenOverDistance', ring_width=float('nan')),
    dict(type='EvenOverDistance', ring_width=float('inf')),
    dict(type='EvenOverClusters', clusters=0),
    dict(type='EvenOverClusters', fit_on=-1),
])
def test_numbers_that_are_none(option, mmdet3d_scope):
    name = list(option)[1]
    with pytest.raises(BadInput, match=f'needs a positive {name}, not'):
        MODELS.build(option)


def test_pairs_know_their_sample_and_place():
    first, second = sample_with([0, 2, 1], [1, -1, 0]), sample_with([1],
                                                                    [0, 1])
    clouds = [torch.rand(3, 5), torch.rand(2, 5)]
    pairs = batch_pairs([first, second], 6, clouds)
    assert pairs.sample.tolist() == [0, 0, 1]
    wanted = [clouds[0][0, :3], clouds[0][2, :3], clouds[1][1, :3]]
    assert torch.equal(pairs.xyz, torch.stack(wanted))
    assert batch_pairs([first, second], 6).xyz is None


@pytest.fixture
def config(small_options, clip_weights, mmdet3d_scope):
    cfg = Config.fromfile(
        reldistill_mm.config_path('baselines/relational_even_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.model.teacher.pretrained = clip_weights
    return cfg


def samples_of(config, pipeline):
    options = copy.deepcopy(config.train_dataloader.dataset)
    options.pipeline = pipeline
    dataset = DATASETS.build(options)
    return dataset, [dataset[index] for index in range(2)]


@pytest.mark.parametrize(
    'kind', ['EvenOverVoxels', 'EvenOverDistance', 'EvenOverClusters'])
def test_a_step_live_and_from_a_cache(config, tmp_path, kind):
    """With two samples, by one key."""
    config.model.pair_sampler.type = kind
    model = MODELS.build(config.model)
    dataset, samples = samples_of(config, config.paired_pipeline)
    live = step(model, pseudo_collate(copy.deepcopy(samples)), 'loss')
    assert int(live['num_pairs']) == 256
    build_cache(model, dataset, tmp_path,
                Manifest(cache_identity(config), 'python BUILD'))
    load = dict(type='LoadCachedPairs', root=str(tmp_path))
    pack = dict(type='PackPairs', keys=['points'])
    _, cached = samples_of(config, [config.load_points, load, pack])
    model.teacher.features_at = None
    found = step(model, pseudo_collate(cached), 'loss')
    assert int(found['num_pairs']) == 256
    found['loss_cross'].backward()


def test_the_teacher_is_asked_once(config, monkeypatch):
    config.model.pair_sampler.type = 'EvenOverClusters'
    model = MODELS.build(config.model)
    _, samples = samples_of(config, config.paired_pipeline)
    asked, ask = [], model.teacher.features_at

    def count(images, image, uv):
        asked.append(len(image))
        return ask(images, image, uv)

    monkeypatch.setattr(model.teacher, 'features_at', count)
    data = model.data_preprocessor(pseudo_collate(samples), True)
    pairs = model.sample_pairs(data['inputs'], data['data_samples'])
    model.loss(data['inputs'], data['data_samples'])
    total = sum(len(sample.pairs.point) for sample in data['data_samples'])
    assert asked == [total, total]
    images = data['inputs']['imgs'].flatten(0, 1)
    torch.testing.assert_close(pairs.teacher, ask(images, pairs.image,
                                                  pairs.uv))
