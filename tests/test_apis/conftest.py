"""A small distiller with a checkpoint, and what it predicts."""
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import save_checkpoint

import reldistill_mm


class Trained(NamedTuple):
    """Config, checkpoint, and the predictions of the test set's samples."""
    cfg: Config
    checkpoint: Path
    samples: list


@pytest.fixture
def clip_weights(clip_weights, tmp_path) -> Path:
    """A test's own copy, which it may remove."""
    return Path(shutil.copy(clip_weights, tmp_path / 'clip.safetensors'))


@pytest.fixture
def trained(small_options, clip_weights, tmp_path, mmdet3d_scope) -> Trained:
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict({
        **small_options, 'model.teacher.pretrained':
        str(clip_weights)
    })
    model = MODELS.build(cfg.model).eval()
    # As after a training: statistics that are not those of the start.
    for name, buffer in model.named_buffers():
        if name.endswith('running_var'):
            buffer.uniform_(0.5, 2)
    checkpoint = tmp_path / 'epoch_1.pth'
    save_checkpoint(
        dict(state_dict=model.state_dict(), meta={}), str(checkpoint))
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    samples = []
    for sample in dataset:
        data = model.data_preprocessor(pseudo_collate([sample]), False)
        with torch.no_grad():
            samples += model(**data, mode='predict')
    path = tmp_path / 'config.py'
    cfg.dump(path)
    return Trained(Config.fromfile(path), checkpoint, samples)
