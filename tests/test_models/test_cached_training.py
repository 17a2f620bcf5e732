"""Training on cached features is training on the live teacher's."""
import copy

import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

import reldistill_mm
from reldistill_mm.models import RandomPairs
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity

PACK = dict(type='PackPairs', keys=['points'])


@pytest.fixture
def config(small_options, clip_weights, mmdet3d_scope):
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.model.teacher.pretrained = clip_weights
    cfg.model.pair_sampler = None
    cfg.model.distill_head.losses = [
        dict(type='RelationalLoss'),
        dict(type='SimilarityLoss'),
        dict(type='ContrastiveLoss')
    ]
    return cfg


@pytest.fixture
def model(config):
    return MODELS.build(config.model)


def build_dataset(config, pipeline):
    options = copy.deepcopy(config.train_dataloader.dataset)
    options.pipeline = pipeline
    return DATASETS.build(options)


def make_cache(config, model, root, dims=None):
    dataset = build_dataset(config, config.paired_pipeline)
    build_cache(model, dataset, root,
                Manifest(cache_identity(config, dims=dims), 'python BUILD'))
    steps = [
        config.load_points,
        dict(type='LoadCachedPairs', root=str(root)), PACK
    ]
    return build_dataset(config, steps)


def run(model, samples):
    """Losses and gradients; evaluation mode, so that no state changes."""
    model.eval().zero_grad()
    data = model.data_preprocessor(
        pseudo_collate(copy.deepcopy(samples)), False)
    losses = model(data['inputs'], data['data_samples'], mode='loss')
    total = sum(value for name, value in losses.items() if 'loss' in name)
    total.backward()
    gradients = torch.cat([p.grad.flatten() for p in model.parameters()])
    return losses, gradients


def test_losses_and_gradients_are_those_of_the_live_teacher(
        config, model, tmp_path, monkeypatch):
    live = build_dataset(config, config.paired_pipeline)
    losses, gradients = run(model, [live[0], live[1]])
    cached = make_cache(config, model, tmp_path)
    # No image, no image tower.
    monkeypatch.setattr(model.teacher, 'features_at', None)
    samples = [cached[0], cached[1]]
    assert all('img' not in sample['inputs'] for sample in samples)
    found, cached_gradients = run(model, samples)
    assert set(found) == set(losses) and int(found['num_pairs']) > 2000
    for name, value in losses.items():
        # Half precision: 2 ** -11 of a unit row's entries.
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-3)
    error = (cached_gradients - gradients).norm() / gradients.norm()
    assert error < 0.02


def predict(model, sample):
    """What a test makes of one sample."""
    data = model.eval().data_preprocessor(
        pseudo_collate([copy.deepcopy(sample)]), False)
    with torch.no_grad():
        model(data['inputs'], data['data_samples'], mode='predict')
    return data['data_samples'][0]


@pytest.mark.parametrize('dims', [None, 16])
def test_a_test_on_cached_features_is_one_on_images(config, model, tmp_path,
                                                    monkeypatch, dims):
    live = predict(model, build_dataset(config, config.paired_pipeline)[0])
    make_cache(config, model, tmp_path, dims)
    steps = copy.deepcopy(config.cached_paired_pipeline)
    steps[2]['root'] = str(tmp_path)
    monkeypatch.setattr(model.teacher, 'features_at', None)
    sample = build_dataset(config, steps)[0]
    assert 'img' not in sample['inputs']
    found = predict(model, sample)
    torch.testing.assert_close(found.pred_pts_seg.pts_semantic_mask,
                               live.pred_pts_seg.pts_semantic_mask)
    assert (found.gt_pts_seg.camera_visible == live.gt_pts_seg.camera_visible
            ).all()
    # A cache keeps the pairs of a keyframe in an order of its own.
    pairs, wanted = (
        each.pairs.camera * 10**6 + each.pairs.point for each in (found, live))
    order, like = pairs.argsort(), wanted.argsort()
    torch.testing.assert_close(pairs[order], wanted[like])
    for name in ('student', 'teacher'):
        torch.testing.assert_close(
            found.pair_features[name][order],
            live.pair_features[name][like],
            rtol=0,
            atol=2e-3)
    rows = found.pair_features.teacher
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(len(rows)))


def test_a_projected_cache_gives_nearly_the_same(config, model, tmp_path):
    live = build_dataset(config, config.paired_pipeline)
    losses, _ = run(model, [live[0], live[1]])
    full = make_cache(config, model, tmp_path / 'all', dims=16)
    part = make_cache(config, model, tmp_path / 'part', dims=12)
    for dataset, tolerance in ((full, 2e-3), (part, 0.05)):
        samples = [dataset[0], dataset[1]]
        assert samples[0]['data_samples'].teacher_basis.shape[0] == 16
        found, _ = run(model, samples)
        for name, value in losses.items():
            torch.testing.assert_close(
                found[name], value, rtol=tolerance, atol=tolerance)


def test_the_pairs_of_all_cameras_are_drawn(config, model, tmp_path,
                                            monkeypatch):
    cached = make_cache(config, model, tmp_path)
    sample = cached[0]
    assert sample['data_samples'].pairs.camera.unique().tolist() == list(
        range(6))
    model.pair_sampler = RandomPairs(64)
    losses, _ = run(model, [sample])
    assert int(losses['num_pairs']) == 64


def test_rows_are_not_mixed_up_by_drawing(config, model, tmp_path,
                                          monkeypatch):
    """Every drawn student row meets the feature of its own pair."""
    cached = make_cache(config, model, tmp_path)
    samples = [cached[0], cached[1]]
    known = {}
    for sample in samples:
        pairs = sample['data_samples'].pairs
        points = sample['inputs']['points'][pairs.point]
        for point, feature in zip(points, pairs.features):
            known.setdefault(feature.float().numpy().tobytes(), set()).add(
                tuple(torch.round(point[:3] / 0.1).int().tolist()))
    seen = {}
    monkeypatch.setattr(
        type(model), 'extract_feat',
        lambda self, inputs: inputs['voxels']['voxels'])
    model.projector = torch.nn.Identity()
    monkeypatch.setattr(
        model.distill_head, 'loss',
        lambda student, teacher: seen.update(k=student, q=teacher))
    model.pair_sampler = RandomPairs(500)
    data = model.data_preprocessor(pseudo_collate(samples), False)
    model(data['inputs'], data['data_samples'], mode='loss')
    assert len(seen['k']) == 500
    for point, feature in zip(seen['k'], seen['q']):
        voxel = tuple(torch.round(point[:3] / 0.1).int().tolist())
        assert voxel in known[feature.numpy().tobytes()]


def test_neither_images_nor_features(config, model, tmp_path):
    sample = make_cache(config, model, tmp_path)[0]
    del sample['data_samples'].pairs.features
    with pytest.raises(ValueError, match='neither images nor.*LoadCached'):
        run(model, [sample])
