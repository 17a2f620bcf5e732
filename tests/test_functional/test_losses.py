"""Losses against float64 loops; invariances; degenerate input."""
import math

import pytest
import torch

from reldistill_mm.functional import (contrastive_loss, relational_cross_loss,
                                      relational_intra_loss, relational_losses,
                                      similarity_loss, unit_rows)


def both_cross(student, teacher, tile_rows=None):
    return relational_losses(student, teacher, tile_rows)[0]


def both_intra(student, teacher, tile_rows=None):
    return relational_losses(student, teacher, tile_rows)[1]


# Both at once are held to all that each is held to.
RELATIONAL = {
    'cross': relational_cross_loss,
    'intra': relational_intra_loss,
    'cross of both': both_cross,
    'intra of both': both_intra
}
LOSSES = dict(
    **RELATIONAL, similarity=similarity_loss, contrastive=contrastive_loss)


def features(count, width=7, dtype=torch.float32):
    student = torch.nn.functional.normalize(torch.randn(count, width), dim=1)
    teacher = torch.nn.functional.normalize(torch.randn(count, width), dim=1)
    return student.to(dtype), teacher.to(dtype)


def slow(name, student, teacher, temperature=0.07):
    """The formulas of the paper, entry by entry, in differentiable float64.
    """
    k, q = student, teacher
    n = len(k)

    def dot(a, b):
        return (a * b).sum()

    if name == 'similarity':
        return sum(1 - dot(k[i], q[i]) for i in range(n)) / n
    if name == 'contrastive':
        total = 0
        for i in range(n):
            row = [dot(k[i], q[j]) / temperature for j in range(n)]
            total = total - torch.log(row[i].exp() / sum(r.exp() for r in row))
        return total / n
    left = k
    right = q if 'cross' in name else k
    entry = {
        (i, j): (dot(left[i], right[j]) - dot(q[i], q[j])).abs()
        for i in range(n)
        for j in range(n)
    }
    off = sum((v for (i, j), v in entry.items() if i != j), 0 * k.sum())
    off = off / max(n * (n - 1), 1)
    if 'intra' in name:
        return off
    return sum(entry[i, i] for i in range(n)) / n + off


@pytest.mark.parametrize('name', LOSSES)
@pytest.mark.parametrize('count', [1, 2, 9])
def test_value_and_gradient_equal_the_slow_reference(name, count):
    student, teacher = features(count)
    fast = student.clone().requires_grad_()
    LOSSES[name](fast, teacher).backward()
    reference = student.double().requires_grad_()
    expected = slow(name, reference, teacher.double())
    expected.backward()
    value = LOSSES[name](student, teacher)
    assert float(value) == pytest.approx(float(expected), rel=1e-5, abs=1e-7)
    difference = (fast.grad.double() - reference.grad).norm()
    assert difference <= 1e-5 * reference.grad.norm() + 1e-9


def naive(name, student, teacher):
    """The whole matrix, by autograd."""
    right = teacher if 'cross' in name else student
    gap = (student @ right.T - teacher @ teacher.T).abs()
    count, own = len(gap), gap.diagonal().sum()
    off = (gap.sum() - own) / (count * (count - 1))
    return off + own / count if 'cross' in name else off


@pytest.mark.parametrize('name', RELATIONAL)
@pytest.mark.parametrize('tile_rows', [None, 1, 7, 64, 1000])
def test_tiles_equal_the_whole_matrix(name, tile_rows):
    student, teacher = features(201, 16, torch.float64)
    rows = student.clone().requires_grad_()
    whole = student.clone().requires_grad_()
    loss = RELATIONAL[name](rows, teacher, tile_rows)
    expected = naive(name, whole, teacher)
    (3 * loss).backward()
    (3 * expected).backward()
    assert loss.dtype == torch.float64
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(rows.grad, whole.grad)


@pytest.mark.parametrize('loss', [
    lambda k, q: relational_cross_loss(k, q, 4),
    lambda k, q: relational_intra_loss(k, q, 4),
    lambda k, q: sum(weight * term for weight, term in zip(
        (2, 3), relational_losses(k, q, 4))),
    similarity_loss,
    lambda k, q: similarity_loss(k, q, 'l2'),
    contrastive_loss,
    lambda k, q: contrastive_loss(k, q, symmetric=True),
])
def test_gradcheck(loss):
    student, teacher = features(6, 5, torch.float64)
    student.requires_grad_()
    assert torch.autograd.gradcheck(lambda k: loss(k, teacher), student)


def test_gradcheck_of_a_learned_temperature():
    student, teacher = features(6, 5, torch.float64)
    temperature = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda t: contrastive_loss(student, teacher, t), temperature)


@pytest.mark.parametrize('name', RELATIONAL)
def test_no_matrix_is_held(name):
    """The largest tensor that is made is a tile, not N x N."""
    from torch.utils._python_dispatch import TorchDispatchMode
    largest = 0

    class Watch(TorchDispatchMode):

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal largest
            out = func(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor):
                largest = max(largest, out.numel())
            return out

    student, teacher = features(600, 2)
    student.requires_grad_()
    with Watch():
        RELATIONAL[name](student, teacher, 40).backward()
    assert largest == 40 * 40


@pytest.mark.parametrize('name', RELATIONAL)
def test_gradient_is_not_formed_when_nobody_wants_it(name):
    student, teacher = features(9)
    assert RELATIONAL[name](student, teacher).grad_fn is None
    with pytest.raises(ValueError, match='tile_rows'):
        RELATIONAL[name](student, teacher, 0)


