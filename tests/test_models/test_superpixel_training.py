"""Pooled losses: live, from a cache, and over two ranks."""
import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from devices import IN_PAIRS, join_group
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from PIL import Image
from test_models.test_distiller import step
from torch import multiprocessing as mp

import reldistill_mm
from reldistill_mm.compat.leave_group import leave_group
from reldistill_mm.datasets.transforms import slic
from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (pool_rows, tolerant_contrastive_loss,
                                      unit_rows)
from reldistill_mm.io.segment_map import encode_segments, segment_path
from reldistill_mm.models import DistillHead
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity, check_config


@pytest.fixture
def config(small_options, clip_weights, mmdet3d_scope):
    cfg = Config.fromfile(
        reldistill_mm.config_path('baselines/stslidr_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.model.teacher.pretrained = clip_weights
    cfg.model.pair_sampler.count = None
    return cfg


def samples_of(config, pipeline):
    options = copy.deepcopy(config.train_dataloader.dataset)
    options.pipeline = pipeline
    dataset = DATASETS.build(options)
    return dataset, [dataset[index] for index in range(2)]


def slow_rows(model, samples):
    """One row for each (sample, camera, segment), sample by sample."""
    students, teachers = [], []
    for sample in samples:
        data = model.data_preprocessor(
            copy.deepcopy(pseudo_collate([sample])), False)
        own = data['data_samples'][0]
        pairs = own.pairs
        features = model.projector(
            model.extract_feat(
                data['inputs'])[own.point2voxel_map[pairs.point]])
        teacher = model.teacher.features_at(data['inputs']['imgs'][0],
                                            pairs.camera, pairs.uv)
        keys = list(zip(pairs.camera.tolist(), pairs.segment.tolist()))
        for key in sorted(set(keys)):
            mine = [place for place, each in enumerate(keys) if each == key]
            students.append(unit_rows(features[mine]).mean(0))
            teachers.append(teacher[mine].mean(0))
    return torch.stack(students), torch.stack(teachers)


def test_live_and_cached_training_equal_a_slow_loop(config, tmp_path,
                                                    monkeypatch):
    model = MODELS.build(config.model).eval()
    dataset, samples = samples_of(config, config.paired_pipeline)
    live = step(model, pseudo_collate(copy.deepcopy(samples)), 'loss')
    rows = slow_rows(model, samples)
    wanted = tolerant_contrastive_loss(*map(unit_rows, rows))
    torch.testing.assert_close(live['loss_tolerant'], wanted, rtol=1e-3,
                               atol=1e-4)  # yapf: disable
    assert int(live['num_pairs']) == len(rows[0]) < 2 * 6 * 150

    manifest = Manifest(cache_identity(config), 'python BUILD')
    build_cache(model, dataset, tmp_path, manifest)
    # Cached training runs no SLIC.
    monkeypatch.setattr(slic, 'slic_segments', None)
    load = dict(type='LoadCachedPairs', root=str(tmp_path))
    pack = dict(type='PackPairs', keys=['points'])
    _, cached = samples_of(config, [config.load_points, load, pack])
    found = step(model, pseudo_collate(cached), 'loss')
    assert found['num_pairs'] == live['num_pairs']
    # Features in float16.
    torch.testing.assert_close(found['loss_tolerant'], wanted, rtol=1e-2,
                               atol=1e-2)  # yapf: disable


def test_one_cache_serves_configs_with_and_without(config, small_options):
    manifest = Manifest(cache_identity(config), 'python BUILD')
    plain = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    plain.merge_from_dict(small_options)
    plain.model.teacher.pretrained = config.model.teacher.pretrained
    check_config(plain, manifest, 'ROOT')
    without = Manifest(cache_identity(plain), 'python BUILD')
    assert 'superpixels' not in without.identity
    with pytest.raises(BadInput, match='stale.*superpixels: cached None'):
        check_config(config, without, 'ROOT')


def write_maps(dataset, files, seed):
    """Numbers drawn anew, which PNG packs in other numbers of bytes."""
    rng = np.random.default_rng(seed)
    for index in range(len(dataset)):
        for name, camera in dataset.get_data_info(index)['images'].items():
            path = Path(segment_path(files, name, camera))
            path.parent.mkdir(parents=True, exist_ok=True)
            height, width = np.asarray(Image.open(
                camera['img_path'])).shape[:2]
            rows = rng.integers(1, 9 + seed, (height, 1)).repeat(width, 1)
            path.write_bytes(encode_segments(rows, 'a test'))


def test_other_maps_under_the_same_names_are_refused(config, tmp_path):
    """In building the cache and in training on it, while they are there."""
    files = f'{tmp_path}/maps/{{camera}}/{{stem}}.png'
    maps = dict(type='LoadSuperpixels', files=files)
    steps = [s for s in config.paired_pipeline if s.type != 'SlicSuperpixels']
    pair = [step.type for step in steps].index('PairPointsWithPixels')
    config.paired_pipeline = [*steps[:pair + 1], maps, *steps[pair + 1:]]
    options = dict(config.train_dataloader.dataset, indices=2)
    plain = DATASETS.build(dict(options, pipeline=[]))
    write_maps(plain, files, 0)
    model = MODELS.build(config.model).eval()

    def build():
        dataset = DATASETS.build(
            dict(options, pipeline=config.paired_pipeline))
        manifest = Manifest(cache_identity(config), 'python BUILD')
        return build_cache(model, dataset, tmp_path / 'cache',
                           manifest).outcomes

    def read():
        load = dict(type='LoadCachedPairs', root=str(tmp_path / 'cache'))
        return DATASETS.build(
            dict(
                options,
                pipeline=[
                    config.load_points, load,
                    dict(type='PackPairs', keys=['points'])
                ]))[0]

    assert build() == {'built': 2} and build() == {'kept': 2}
    assert len(read()['data_samples'].pairs.segment.unique()) > 1
    write_maps(plain, files, 1)
    for use in (build, read):
        with pytest.raises(BadInput, match='images or superpixels differ'):
            use()
    shutil.rmtree(tmp_path / 'maps')
    assert build() == {'kept': 2}
    read()


def test_a_pipeline_without_superpixels_is_refused(config):
    pipeline = [
        each for each in config.paired_pipeline
        if each['type'] != 'SlicSuperpixels'
    ]
    _, samples = samples_of(config, pipeline)
    model = MODELS.build(config.model)
    with pytest.raises(BadInput, match='SuperpixelPool finds no segments'):
        step(model, pseudo_collate(samples), 'loss')


LOSSES = [
    dict(type='ContrastiveLoss'),
    dict(type='TolerantContrastiveLoss', left_out=0.2),
    dict(type='RelationalLoss')
]
SIZES = [40, 25]


def part(rank):
    """Points, teacher rows and (image, segment) of a rank's sample."""
    torch.manual_seed(rank)
    group = torch.randint(0, 6, (SIZES[rank], )) + 6 * rank
    return torch.randn(SIZES[rank], 5), torch.randn(SIZES[rank], 8), group


def layer():
    torch.manual_seed(9)
    return torch.nn.Linear(5, 8)


def losses_of(network, points, teacher, group, gather):
    student, teacher = pool_rows(network(points), teacher, group)
    head = DistillHead(losses=LOSSES, gather_across_ranks=gather)
    terms = head.loss(student, teacher)
    return sum(v for k, v in terms.items() if 'loss' in k), terms['num_pairs']


def one_rank(rank, backend, folder):
    from mmengine.registry import DefaultScope
    device = join_group(backend, rank, 2, folder)
    network = torch.nn.parallel.DistributedDataParallel(layer().to(device))
    own = (each.to(device) for each in part(rank))
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        loss, count = losses_of(network, *own, gather=True)
    loss.backward()
    torch.save(
        (loss.detach().cpu(), count.cpu(), network.module.weight.grad.cpu()),
        f'{folder}/{rank}.pt')
    leave_group()


@pytest.mark.slow
@IN_PAIRS
def test_two_ranks_equal_one_process(backend, tmp_path, mmdet3d_scope):
    """A superpixel is of one image and so of one rank."""
    mp.spawn(one_rank, (backend, str(tmp_path)), nprocs=2)
    network = layer()
    both = (torch.cat(column) for column in zip(part(0), part(1)))
    loss, count = losses_of(network, *both, gather=False)
    loss.backward()
    for rank in range(2):
        found, own, grad = torch.load(
            tmp_path / f'{rank}.pt', weights_only=True)
        torch.testing.assert_close(found, loss.detach())
        torch.testing.assert_close(grad, network.weight.grad)
        assert own == count == 12


def test_a_crowd_is_told_by_a_cosine():
    for value in (50., -2., float('nan')):
        with pytest.raises(BadInput, match='crowd_similarity must be in'):
            MODELS.build(
                dict(type='TolerantContrastiveLoss', crowd_similarity=value))
