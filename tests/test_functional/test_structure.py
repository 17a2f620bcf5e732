"""Structure measures against brute force, invariances, degenerate input."""
import math

import pytest
import torch

from reldistill_mm.functional import unit_rows
from reldistill_mm.functional.structure import (balanced_rows, linear_cka,
                                                modality_gap,
                                                structure_measures, tolerance,
                                                uniformity)


@pytest.fixture
def rows():
    return unit_rows(torch.randn(40, 6)), unit_rows(torch.randn(40, 6))


def pairs(n):
    return [(i, j) for i in range(n) for j in range(n) if i != j]


@pytest.mark.parametrize('t', [0.5, 2.])
def test_uniformity_equals_brute_force(rows, t):
    x = rows[0].double()
    expected = -math.log(
        sum(
            math.exp(-t * float((x[i] - x[j]).square().sum()))
            for i, j in pairs(40)) / (40 * 39))
    assert float(uniformity(rows[0], t)) == pytest.approx(expected, rel=1e-5)


def test_uniformity_does_not_depend_on_blocks(rows, monkeypatch):
    whole = uniformity(rows[0])
    monkeypatch.setattr('reldistill_mm.functional.structure._ENTRIES', 90)
    torch.testing.assert_close(uniformity(rows[0]), whole)


def test_tolerance_equals_brute_force(rows):
    x, labels = rows[0], torch.randint(-1, 4, (40, ))
    found = tolerance(x, labels, 5)
    same = [(i, j) for i, j in pairs(40)
            if labels[i] == labels[j] and labels[i] >= 0]
    products = torch.tensor([float(x[i] @ x[j]) for i, j in same])
    assert float(found.overall) == pytest.approx(
        float(products.mean()), abs=1e-6)
    for label in range(4):
        own = [float(x[i] @ x[j]) for i, j in same if labels[i] == label]
        assert float(found.per_class[label]) == pytest.approx(
            sum(own) / len(own), abs=1e-6)
    assert math.isnan(found.per_class[4])


def test_known_values():
    same = unit_rows(torch.ones(5, 3))
    assert float(uniformity(same)) == pytest.approx(0, abs=1e-5)
    assert float(tolerance(same, torch.zeros(5).long(), 1).overall) == \
        pytest.approx(1)
    poles = torch.tensor([[1., 0], [-1, 0]])
    assert float(uniformity(poles)) == pytest.approx(8)
    assert float(modality_gap(poles, poles)) == 0
    assert float(modality_gap(same, -same)) == pytest.approx(2)


def test_cka(rows):
    k, q = rows
    rotation = torch.linalg.qr(torch.randn(6, 6))[0]
    assert float(linear_cka(k, 3 * k @ rotation)) == pytest.approx(1, abs=1e-6)
    # By its kernels: the other way to write it.
    centre = torch.eye(40).double() - 1 / 40
    a, b = (centre @ (x.double() @ x.double().T) @ centre for x in (k, q))
    expected = (a * b).sum() / (a.norm() * b.norm())
    assert float(linear_cka(k, q)) == pytest.approx(float(expected), rel=1e-6)
    assert linear_cka(k, q[:, :3]) > 0
    assert math.isnan(linear_cka(torch.ones(4, 2), q[:4]))


def test_invariant_to_rotation_and_permutation(rows):
    labels = torch.randint(0, 3, (40, ))
    rotation = torch.linalg.qr(torch.randn(6, 6))[0]
    order = torch.randperm(40)
    plain = structure_measures(*rows, labels, 3)
    assert set(plain) == {
        'uniformity', 'teacher_uniformity', 'tolerance', 'teacher_tolerance',
        'modality_gap', 'cka'
    }
    for other in (structure_measures(*(x @ rotation for x in rows), labels, 3),
                  structure_measures(*(x[order] for x in rows), labels[order],
                                     3)):
        assert other == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_rows_are_measured_in_full(rows, dtype):
    labels = torch.randint(0, 3, (40, ))
    half = [x.to(dtype) for x in rows]
    assert structure_measures(*half, labels, 3) == pytest.approx(
        structure_measures(*(x.float() for x in half), labels, 3), rel=1e-6)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        inside = structure_measures(*rows, labels, 3)
    assert inside == pytest.approx(
        structure_measures(*rows, labels, 3), rel=1e-6)


def test_zero_and_duplicate_rows(rows):
    x = rows[0].clone()
    x[0], x[3] = 0, x[2]
    near = [
        math.exp(-2 * float((x[i].double() - x[j].double()).square().sum()))
        for i, j in pairs(40)
    ]
    assert float(uniformity(x)) == pytest.approx(
        -math.log(sum(near) / len(near)), rel=1e-5)
    label = torch.zeros(40).long()
    products = [float(x[i].double() @ x[j].double()) for i, j in pairs(40)]
    assert float(tolerance(x, label, 1).overall) == pytest.approx(
        sum(products) / len(products), abs=1e-6)


@pytest.mark.parametrize('count', [0, 1, 2])
def test_measures_of_few_rows_are_numbers_or_nan(count):
    rows = unit_rows(torch.randn(count, 5))
    found = structure_measures(rows, -rows, torch.zeros(count).long(), 2)
    assert math.isnan(found['uniformity']) == (count < 2)
    assert math.isnan(found['tolerance']) == (count < 2)
    assert math.isnan(found['modality_gap']) == (count == 0)
    assert math.isnan(found['cka']) == (count < 2)


def test_modality_gap_equals_brute_force(rows):
    k, q = (x.double().mean(0) for x in rows)
    expected = math.sqrt(sum((float(a) - float(b))**2 for a, b in zip(k, q)))
    assert float(modality_gap(*rows)) == pytest.approx(expected, rel=1e-9)


def test_sample_is_seeded_and_close():
    x = unit_rows(torch.randn(3000, 8))
    first = uniformity(x, max_rows=1500, seed=1)
    assert first == uniformity(x, max_rows=1500, seed=1)
    assert float(first) == pytest.approx(float(uniformity(x)), rel=0.02)


def test_few_rows_are_nan_and_bad_shapes_are_named():
    assert math.isnan(uniformity(torch.zeros(1, 3)))
    assert math.isnan(
        tolerance(torch.zeros(0, 3),
                  torch.zeros(0).long(), 2).overall)
    with pytest.raises(ValueError, match=r'\(4, 3\) and \(5, 3\)'):
        modality_gap(torch.zeros(4, 3), torch.zeros(5, 3))
    with pytest.raises(ValueError, match='4 student'):
        linear_cka(torch.zeros(4, 3), torch.zeros(5, 3))


def test_balanced_rows():
    labels = torch.tensor([0] * 100 + [2] * 7 + [-1] * 50)
    kept = balanced_rows(labels, 10, seed=3)
    assert torch.bincount(labels[kept]).tolist() == [10, 0, 7]
    assert torch.equal(kept, balanced_rows(labels, 10, seed=3))
    assert len(balanced_rows(labels[-3:])) == 0
