"""Weights within the cross-modal loss: each against a slow reference."""
import itertools

import pytest
import torch

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (relational_cross_loss,
                                      relational_intra_loss, relational_losses,
                                      unit_rows)
from reldistill_mm.models import RelationalLoss

WEIGHTS = list(itertools.product((0., .25, 1.), repeat=2))


def rows(count, width=6):
    both = unit_rows(torch.randn(2 * count, width))
    return both[:count], both[count:]


def slow_parts(student, teacher):
    """Mean of the diagonal and off it, entry by entry, in float64."""
    n = len(student)
    entries = [[((student[i] - teacher[i]) @ teacher[j]).abs()
                for j in range(n)] for i in range(n)]
    own = sum(entries[i][i] for i in range(n)) / n
    others = sum((entries[i][j] for i in range(n) for j in range(n) if i != j),
                 0 * student.sum())
    return own, others / max(n * (n - 1), 1)


def slow_intra(student, teacher):
    n = len(student)
    return sum((
        (student[i] @ student[j] - teacher[i] @ teacher[j]).abs()
        for i in range(n)
        for j in range(n) if i != j), 0 * student.sum()) / max(n * (n - 1), 1)


def gradient(loss, student, *more):
    student = student.clone().requires_grad_()
    value = loss(student, *more)
    value.backward()
    return value.detach(), student.grad


@pytest.mark.parametrize('weights', WEIGHTS)
@pytest.mark.parametrize('count', [1, 2, 9])
@pytest.mark.parametrize('tile_rows', [None, 4])
def test_value_and_gradient_equal_the_slow_reference(weights, count,
                                                     tile_rows):
    student, teacher = rows(count)

    def cross(k, q):
        return relational_cross_loss(k, q, tile_rows, cross_parts=weights)

    def both(k, q):
        terms = relational_losses(k, q, tile_rows, cross_parts=weights)
        return terms[0] + 3 * terms[1]

    def slow_cross(k, q):
        own, others = slow_parts(k, q)
        return weights[0] * own + weights[1] * others

    def slow_both(k, q):
        return slow_cross(k, q) + 3 * slow_intra(k, q)

    for fast, slow in ((cross, slow_cross), (both, slow_both)):
        value, found = gradient(fast, student, teacher)
        expected, wanted = gradient(slow, student.double(), teacher.double())
        assert float(value) == pytest.approx(
            float(expected), rel=1e-5, abs=1e-7)
        assert (found - wanted).norm() <= 1e-5 * wanted.norm() + 1e-9


def test_each_term_of_the_module():
    student, teacher = rows(9)
    double = student.double(), teacher.double()
    own, others = slow_parts(*double)
    intra = slow_intra(*double)
    for weights in itertools.product((0., .25, 1.), repeat=3):
        module = RelationalLoss(2., weights[2], *weights[:2])
        terms = module(student, teacher)
        assert set(terms) == ({'loss_cross'} if any(weights[:2]) else set()
                              ) | ({'loss_intra'} if weights[2] else set())
        expected = 2 * (weights[0] * own + weights[1] * others)
        expected = expected + weights[2] * intra
        assert float(sum(terms.values())) == pytest.approx(
            float(expected), rel=1e-5)


@pytest.mark.parametrize('loss', [
    relational_cross_loss,
    lambda *rows, **how: relational_losses(*rows, **how)[0]
])
def test_the_default_is_the_loss_of_weights_of_one(loss):
    student, teacher = rows(700, 16)
    plain = gradient(loss, student, teacher)
    ones = gradient(lambda k, q: loss(k, q, cross_parts=(1, 1)), student,
                    teacher)
    assert all(map(torch.equal, plain, ones))


def test_the_diagonal_alone_holds_no_matrix():
    student, teacher = rows(30000, 4)
    value = relational_cross_loss(student, teacher, cross_parts=(1, 0))
    expected = (1 - (student * teacher).sum(1)).abs().mean()
    torch.testing.assert_close(value, expected)


def test_no_row_and_half_precision():
    for parts in ((1, 0), (0, 1), (.25, 1)):
        student = torch.zeros(0, 4, requires_grad=True)
        terms = relational_losses(student, student, cross_parts=parts)
        assert len(terms) == 2 and float(sum(terms).detach()) == 0
        half = [side.bfloat16() for side in rows(20)]
        assert all(term.dtype == torch.float32
                   for term in relational_losses(*half, cross_parts=parts))


def test_the_others_do_not_change_the_second_loss():
    student, teacher = rows(9)
    alone = relational_intra_loss(student, teacher)
    for parts in ((1, 0), (0, 1)):
        torch.testing.assert_close(
            relational_losses(student, teacher, cross_parts=parts)[1], alone)


@pytest.mark.parametrize('bad', [(-1, 1), (1, float('nan')),
                                 (float('inf'), 1)])
def test_bad_weights_are_refused(bad):
    student, teacher = rows(3)
    with pytest.raises(BadInput, match='take numbers of 0 or more'):
        relational_cross_loss(student, teacher, cross_parts=bad)
    with pytest.raises(BadInput, match='take numbers of 0 or more'):
        RelationalLoss(1, 1, *bad)
