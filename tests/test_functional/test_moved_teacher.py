"""What is done to a teacher does what it says, and nothing else."""
import pytest
import torch

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import class_scores, uniformity, unit_rows
from reldistill_mm.functional.moved_teacher import (add_cone, add_noise,
                                                    cone_for_uniformity,
                                                    keep_directions, mix_up,
                                                    principal_directions,
                                                    unseen_direction)


@pytest.fixture
def words():
    return unit_rows(torch.randn(9, 16))


@pytest.fixture
def rows():
    return unit_rows(torch.randn(200, 16))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_no_word_sees_the_cone(words, rows):
    direction = unseen_direction(words)
    assert direction.norm() == pytest.approx(1, abs=1e-5)
    assert (words @ direction).abs().max() < 1e-6
    moved = add_cone(rows, direction, 3.)
    one, other = (
        class_scores(part, words, [3, 3, 3]).argmax(1)
        for part in (rows, moved))
    assert torch.equal(one, other)
    # The reference, row by row.
    slow = torch.stack([(row + 3 * direction) / (row + 3 * direction).norm()
                        for row in rows])
    torch.testing.assert_close(moved, slow)
    assert torch.equal(unseen_direction(words), unseen_direction(words))


def test_a_cone_of_a_wanted_uniformity(words, rows):
    direction = unseen_direction(words)
    before = float(uniformity(rows))
    for wanted in (2.5, 1.5, 0.5):
        size = cone_for_uniformity(rows, direction, wanted)
        found = float(uniformity(add_cone(rows, direction, size)))
        assert found == pytest.approx(wanted, abs=1e-3)
    for wanted in (0., before + 0.1):
        with pytest.raises(BadInput, match='is not between'):
            cone_for_uniformity(rows, direction, wanted)


def test_words_that_span_everything_leave_no_direction():
    with pytest.raises(BadInput, match='no direction is unseen'):
        unseen_direction(torch.eye(4))


def test_noise_of_a_length(rows):
    moved = add_noise(rows, 1., generator(7))
    # Unit noise at a right angle turns a row by 45 degrees.
    assert float((moved * rows).sum(1).mean()) == pytest.approx(.7, abs=.03)
    assert torch.equal(moved, add_noise(rows, 1., generator(7)))
    assert not torch.equal(moved, add_noise(rows, 1., generator(8)))
    torch.testing.assert_close(add_noise(rows, 0., generator()), rows)


def test_fewer_dimensions(rows):
    kept = principal_directions(rows, 3)
    torch.testing.assert_close(kept.T @ kept, torch.eye(3))
    moved = keep_directions(rows, kept)
    assert torch.linalg.matrix_rank(moved, rtol=1e-4) == 3
    torch.testing.assert_close(keep_directions(moved, kept), moved)
    # Against a singular value decomposition.
    other = torch.linalg.svd(rows.double())[2][:3].T.float()
    torch.testing.assert_close(
        kept @ kept.T, other @ other.T, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        keep_directions(rows, principal_directions(rows, 16)), rows)
    for count in (0, 17):
        with pytest.raises(BadInput, match='cannot be kept'):
            principal_directions(rows, count)


def test_a_share_of_wrong_pairs(rows):
    before = rows.clone()
    moved = mix_up(rows, 0.3, generator())
    assert torch.equal(rows, before)
    wrong = (moved != rows).any(1)
    assert int(wrong.sum()) == 60
    # Nothing is lost: they are the same rows in another order.
    assert sorted(moved.sum(1).tolist()) == sorted(rows.sum(1).tolist())
    assert torch.equal(mix_up(rows, 0., generator()), rows)
    assert torch.equal(mix_up(rows[:0], .3, generator()), rows[:0])
    with pytest.raises(BadInput, match='between 0 and 1'):
        mix_up(rows, 1.5, generator())
