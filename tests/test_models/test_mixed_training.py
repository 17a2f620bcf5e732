"""Mixed clouds through a config's own pipelines, to the loss."""
import copy

import numpy as np
import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from test_models.test_distiller import step

import reldistill_mm
from reldistill_mm.datasets.transforms.order import check_order

MIXERS = dict(
    LaserMix=dict(num_areas=[3, 4, 5], pitch_angles=[-25, 3]),
    PolarMix=dict(
        instance_classes=list(range(16)),
        swap_ratio=1.0,
        rotate_paste_ratio=1.0))


@pytest.mark.parametrize('name', list(MIXERS))
def test_the_recipes_pipeline_with_mixing(small_options, mmdet3d_scope, name):
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    paired = [step.type
              for step in cfg.train_pipeline].index('PairPointsWithPixels') + 1
    # Labels are what mixing needs besides.
    load = [*cfg.train_pipeline[:paired], cfg.load_labels]
    mix = dict(type=name, prob=1.0, pre_transform=load, **MIXERS[name])
    dataset = copy.deepcopy(cfg.train_dataloader.dataset)
    dataset.pipeline = [*load, mix, *cfg.train_pipeline[paired:]]
    mixed = DATASETS.build(dataset)
    check_order(mixed.pipeline.transforms)
    dataset.pipeline = [*load, cfg.pack_images]
    plain = DATASETS.build(dataset)
    samples = []
    for index in range(2):
        np.random.seed(index)
        samples.append(mixed[index])
        own = plain[index]
        # The intensity names a point, and no two have the same.
        seen, all_pairs = (
            set(
                zip(
                    each['inputs']['points'][
                        each['data_samples'].pairs.point][:, 3].tolist(),
                    each['data_samples'].pairs.camera.tolist()))
            for each in (samples[-1], own))
        assert 100 < len(seen) and seen <= all_pairs
    losses = step(MODELS.build(cfg.model), pseudo_collate(samples), 'loss')
    assert torch.isfinite(losses['loss_cross'])
    assert int(losses['num_pairs']) == 256
