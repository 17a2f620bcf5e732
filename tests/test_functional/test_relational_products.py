"""Products in bfloat16: how far the relational loss is from exact ones."""
import pytest
import torch
from devices import ON_DEVICES

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (relational_cross_loss,
                                      relational_intra_loss, relational_losses,
                                      unit_rows)
from reldistill_mm.models import RelationalLoss

# What the gradient may be off by, in parts of its length.
LOSSES = [(lambda *rows, **how: sum(relational_losses(*rows, **how)), .01),
          (relational_cross_loss, .01), (relational_intra_loss, .05)]


def rows(count, noise, width=64):
    """A teacher of clusters, and a student near it."""
    torch.manual_seed(0)
    centres = torch.randn(8, width)[torch.randint(8, (count, ))]
    teacher = unit_rows(centres + torch.randn(count, width))
    return unit_rows(teacher + noise * unit_rows(torch.randn(count, width))), (
        teacher)


def value_and_gradient(loss, student, teacher, **how):
    student = student.clone().requires_grad_()
    value = loss(student, teacher, **how)
    value.backward()
    return value.detach(), student.grad


@ON_DEVICES
@pytest.mark.parametrize('noise', [.01, .3, 3.])
@pytest.mark.parametrize('loss, off', LOSSES)
def test_close_to_exact_ones(loss, off, noise, device):
    both = [each.to(device) for each in rows(600, noise)]
    exact, towards = value_and_gradient(
        loss, *(each.double() for each in both), tile_rows=256)
    found, gradient = value_and_gradient(
        loss, *both, tile_rows=256, products=torch.bfloat16)
    # The loss is as wide as it is with exact products.
    assert found.dtype == gradient.dtype == torch.float32
    assert abs(found - exact) < 5e-4 * exact
    assert (gradient - towards).norm() < off * towards.norm()


def test_near_rows_keep_their_difference():
    """Rows made narrow would be equal, and the loss zero."""
    teacher = unit_rows(torch.ones(4, 64))
    student = teacher * (1 + 1e-4)
    exact = relational_cross_loss(student, teacher)
    found = relational_cross_loss(student, teacher, products=torch.bfloat16)
    assert exact > 1e-4
    torch.testing.assert_close(found, exact, rtol=1e-2, atol=0.)


@pytest.mark.parametrize('parts', [(1., 1.), (.25, 1.), (1., 0.)])
def test_as_a_module(parts):
    student, teacher = rows(64, .3)
    how = dict(
        cross_diagonal_weight=parts[0], cross_off_diagonal_weight=parts[1])
    exact, found = (
        RelationalLoss(products=products, **how)(student, teacher)
        for products in (None, 'bfloat16'))
    assert exact.keys() == found.keys()
    for name, value in exact.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=0.)


def test_other_products_are_refused():
    with pytest.raises(BadInput, match="take 'bfloat16', or None"):
        RelationalLoss(products='float16')
