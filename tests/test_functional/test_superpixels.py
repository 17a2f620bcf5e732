"""Pooling against slow loops; maps of segments looked up pixel by pixel."""
import numpy as np
import pytest
import torch

from reldistill_mm.functional import PointPixelPairs, pool_rows, segments_at


def slow_pool(rows, group):
    """Group by group, row by row, in float64."""
    pooled = []
    for name in sorted(set(group.tolist())):
        mine = [row.double() / row.double().norm() for row, own in
                zip(rows, group.tolist()) if own == name]  # yapf: disable
        pooled.append(sum(mine) / len(mine))
    return torch.stack(pooled)


@pytest.mark.parametrize(
    'group',
    [
        torch.randint(0, 5, (40, )),
        torch.arange(40).flip(0),
        torch.zeros(40, dtype=torch.long),
        # Beyond int32, with gaps, and negative.
        torch.tensor([2**62, -3, 2**40, 2**40 + 1]).repeat(10),
    ])
def test_pooling_equals_a_slow_loop(group):
    rows = torch.randn(40, 6, requires_grad=True)
    teacher = torch.randn(40, 6)
    student, pixels = pool_rows(rows, teacher, group)
    slow_rows = rows.detach().clone().requires_grad_()
    torch.testing.assert_close(student, slow_pool(slow_rows, group).float())
    torch.testing.assert_close(pixels, slow_pool(teacher, group).float())
    weight = torch.randn_like(student)
    (student * weight).sum().backward()
    (slow_pool(slow_rows, group) * weight).sum().backward()
    torch.testing.assert_close(rows.grad, slow_rows.grad)


def test_pooling_without_pairs_keeps_the_graph():
    rows = torch.zeros(0, 4, requires_grad=True)
    student, teacher = pool_rows(rows, rows.detach(),
                                 torch.zeros(0, dtype=torch.long))
    assert student.shape == teacher.shape == (0, 4)
    student.sum().backward()
    assert rows.grad is not None


def test_segments_at_every_pixel():
    rng = np.random.default_rng(0)
    maps = [rng.integers(-1, 2**40, (6, 9)), rng.integers(0, 9, (3, 4))]
    u, v = np.meshgrid(np.arange(9), np.arange(6))
    uv = np.stack([u, v], -1).reshape(-1, 2)
    jitter = rng.uniform(-0.49, 0.49, uv.shape)
    pairs = PointPixelPairs(
        np.arange(108), np.repeat([0, 1], 54),
        np.concatenate([uv + jitter, uv]).astype(np.float32), np.ones(108))
    # The second image is larger than its map.
    found = segments_at(maps, [(6, 9), (6, 9)], pairs)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found[:54], maps[0].ravel())
    wanted = [maps[1][int((y + .5) / 2), int((x + .5) * 4 / 9)]
              for x, y in uv]  # yapf: disable
    np.testing.assert_array_equal(found[54:], wanted)


def test_pixels_on_the_edges_are_in_the_image():
    uv = np.array([[-0.5, -0.5], [8.5, 5.5]], np.float32)
    pairs = PointPixelPairs(np.arange(2), np.zeros(2, int), uv, np.ones(2))
    segments = np.arange(54).reshape(6, 9)
    assert segments_at([segments], [(6, 9)], pairs).tolist() == [0, 53]


def test_pairs_keep_their_segments():
    pairs = PointPixelPairs(
        np.arange(3), np.arange(3), np.zeros((3, 2)), np.ones(3),
        np.array([5, 2**40, -1]))
    both = PointPixelPairs.concatenate([pairs.select([2]), pairs.select([1])])
    assert both.segment.tolist() == [-1, 2**40]
    plain = pairs._replace(segment=None)
    assert plain.select(plain.point > 0).segment is None
    assert PointPixelPairs.concatenate([plain, plain]).segment is None
