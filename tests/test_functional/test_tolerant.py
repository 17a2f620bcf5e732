"""ST-SLidR's loss against its formula, entry by entry in float64."""
import math
import operator

import pytest
import torch

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (contrastive_loss,
                                      tolerant_contrastive_loss, unit_rows)


def rows_of(count, width=5, seed=0):
    torch.manual_seed(seed)
    # Several of one meaning, so that there are crowds.
    centre = torch.randn(3, width).repeat(count, 1)[:count]
    teacher = unit_rows(centre + 0.4 * torch.randn(count, width))
    return unit_rows(torch.randn(count, width)), teacher


def slow(student, teacher, t, left_out, least):
    """Sorts, sums and weighs in plain Python."""
    count = len(student)
    alike = [[float(teacher[i] @ teacher[j]) for j in range(count)]
             for i in range(count)]
    losses = []
    for i in range(count):
        others = sorted((j for j in range(count) if j != i),
                        key=lambda j: -alike[i][j])
        gone = others[:round(left_out * (count - 1))]
        terms = [(student[i] @ teacher[j] / t).exp() for j in range(count)
                 if j not in gone]
        own = (student[i] @ teacher[i] / t).exp()
        losses.append(-(own / sum(terms)).log())
    weights = [1.0] * count
    if least is not None:
        crowd = [sum(s for s in row if s >= least) for row in alike]
        low, high = min(crowd), max(crowd)
        # float32's rounding of unit rows is not a crowd.
        if high - low > 1e-5 * high:
            weights = [1 - (c - low) / (high - low) for c in crowd]
    return sum(map(operator.mul, weights, losses)) / sum(weights)


@pytest.mark.parametrize('count', [1, 2, 3, 12])
@pytest.mark.parametrize('left_out, least', [(0.01, 0.5), (0.3, 0.5),
                                             (0.3, None), (0, 0.9), (1, 0)])
def test_value_and_gradient_equal_the_slow_reference(count, left_out, least):
    student, teacher = rows_of(count)
    how = (0.07, left_out, least)
    fast = student.clone().requires_grad_()
    value = tolerant_contrastive_loss(fast, teacher, *how)
    value.backward()
    reference = student.double().requires_grad_()
    expected = slow(reference, teacher.double(), *how)
    expected.backward()
    assert value.item() == pytest.approx(expected.item(), rel=1e-4, abs=1e-6)
    torch.testing.assert_close(
        fast.grad.double(), reference.grad, rtol=1e-4, atol=1e-6)


def test_without_tolerance_and_balance_it_is_infonce():
    student, teacher = rows_of(20)
    torch.testing.assert_close(
        tolerant_contrastive_loss(student, teacher, 0.07, 0, None),
        contrastive_loss(student, teacher))


def test_what_is_left_out_is_gone_from_the_sum():
    """A logit times 0 would leave exp(0) = 1 (trap 28)."""
    student, teacher = rows_of(6)
    found = tolerant_contrastive_loss(student, teacher, 0.07, 1, None)
    assert found == 0


def test_the_most_crowded_weighs_nothing_and_equal_crowds_alike():
    teacher = unit_rows(torch.tensor([[1., 0], [1, .1], [1, .2], [0, 1]]))
    student = torch.randn(4, 2).requires_grad_()
    tolerant_contrastive_loss(unit_rows(student), teacher).backward()
    assert student.grad[1].abs().max() < 1e-6 < student.grad[3].abs().max()
    alike = torch.ones(3, 2) / math.sqrt(2)
    assert torch.isfinite(tolerant_contrastive_loss(alike, alike))


def test_no_rows_and_a_share_that_is_none():
    student = torch.zeros(0, 4, requires_grad=True)
    tolerant_contrastive_loss(student, student.detach()).backward()
    assert student.grad is not None
    with pytest.raises(BadInput, match='left_out=20 must be in'):
        tolerant_contrastive_loss(*rows_of(3), left_out=20)


def test_half_precision_is_computed_in_float32():
    student, teacher = rows_of(30)
    found = tolerant_contrastive_loss(student.half(), teacher.half())
    assert found.dtype == torch.float32 and torch.isfinite(found)