@pytest.mark.parametrize('name', LOSSES)
def test_invariant_to_permutation_and_rotation(name):
    student, teacher = features(16)
    order = torch.randperm(16)
    rotation = torch.linalg.qr(torch.randn(7, 7))[0]
    value = LOSSES[name](student, teacher)
    for other in ((student[order], teacher[order]), (student @ rotation,
                                                     teacher @ rotation)):
        torch.testing.assert_close(
            LOSSES[name](*other), value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('name', LOSSES)
def test_gradient_is_permuted_with_the_rows(name):
    student, teacher = features(16)
    order = torch.randperm(16)
    whole = student.clone().requires_grad_()
    moved = student[order].requires_grad_()
    LOSSES[name](whole, teacher).backward()
    LOSSES[name](moved, teacher[order]).backward()
    torch.testing.assert_close(
        moved.grad, whole.grad[order], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize('name', [*RELATIONAL, 'similarity'])
def test_zero_when_the_student_is_the_teacher(name):
    _, teacher = features(12)
    assert float(LOSSES[name](teacher, teacher)) < 1e-6


@pytest.mark.parametrize('name', LOSSES)
@pytest.mark.parametrize('count', [0, 1, 2])
def test_few_rows_are_finite_with_a_graph(name, count):
    student, teacher = features(count)
    student.requires_grad_()
    loss = LOSSES[name](student, teacher)
    assert loss.shape == () and torch.isfinite(loss)
    loss.backward()
    assert torch.isfinite(student.grad).all()
    if count == 0 or (count == 1 and
                      ('intra' in name or name == 'contrastive')):
        assert float(loss) == 0


@pytest.mark.parametrize('name', LOSSES)
def test_zero_and_duplicate_rows(name):
    raw = torch.randn(6, 7)
    raw[0], raw[2] = 0, raw[1]
    raw.requires_grad_()
    _, teacher = features(6)
    loss = LOSSES[name](unit_rows(raw), teacher)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(raw.grad).all()


@pytest.mark.parametrize('name', LOSSES)
def test_zero_and_duplicate_rows_equal_the_slow_reference(name):
    """Where entries are exactly 0, so is the sign in the gradient."""
    student, teacher = features(7)
    # Such that products are exact: else a gap of 0 is noise of either sign.
    student[1], teacher[1] = torch.eye(7)[0], torch.eye(7)[1]
    student[0], student[2], student[4] = 0, student[1], teacher[4]
    teacher[0], teacher[2], teacher[5] = 0, teacher[1], 0
    rows = student.clone().requires_grad_()
    reference = student.double().requires_grad_()
    loss = LOSSES[name](rows, teacher)
    expected = slow(name, reference, teacher.double())
    loss.backward()
    expected.backward()
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    difference = (rows.grad.double() - reference.grad).norm()
    assert difference <= 1e-5 * reference.grad.norm()


@pytest.mark.parametrize('name', LOSSES)
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_input_gives_float32_relations(name, dtype):
    student, teacher = features(32, 64, dtype)
    student.requires_grad_()
    loss = LOSSES[name](student, teacher)
    assert loss.dtype == torch.float32
    loss.backward()
    full = student.detach().float().requires_grad_()
    LOSSES[name](full, teacher.float()).backward()
    torch.testing.assert_close(student.grad, full.grad.to(dtype))
    torch.testing.assert_close(loss, LOSSES[name](student.float(),
                                                  teacher.float()))


@pytest.mark.parametrize('name', LOSSES)
def test_autocast_does_not_lower_relations(name):
    student, teacher = features(32, 64)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        inside = LOSSES[name](student, teacher)
    torch.testing.assert_close(
        inside, LOSSES[name](student, teacher), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize('name', LOSSES)
def test_no_gradient_reaches_the_teacher(name):
    student, teacher = features(5)
    student.requires_grad_()
    teacher.requires_grad_()
    LOSSES[name](student, teacher).backward()
    assert teacher.grad is None


@pytest.mark.parametrize('name', LOSSES)
def test_bad_shapes_are_named(name):
    with pytest.raises(ValueError, match=r'\(4, 7\) and \(4, 8\)'):
        LOSSES[name](torch.zeros(4, 7), torch.zeros(4, 8))


def test_diagonal_is_not_drowned():
    """One wrong match weighs as much as a row of wrong relations."""
    teacher = torch.eye(64)
    student = teacher.clone()
    student[0] = -student[0]
    loss = relational_cross_loss(student, teacher)
    assert float(loss) == pytest.approx(2 / 64)


def test_contrastive_of_unrelated_features_is_log_n():
    teacher = torch.zeros(50, 8)
    student = torch.zeros(50, 8)
    assert float(contrastive_loss(student,
                                  teacher)) == pytest.approx(math.log(50))


def test_contrast_does_not_overflow_at_a_low_temperature():
    student, teacher = features(9)
    student.requires_grad_()
    loss = contrastive_loss(student, teacher, 1e-3)
    expected = slow('contrastive', student.double(), teacher.double(), 1e-2)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(student.grad).all()
    assert float(contrastive_loss(student, teacher, 1e-2)) == pytest.approx(
        float(expected), rel=1e-5)


def test_symmetric_contrast_is_the_mean_of_both_directions():
    student, teacher = features(9)
    there = contrastive_loss(student, teacher, 0.1)
    back = contrastive_loss(teacher, student, 0.1)
    torch.testing.assert_close(
        contrastive_loss(student, teacher, 0.1, symmetric=True),
        (there + back) / 2)


def test_l2_similarity():
    student, teacher = features(9)
    student[0] = teacher[0]
    student.requires_grad_()
    loss = similarity_loss(student, teacher, 'l2')
    expected = sum((k - q).square().sum().sqrt()
                   for k, q in zip(student.detach(), teacher)) / 9
    torch.testing.assert_close(loss.detach(), expected)
    loss.backward()
    assert torch.isfinite(student.grad).all()
