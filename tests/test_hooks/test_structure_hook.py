"""Measures are logged now and then, and are not summed into the loss."""
from types import SimpleNamespace

import pytest
import torch

from reldistill_mm.functional import structure_measures, unit_rows
from reldistill_mm.hooks import StructureHook
from reldistill_mm.models import DistillHead

NAMES = {'uniformity', 'teacher_uniformity', 'modality_gap', 'cka'}


def test_every_third_batch_is_measured(mmdet3d_scope):
    head = DistillHead(losses=dict(type='SimilarityLoss'))
    runner = SimpleNamespace(model=SimpleNamespace(distill_head=head), iter=0)
    hook = StructureHook(interval=3)
    student, teacher = torch.randn(2, 30, 8)
    found = []
    for runner.iter in range(6):
        hook.before_train_iter(runner, runner.iter)
        terms = head.loss(student, teacher)
        found.append(NAMES <= set(terms))
        assert [key for key in terms if 'loss' in key] == ['loss_similarity']
    assert found == [False, False, True] * 2
    expected = structure_measures(unit_rows(student), unit_rows(teacher))
    for name in NAMES:
        assert float(terms[name]) == pytest.approx(expected[name], rel=1e-5)


def test_half_precision_does_not_reach_the_measures(mmdet3d_scope):
    rows = unit_rows(torch.randn(50, 16))
    plain = structure_measures(rows, rows)
    with torch.autocast('cpu', torch.bfloat16):
        assert structure_measures(rows, rows) == plain


def test_other_models_are_left_alone():
    runner = SimpleNamespace(model=SimpleNamespace(), iter=0)
    StructureHook().before_train_iter(runner, 0)
    with pytest.raises(ValueError, match='interval'):
        StructureHook(interval=0)
