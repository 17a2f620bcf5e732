"""Equal shares, against rounds of a slow loop."""
import pytest
import torch

from reldistill_mm.functional import even_draw


def slow(group, order, count, at_most=None):
    """In each round the first row that is left of every group, in turn."""
    left, drawn, taken = list(order), [], {}
    while left and len(drawn) < count:
        seen, later = set(), []
        for row in left:
            if group[row] in seen:
                later.append(row)
                continue
            seen.add(group[row])
            if len(drawn) < count and taken.get(group[row], 0) != at_most:
                taken[group[row]] = taken.get(group[row], 0) + 1
                drawn.append(row)
        left = later
    return drawn


@pytest.mark.parametrize('at_most', [None, 1, 3])
@pytest.mark.parametrize('rows, groups, count', [
    (0, 1, 5),
    (1, 1, 5),
    (40, 1, 7),
    (40, 9, 7),
    (40, 9, 40),
    (40, 9, 99),
    (40, 1000, 12),
])
def test_against_rounds(rows, groups, count, at_most):
    group = torch.randint(-groups, groups, (rows, ))
    order = torch.randperm(rows)
    found = even_draw(group, order, count, at_most)
    assert found.dtype == torch.int64
    assert found.tolist() == slow(group.tolist(), order.tolist(), count,
                                  at_most)


def test_shares_are_equal_or_all_there_is():
    group = torch.tensor([0] * 900 + [1] * 90 + [2] * 9)
    found = group[even_draw(group, torch.randperm(999), 109)]
    assert torch.bincount(found).tolist() == [50, 50, 9]


def test_every_row_of_a_group_is_drawn_now_and_then():
    group = torch.tensor([0] * 30 + [1] * 10)
    seen = torch.cat(
        [even_draw(group, torch.randperm(40), 10) for _ in range(300)])
    count = torch.bincount(seen, minlength=40)
    # 5 of 30 and 5 of 10, 300 times.
    assert 20 < count[:30].min() and count[:30].max() < 85
    assert 110 < count[30:].min() and count[30:].max() < 190


def test_whatever_numbers_the_groups_have():
    group, order = torch.randint(0, 5, (60, )), torch.randperm(60)
    other = torch.tensor([2**62, -3, 0, 10**9, 7])[group]
    assert torch.equal(
        even_draw(group, order, 20), even_draw(other, order, 20))
