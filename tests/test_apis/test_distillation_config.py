"""Tools that look at pairs and teacher say what they need."""
import pytest

import reldistill_mm
from reldistill_mm.apis import distillation_config


def test_options_are_merged(mmdet3d_scope):
    cfg = distillation_config(
        reldistill_mm.config_path('reldistill_nus.py'),
        {'model.teacher.pretrained': 'random'})
    assert cfg.model.teacher.pretrained == 'random'


def test_a_config_of_something_else(tmp_path, mmdet3d_scope):
    path = reldistill_mm.config_path('downstream/finetune_nus.py')
    with pytest.raises(ValueError, match='finetune_nus.py.*model.teacher'):
        distillation_config(path)
    empty = tmp_path / 'empty.py'
    empty.write_text('x = 1\n')
    with pytest.raises(ValueError, match='empty.py'):
        distillation_config(empty)
    with pytest.raises(FileNotFoundError, match='none.py'):
        distillation_config(tmp_path / 'none.py')
