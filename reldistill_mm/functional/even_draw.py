"""Draw rows so that groups of different sizes have equal shares."""
import torch
from torch import Tensor


def even_draw(group: Tensor,
              order: Tensor,
              count: int,
              at_most: int | None = None) -> Tensor:
    """Draw rows in rounds: in each round every group gives one of its rows.

    A group that has no row left gives none, so that all groups give the same
    number of rows, or all of theirs. When ``count`` is reached within a round,
    the rows that come first in ``order`` are taken. Source: ours.

    Args:
        group (Tensor): (P,) int64, whatever numbers.
        order (Tensor): (P,) int64, a permutation of the rows: which row of a
            group comes first, and which group in the last round.
        count (int): Rows wanted.
        at_most (int, optional): Most rows of one group. Defaults to None, no
            limit.

    Returns:
        Tensor: (Q,) int64 positions, none twice; Q is ``count`` or, where
        there are fewer rows, what there is.

    Example:
        Group 7 has three rows and group 4 one:

        >>> group, order = torch.tensor([7, 7, 4, 7]), torch.arange(4)
        >>> even_draw(group, order, 3)
        tensor([0, 2, 1])
        >>> even_draw(group, order, 3, at_most=1)
        tensor([0, 2])
    """
    if len(group) == 0:
        return order
    _, place, sizes = group[order].unique(
        return_inverse=True, return_counts=True)
    by_group = torch.argsort(place, stable=True)
    start = sizes.cumsum(0) - sizes
    turn = torch.empty_like(by_group)
    turn[by_group] = torch.arange(
        len(order), device=order.device) - start[place[by_group]]
    turn, first = torch.sort(turn, stable=True)
    chosen = order[first[:count]]
    if at_most is not None:
        chosen = chosen[turn[:count] < at_most]
    return chosen
