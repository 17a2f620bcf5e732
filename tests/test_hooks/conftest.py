"""A small distillation that a test may change and run."""
import pytest
from mmengine.config import Config
from small_options import run_options

import reldistill_mm


@pytest.fixture
def quick_config(small_options, clip_weights, tmp_path) -> Config:
    """Two keyframes, two epochs, a validation after each; nothing said."""
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.merge_from_dict({
        'model.teacher.pretrained':
        clip_weights,
        'train_dataloader.batch_size':
        1,
        'train_cfg.max_epochs':
        2,
        'train_cfg.val_interval':
        1,
        'default_hooks.logger.interval':
        1,
        'custom_hooks': [dict(type='StructureHook', interval=1)],
        **run_options(tmp_path),
    })
    return cfg
