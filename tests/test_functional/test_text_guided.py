"""CLIP2Scene's losses against their formulas, entry by entry in float64."""
import math

import pytest
import torch

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (cell_consistency_loss, cells_of,
                                      text_guided_loss, unit_rows)

WORDS = [2, 1, 3]


def rows_of(count, width=5, seed=0):
    """Student, teacher, words of three classes, and cells of some pairs."""
    torch.manual_seed(seed)
    student, teacher, words = (
        unit_rows(torch.randn(rows, width)) for rows in (count, count, 6))
    return student, teacher, words, torch.arange(count) % 4


def score(row, words, number):
    """The best word of a class."""
    start = sum(WORDS[:number])
    return max(row @ word for word in words[start:start + WORDS[number]])


def class_of(row, words):
    scores = [float(score(row, words, number)) for number in range(3)]
    return scores.index(max(scores))


def slow_text(student, teacher, words, t, anchor):
    labels = [class_of(row, words) for row in teacher]
    exps = [[(score(row, words, c) / t).exp() for c in range(3)]
            for row in student]
    if anchor == 'points':
        terms = [
            -(row[label] / sum(row)).log() for row, label in zip(exps, labels)
        ]
        return sum(terms) / len(terms)
    total = student.sum() * 0
    for c in range(3):
        own = [row[c] for row, label in zip(exps, labels) if label == c]
        others = [row[c] for row, label in zip(exps, labels) if label != c]
        if own and others:
            total = total - (sum(own) / sum(others)).log()
    return total


def slow_cells(student, teacher, cell, words, t):
    terms = []
    labels = [class_of(row, words) for row in teacher]
    for i in range(len(student)):
        mine = [j for j in range(len(student)) if cell[j] == cell[i]]
        rows = [teacher[j] for j in mine] + [student[j] for j in mine]
        exps = [(score(row, words, labels[j]) / t).exp()
                for row, j in zip(rows, mine + mine)]
        fused = sum(e / sum(exps) * row for e, row in zip(exps, rows))
        terms.append(1 - 1 / (1 + (-(student[i] @ fused)).exp()))
    return sum(terms) / len(terms)


def compare(fast, slow, student):
    """Value and gradient."""
    one = student.clone().requires_grad_()
    value = fast(one)
    value.backward()
    other = student.double().requires_grad_()
    expected = slow(other)
    expected.backward()
    assert value.item() == pytest.approx(expected.item(), rel=1e-4, abs=1e-6)
    torch.testing.assert_close(
        one.grad.double(), other.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('anchor', ['words', 'points'])
@pytest.mark.parametrize('count, t', [(1, .5), (2, .5), (9, .07), (30, 1)])
def test_text_guided_equals_the_slow_reference(count, t, anchor):
    student, teacher, words, _ = rows_of(count)
    compare(
        lambda rows: text_guided_loss(rows, teacher, words, WORDS, t, anchor),
        lambda rows: slow_text(rows, teacher.double(), words.double(), t,
                               anchor), student)


@pytest.mark.parametrize('count, t', [(1, 1), (2, 1), (9, .07), (30, .5)])
def test_cells_equal_the_slow_reference(count, t):
    student, teacher, words, cell = rows_of(count)
    compare(
        lambda rows: cell_consistency_loss(
            rows, teacher, cell, words, WORDS, t), lambda rows: slow_cells(
                rows, teacher.double(), cell, words.double(), t), student)


def test_one_class_has_no_negatives():
    student, _, words, _ = rows_of(6)
    student.requires_grad_()
    teacher = words[:1].expand(6, -1)
    loss = text_guided_loss(student, teacher, words, WORDS)
    loss.backward()
    assert loss == 0 and student.grad.abs().max() == 0
    # The cross-entropy still tells it from the others.
    assert text_guided_loss(student, teacher, words, WORDS, 1, 'points') > 0


def test_the_lowest_loss_is_that_of_points_on_their_words():
    words = torch.eye(3)
    teacher = words.repeat(5, 1)
    at, off = (
        text_guided_loss(rows, teacher, words, [1, 1, 1])
        for rows in (teacher, -teacher))
    # Five points of a class at exp(2), ten others at exp(0).
    assert at.item() == pytest.approx(3 * (math.log(2) - 2), rel=1e-5)
    assert off > at


def test_the_order_of_pairs_and_the_numbers_of_cells_do_not_matter():
    student, teacher, words, cell = rows_of(20)
    order = torch.randperm(20)
    for loss, extra in ((text_guided_loss, ()), (cell_consistency_loss,
                                                 (cell, ))):
        found = loss(student, teacher, *extra, words, WORDS)
        extra = tuple(3 - each[order] for each in extra)
        again = loss(student[order], teacher[order], *extra, words, WORDS)
        torch.testing.assert_close(found, again)


@pytest.mark.parametrize('count', [0, 3])
def test_no_pairs_and_no_gradient_for_the_teacher(count):
    student, teacher, words, cell = rows_of(count)
    student.requires_grad_(), teacher.requires_grad_(), words.requires_grad_()
    loss = text_guided_loss(student, teacher, words, WORDS)
    loss = loss + cell_consistency_loss(student, teacher, cell, words, WORDS)
    loss.backward()
    assert student.grad is not None and torch.isfinite(student.grad).all()
    assert teacher.grad is None and words.grad is None


def test_half_precision_is_computed_in_float32():
    student, teacher, words, cell = rows_of(30)
    halves = student.half(), teacher.half()
    for found in (text_guided_loss(*halves, words, WORDS, .07),
                  cell_consistency_loss(*halves, cell, words, WORDS, .001)):
        assert found.dtype == torch.float32 and torch.isfinite(found)


def test_refused():
    student, teacher, words, cell = rows_of(4)
    with pytest.raises(BadInput, match="got 'pixels'"):
        text_guided_loss(student, teacher, words, WORDS, anchor='pixels')
    with pytest.raises(BadInput, match=r'\(3,\) cells for 4 pairs'):
        cell_consistency_loss(student, teacher, cell[:3], words, WORDS)
    with pytest.raises(BadInput, match='do not describe'):
        text_guided_loss(student, teacher, words, [1, 1])


def test_cells_below_zero_and_of_other_samples():
    place = torch.tensor([[0, -.1, 0, 0], [0, .1, 0, 0], [0, .2, 0, .4],
                          [1, .1, 0, 0]])
    assert cells_of(place, .5).tolist() == [0, 1, 1, 2]
    assert cells_of(place[:0], .5).shape == (0, )


@pytest.mark.parametrize('anchor', ['words', 'points'])
def test_a_pixel_that_is_not_finite_is_not_class_zero(anchor):
    words = torch.eye(4)[:3]
    student, teacher = torch.eye(4)[:3], torch.eye(4)[:3]
    assert text_guided_loss(student, teacher, words, (1, 1, 1), .5,
                            anchor).isfinite()
    teacher[1, 2] = float('nan')
    assert text_guided_loss(student, teacher, words, (1, 1, 1), .5,
                            anchor).isnan()
