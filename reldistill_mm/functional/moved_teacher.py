"""Move a teacher's features in a controlled way, for studies.

All take unit rows (N, D) and return unit rows; none changes what it is given.
Source: ours.
"""
import math

import torch
from torch import Tensor

from ..errors import BadInput
from .matched_rows import unit_rows
from .structure import uniformity


def unseen_direction(words: Tensor) -> Tensor:
    """Find a unit vector (D,) at a right angle to all words.

    A constant added along it changes the length of a feature's product with
    every word by one factor, so that no label of the teacher changes.

    Args:
        words (Tensor): (W, D) embeddings.

    Raises:
        BadInput: The words span all D dimensions.

    Example:
        >>> unseen_direction(torch.eye(3)[:2]).abs()
        tensor([0., 0., 1.])
    """
    _, sizes, axes = torch.linalg.svd(words.double(), full_matrices=True)
    width = words.shape[1]
    rank = int((sizes > 1e-6 * sizes.max()).sum())
    if rank == width:
        raise BadInput(f'{len(words)} words span all {width} dimensions: no '
                       'direction is unseen by them.')
    found = axes[-1]
    # The sign of a singular vector is arbitrary; one rule makes it one vector.
    return (found * found[found.abs().argmax()].sign()).to(words.dtype)


def add_cone(rows: Tensor, direction: Tensor, amount: float) -> Tensor:
    """Add ``amount`` times a direction (D,) to every row; normalise.

    Example:
        >>> rows = add_cone(torch.eye(3)[:2], torch.eye(3)[2], 1.)
        >>> round(float(rows[0] @ rows[1]), 4)
        0.5
    """
    return unit_rows(rows + amount * direction)


def cone_for_uniformity(rows: Tensor,
                        direction: Tensor,
                        wanted: float,
                        steps: int = 40) -> float:
    """Find the amount of :func:`add_cone` that gives a uniformity.

    Args:
        rows (Tensor): (N, D) unit rows.
        direction (Tensor): (D,) unit vector.
        wanted (float): Uniformity of the moved rows, between 0 and that of
            ``rows``.
        steps (int): Halvings of the interval. Defaults to 40.

    Raises:
        BadInput: The rows are less spread than that already.

    Example:
        >>> rows = torch.eye(4)[:3]
        >>> amount = cone_for_uniformity(rows, torch.eye(4)[3], 2.)
        >>> moved = add_cone(rows, torch.eye(4)[3], amount)
        >>> round(float(uniformity(moved)), 3)
        2.0
    """
    now = float(uniformity(rows))
    if not 0 < wanted <= now:
        raise BadInput(f'A cone lowers uniformity from {now:.3f} towards 0; '
                       f'{wanted} is not between.')
    low, high = 0., 1.
    while float(uniformity(add_cone(rows, direction, high))) > wanted:
        low, high = high, 2 * high
    for _ in range(steps):
        middle = (low + high) / 2
        above = float(uniformity(add_cone(rows, direction, middle))) > wanted
        low, high = (middle, high) if above else (low, middle)
    return high


def add_noise(rows: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Add Gaussian noise of an expected length of ``size``; normalise."""
    noise = torch.randn(rows.shape, generator=generator)
    return unit_rows(rows + size / math.sqrt(rows.shape[1]) * noise)


def principal_directions(rows: Tensor, count: int) -> Tensor:
    """Find the directions (D, count) that hold most of the rows' squares.

    The rows' mean is not taken out: a cone has its axis among them.

    Raises:
        BadInput: More directions than dimensions, or none.
    """
    if not 0 < count <= rows.shape[1]:
        raise BadInput(f'{count} dimensions of {rows.shape[1]} cannot be '
                       'kept.')
    _, axes = torch.linalg.eigh(rows.double().T @ rows.double())
    return axes[:, -count:].flip(1).to(rows.dtype)


def keep_directions(rows: Tensor, directions: Tensor) -> Tensor:
    """Project on directions (D, C), in D columns as before; normalise.

    Example:
        >>> keep_directions(torch.tensor([[0.6, 0.8]]), torch.eye(2)[:, 1:])
        tensor([[0., 1.]])
    """
    return unit_rows(rows @ directions @ directions.T)


def mix_up(rows: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Give a share of the rows to each other, in a ring of random order.

    Args:
        rows (Tensor): (N, D).
        share (float): From 0 to 1.
        generator (torch.Generator): Draws which, and in which order.

    Raises:
        BadInput: The share is not one.
    """
    if not 0 <= share <= 1:
        raise BadInput(f'A share is between 0 and 1, not {share}.')
    chosen = torch.randperm(
        len(rows), generator=generator)[:round(share * len(rows))]
    mixed = rows.clone()
    mixed[chosen] = rows[chosen.roll(1)]
    return mixed
