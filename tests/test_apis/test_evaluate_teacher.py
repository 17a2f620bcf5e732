"""The teacher of a config on either split, the config as it was."""
import copy

import pytest
from mmdet3d.registry import DATASETS, MODELS

from reldistill_mm.apis import (distillation_config, evaluate_teacher,
                                teacher_iou)


@pytest.mark.parametrize('split', ['train', 'val'])
def test_equals_model_and_dataset_built_by_hand(split, trained):
    cfg = distillation_config(trained.cfg.filename)
    before = copy.deepcopy(cfg.to_dict())
    figures = evaluate_teacher(cfg, split)
    assert cfg.to_dict() == before
    options = cfg[f'{split}_dataloader'].dataset
    options.pipeline = cfg.paired_pipeline
    expected = teacher_iou(
        MODELS.build(cfg.model).eval(), DATASETS.build(options))
    assert figures == pytest.approx(expected, nan_ok=True)
    assert figures['pairs'] > 0
