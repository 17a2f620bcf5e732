"""Keyframes with six and with five cameras in one batch."""
import copy
import pickle
import shutil

import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from small_options import make_options
from test_models.test_distiller import step

import reldistill_mm
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity


@pytest.fixture
def config(keyframes, tiny_clip, clip_weights, mmdet3d_scope, tmp_path):
    """The second keyframe has lost its third camera."""
    root = tmp_path / 'data'
    shutil.copytree(keyframes, root)
    infos = pickle.loads((root / 'infos.pkl').read_bytes())
    del infos['data_list'][1]['images']['CAM_FRONT_LEFT']
    (root / 'infos.pkl').write_bytes(pickle.dumps(infos))
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(make_options(str(root), 'infos.pkl', tiny_clip))
    cfg.model.teacher.pretrained = clip_weights
    cfg.model.pair_sampler = None
    return cfg


def samples_of(cfg, split, pipeline):
    dataset = copy.deepcopy(cfg[f'{split}_dataloader'].dataset)
    dataset.pipeline = pipeline
    dataset = DATASETS.build(dataset)
    return dataset, [dataset[index] for index in range(2)]


def features(model, samples):
    """The teacher's features of each sample's pairs, by the model's path."""
    data = model.data_preprocessor(
        copy.deepcopy(pseudo_collate(samples)), False)
    images = data['inputs']['imgs']
    pairs = model.sample_pairs(data['inputs'], data['data_samples'])
    found = model.teacher.features_at(
        images.flatten(0, 1), pairs.image, pairs.uv)
    return found, images


def test_training_sees_the_same_features_as_alone(config):
    model = MODELS.build(config.model)
    _, samples = samples_of(config, 'train', config.paired_pipeline)
    assert [len(s['inputs']['img']) for s in samples] == [6, 5]
    for order in ((0, 1), (1, 0)):
        batch = [samples[place] for place in order]
        together, images = features(model, batch)
        assert images.shape[:2] == (2, 6)
        alone = torch.cat([features(model, [each])[0] for each in batch])
        torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
        losses = step(model, pseudo_collate(batch), 'loss')
        assert torch.isfinite(losses['loss_cross'])
        assert int(losses['num_pairs']) == len(together)


def test_validation_and_structure(config):
    model = MODELS.build(config.model).eval()
    for pipeline in (config.test_pipeline, config.paired_pipeline):
        _, samples = samples_of(config, 'val', pipeline)
        both = step(model, pseudo_collate(samples), 'predict')
        for sample, found in zip(samples, both):
            assert len(found.pred_pts_seg.pts_semantic_mask) == 3000
            if 'pair_features' in found:
                alone, = step(model, pseudo_collate([sample]), 'predict')
                torch.testing.assert_close(
                    found.pair_features.teacher,
                    alone.pair_features.teacher,
                    atol=1e-5,
                    rtol=1e-4)


def test_the_cache(config, tmp_path):
    model = MODELS.build(config.model).eval()
    dataset, _ = samples_of(config, 'train', config.paired_pipeline)
    manifest = Manifest(cache_identity(config), 'python BUILD')
    root = tmp_path / 'cache'
    assert build_cache(model, dataset, root, manifest).outcomes == {'built': 2}
    load = dict(type='LoadCachedPairs', root=str(root))
    pack = dict(type='PackPairs', keys=['points'])
    _, samples = samples_of(config, 'train', [config.load_points, load, pack])
    cameras = [set(s['data_samples'].pairs.camera.tolist()) for s in samples]
    assert cameras == [set(range(6)), set(range(5))]
    losses = step(model, pseudo_collate(samples), 'loss')
    assert torch.isfinite(losses['loss_cross'])
