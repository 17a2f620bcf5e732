"""Every loss and its gradient, on every device, and under autocast."""
from contextlib import nullcontext

import pytest
import torch
from devices import ON_DEVICES, autocast
from torch.nn.functional import normalize

from reldistill_mm.functional import pool_rows
from reldistill_mm.models import losses, samplers
from reldistill_mm.models.batch_pairs import BatchPairs
from reldistill_mm.models.losses import DistillLoss, PairContext
from reldistill_mm.models.samplers import PairSampler

ROWS, WIDTH, NAMES = 700, 24, (2, 1, 3)
CASES = [
    ('RelationalLoss', {}),
    ('RelationalLoss', dict(cross_weight=0)),
    ('RelationalLoss', dict(intra_weight=0)),
    ('RelationalLoss', dict(cross_diagonal_weight=0)),
    ('RelationalLoss', dict(cross_off_diagonal_weight=0)),
    ('SimilarityLoss', {}),
    ('SimilarityLoss', dict(distance='l2')),
    ('ContrastiveLoss', {}),
    ('ContrastiveLoss', dict(symmetric=True)),
    ('ContrastiveLoss', dict(learn_temperature=True)),
    ('TolerantContrastiveLoss', {}),
    ('TolerantContrastiveLoss', dict(crowd_similarity=None)),
    ('TextGuidedLoss', {}),
    ('TextGuidedLoss', dict(anchor='points')),
    ('CellConsistencyLoss', {}),
]
EVERY_LOSS = pytest.mark.parametrize('name, options', CASES)
SAMPLERS = [('RandomPairs', {}), ('EvenOverClusters', dict(clusters=5)),
            ('EvenOverDistance', {}), ('EvenOverVoxels', {}),
            ('SuperpixelPool', {})]


def public(package, base):
    """Names of a package's classes that are derived from its base."""
    return {
        name
        for name in package.__all__
        if isinstance(getattr(package, name), type) and issubclass(
            getattr(package, name), base) and getattr(package, name) != base
        and not getattr(package, name).__abstractmethods__
    }


def test_none_is_forgotten():
    assert {name for name, _ in CASES} == public(losses, DistillLoss)
    assert {name for name, _ in SAMPLERS} == public(samplers, PairSampler)


def rows_of(pooled):
    """Rows near each other, as in training, or those of superpixels."""
    student, teacher = torch.randn(2, ROWS, WIDTH, dtype=torch.float64)
    student = normalize(student + teacher)
    teacher = normalize(teacher)
    if pooled:
        group = torch.arange(ROWS) // 3
        student, teacher = (
            normalize(each.double())
            for each in pool_rows(student, teacher, group))
    return student, teacher


def terms_of(name, options, student, teacher, device, dtype, mixed=False):
    """Terms and gradients, brought back to the CPU in double precision."""
    loss = getattr(losses, name)(**options).to(device)
    # Not drawn: they are the same for every device and dtype.
    words = normalize(torch.linspace(-1, 1, 6 * WIDTH).sin().view(6, -1))
    place = torch.arange(4. * len(student)).view(-1, 4).remainder(7)
    how = {}
    if loss.uses_context:
        how['context'] = PairContext(
            words.to(device, dtype), NAMES, place.to(device))
    student, teacher = (
        each.detach().to(device, dtype) for each in (student, teacher))
    student.requires_grad_()
    # As mmengine does it: backward comes after autocast.
    with autocast(device) if mixed else nullcontext():
        terms = loss(student, teacher, **how)
    sum(value for key, value in terms.items() if 'loss' in key).backward()
    gradients = [student.grad, *(each.grad for each in loss.parameters())]
    assert all(value.device == student.device for value in terms.values())
    return terms, [value.double().cpu() for value in gradients]


@ON_DEVICES
@pytest.mark.parametrize('pooled', [False, True], ids=['pairs', 'superpixels'])
@EVERY_LOSS
def test_equals_double_precision(name, options, pooled, device):
    """The value and every gradient, of pairs and of superpixels."""
    rows = rows_of(pooled)
    wanted, gradients = terms_of(name, options, *rows, 'cpu', torch.float64)
    found, mine = terms_of(name, options, *rows, device, torch.float32)
    assert set(found) == set(wanted) and len(mine) == len(gradients)
    for key, value in found.items():
        torch.testing.assert_close(
            value.double().cpu(), wanted[key].double(), rtol=1e-3, atol=1e-5)
    for one, other in zip(mine, gradients):
        assert other.abs().sum() > 0
        # A sign that rounding turns is one relation of thousands.
        assert (one - other).norm() < 1e-2 * other.norm()


@ON_DEVICES
@EVERY_LOSS
def test_mixed_precision_does_not_reach_a_loss(name, options, device):
    rows = rows_of(False)
    wanted, gradients = terms_of(name, options, *rows, device, torch.float32)
    found, mine = terms_of(
        name, options, *rows, device, torch.float32, mixed=True)
    for key, value in found.items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, wanted[key], rtol=1e-5, atol=1e-7)
    for one, other in zip(mine, gradients):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@ON_DEVICES
@pytest.mark.parametrize('name, options', SAMPLERS)
def test_samplers_stay_on_the_device(name, options, device):
    """What they choose are rows of what they got, whole."""
    count = 60
    number = torch.arange(400, device=device)
    pairs = BatchPairs(
        voxel=number,
        image=number % 4,
        uv=number[:, None].float().expand(-1, 2),
        pair_index=number,
        segment=number % 31 - 1,
        sample=number % 2,
        xyz=number[:, None].float().expand(-1, 3) / 10,
        teacher=torch.randn(400, 8).to(device))
    chosen = getattr(samplers, name)(count=count, **options)(pairs)
    assert len(chosen.voxel) == count or name == 'SuperpixelPool'
    assert chosen.voxel.unique().numel() == len(chosen.voxel) > 0
    for column, whole in zip(
            chosen._replace(group=None), pairs._replace(group=None)):
        if column is not None:
            assert column.device == number.device
            assert torch.equal(column, whole[chosen.voxel])
