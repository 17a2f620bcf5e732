"""Relational losses in square tiles, exact: no N x N matrix is ever held.

K (N, D) are the student's unit rows, Q (N, D) the teacher's. What this module
computes are the two formulas of these five lines::

    >>> def whole_matrices(k, q):
    ...     cross, intra = (k @ q.T - q @ q.T).abs(), (k @ k.T - q @ q.T).abs()
    ...     others = ~torch.eye(len(k), dtype=torch.bool)
    ...     return (cross.diagonal().mean() + cross[others].mean(),
    ...             intra[others].mean())
    >>> from reldistill_mm.functional import unit_rows
    >>> k, q = unit_rows(torch.randn(2, 9, 4).flatten(0, 1)).split(9)
    >>> in_tiles = relational_losses(k, q, tile_rows=2)
    >>> all(map(torch.isclose, in_tiles, whole_matrices(k, q)))
    True

With ``E = K - Q`` and ``A = E Q^T`` they need fewer products::

    K Q^T - Q Q^T = A                 every entry is needed
    K K^T - Q Q^T = E E^T + A + A^T   symmetric
                  = E K^T + A^T       where A itself is not needed

A loss is a scalar and Q is frozen, so the gradient with respect to K is
formed in the pass that sums the loss: the derivative of an absolute value is
a sign, and a tile of signs times Q (or K) is that tile's part. Tiles (I, J)
and (J, I) are taken together, and A serves both terms: value and gradient of
many tiles take 3.5 times N^2 D multiplications (one term alone 2), whole
matrices under autograd 6. Memory is O(N D + tile_rows^2). Source of the
formulas: Mahmoud et al., ECCV 2024; of this way to compute them: ours.
"""
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor
from torch import distributed as dist
from torch.autograd.function import once_differentiable

from ..errors import BadInput
from .gather import rank_and_world_size
from .matched_rows import (autocast_off, check_matched, connected_zero,
                           promote_and_detach)

# Rows of a tile: on a CPU it stays in the caches, on a GPU it keeps it busy.
_CPU_TILE_ROWS, _GPU_TILE_ROWS = 512, 2048


def relational_cross_loss(student: Tensor,
                          teacher: Tensor,
                          tile_rows: int | None = None,
                          shard_over_ranks: bool = False) -> Tensor:
    """Cross-modal relational loss.

    ``C = |K Q^T - Q Q^T|``, ``mean_i C_ii + mean_{i != j} C_ij``: the N
    matches and the N^2 - N other relations are averaged apart, so that the
    many do not drown the few. Source: Mahmoud et al., ECCV 2024.

    Arguments, errors and the value's dtype are those of
    :func:`relational_losses`.

    Example:
        One of four matches points the wrong way; its relation to itself is
        off by 2, and no other relation is:

        >>> teacher = torch.eye(4)
        >>> student = teacher.clone()
        >>> student[0] = -student[0]
        >>> relational_cross_loss(student, teacher)
        tensor(0.5000)
    """
    return _relational(student, teacher, (True, False), tile_rows,
                       shard_over_ranks)[0]


def relational_intra_loss(student: Tensor,
                          teacher: Tensor,
                          tile_rows: int | None = None,
                          shard_over_ranks: bool = False) -> Tensor:
    """Intra-modal relational loss.

    ``S = |K K^T - Q Q^T|``, ``mean_{i != j} S_ij``. The idea is Mahmoud et
    al., ECCV 2024; the mean over the off-diagonal alone is our reading (the
    diagonal of S is zero for unit rows).

    Arguments, errors and the value's dtype are those of
    :func:`relational_losses`.

    Example:
        A rotation of all rows keeps their relations; collapsing them makes
        each of the relations 1 instead of 0:

        >>> teacher = torch.eye(4)
        >>> relational_intra_loss(teacher.roll(1, dims=0), teacher)
        tensor(0.)
        >>> relational_intra_loss(teacher[:1].expand(4, 4), teacher)
        tensor(1.)
    """
    return _relational(student, teacher, (False, True), tile_rows,
                       shard_over_ranks)[0]


def relational_losses(student: Tensor,
                      teacher: Tensor,
                      tile_rows: int | None = None,
                      shard_over_ranks: bool = False) -> tuple[Tensor, Tensor]:
    """Both relational losses, in less time than one after the other.

    Args:
        student (Tensor): (N, D) unit rows of any float dtype.
        teacher (Tensor): (N, D) unit rows, frozen.
        tile_rows (int, optional): Rows and columns of the square tiles that
            are held at a time; the result does not depend on it. Defaults to
            None, by device.
        shard_over_ranks (bool): All ranks hold the same rows, as
            :func:`gather_rows` gives them, and each computes a part of the
            tiles; sums and gradients are exchanged. All ranks must call it.
            Defaults to False.

    Returns:
        tuple[Tensor, Tensor]: The losses of :func:`relational_cross_loss` and
        :func:`relational_intra_loss`, () float32 each (float64 for float64
        rows); without a row, or for the second with one, a zero with a graph.
        They have a first derivative, not a second.

    Raises:
        BadInput: Shapes that do not match, or tiles without rows.

    Example:
        >>> student = torch.tensor([[1., 0.], [0.6, 0.8]])
        >>> teacher = torch.tensor([[1., 0.], [0., 1.]])
        >>> relational_losses(student, teacher)
        (tensor(0.4000), tensor(0.6000))
    """
    cross, intra = _relational(student, teacher, (True, True), tile_rows,
                               shard_over_ranks)
    return cross, intra


def _relational(student: Tensor, teacher: Tensor, terms: tuple[bool, bool],
                tile_rows: int | None,
                shard_over_ranks: bool) -> tuple[Tensor, ...]:
    """Compute those of the two losses that are wanted."""
    check_matched(student, teacher)
    if tile_rows is None:
        on_cpu = student.device.type == 'cpu'
        tile_rows = _CPU_TILE_ROWS if on_cpu else _GPU_TILE_ROWS
    if tile_rows < 1:
        raise BadInput(f'tile_rows must be at least 1, got {tile_rows}.')
    if len(student) == 0:
        return tuple(connected_zero(student) for wanted in terms if wanted)
    with autocast_off(student):
        return RelationalTerms.apply(*promote_and_detach(student, teacher),
                                     *terms, tile_rows, shard_over_ranks)


class RelationalTerms(torch.autograd.Function):
    """The losses that are switched on, as a tuple, cross before intra.

    Takes K and Q (N, D) of one float dtype, N >= 1, whether ``cross`` and
    ``intra`` are wanted, the rows of a tile, and whether the ranks, which
    must hold the same K and Q, share the tiles.
    """

    @staticmethod
    def forward(ctx, student: Tensor, teacher: Tensor, cross: bool,
                intra: bool, tile_rows: int,
                shard_over_ranks: bool) -> tuple[Tensor, ...]:
        with_grad = ctx.needs_input_grad[0]
        sums = _TileSums(student, teacher, min(tile_rows, len(student)),
                         _Term(teacher, with_grad) if cross else None,
                         _Term(student, with_grad) if intra else None)
        rank, ranks = rank_and_world_size() if shard_over_ranks else (0, 1)
        for rows, columns in islice(
                _tiles(len(student), tile_rows), rank, None, ranks):
            sums.add(rows, columns)
        _, elsewhere = entry_weights(len(student))
        # Each entry of the symmetric matrix stands at (i, j) and (j, i).
        terms = [(term, times)
                 for term, times in ((sums.cross, 1), (sums.intra, 2)) if term]
        if ranks > 1:
            for term, _ in terms:
                term.exchange()
        if with_grad:
            ctx.save_for_backward(*(term.gradient.mul_(times * elsewhere)
                                    for term, times in terms
                                    if term.gradient is not None))
        return tuple(elsewhere * term.total for term, _ in terms)

    @staticmethod
    @once_differentiable
    def backward(ctx, *of_values: Tensor) -> tuple[Tensor | None, ...]:
        first, *rest = ctx.saved_tensors
        gradient = first * of_values[0]
        for part, of_value in zip(rest, of_values[1:]):
            gradient.addcmul_(part, of_value)
        return gradient, None, None, None, None, None


class _Term:
    """Sum one matrix's absolute entries and their gradient, unweighted.

    Args:
        features (Tensor): (N, D) rows that signs are multiplied with.
        with_grad (bool): Whether a gradient is wanted.
    """

    def __init__(self, features: Tensor, with_grad: bool) -> None:
        self.features = features
        self.total = features.new_zeros(())
        self.gradient = torch.zeros_like(features) if with_grad else None

    def add(self,
            tile: Tensor,
            scratch: Tensor,
            rows: slice,
            columns: slice,
            mirrored: bool = False,
            diagonal: float = 1.) -> None:
        """Add a tile (rows, columns), whose entries are lost.

        ``mirrored`` adds its mirror image in a symmetric matrix, too;
        ``diagonal`` is the weight of an entry on the diagonal.
        """
        self.total += (1 + mirrored) * torch.abs(tile, out=scratch).sum()
        if diagonal != 1:
            self.total += (diagonal - 1) * scratch.diagonal().sum()
        if self.gradient is None:
            return
        tile.sign_()
        if diagonal != 1:
            tile.diagonal().mul_(diagonal)
        self.gradient[rows].addmm_(tile, self.features[columns])
        if mirrored:
            self.gradient[columns].addmm_(tile.T, self.features[rows])

    def exchange(self) -> None:
        """Add what the other ranks have summed over their tiles."""
        dist.all_reduce(self.total)
        if self.gradient is not None:
            dist.all_reduce(self.gradient)


class _TileSums:
    """Compute tiles of at most ``side`` rows for the terms that are wanted."""

    def __init__(self, student: Tensor, teacher: Tensor, side: int,
                 cross: _Term | None, intra: _Term | None) -> None:
        self.student, self.teacher = student, teacher
        self.difference = student - teacher
        self.cross, self.intra = cross, intra
        # Allocating memory per tile would cost more than the arithmetic.
        self.buffers = [student.new_empty(side * side) for _ in range(4)]

    def add(self, rows: slice, columns: slice) -> None:
        """Add a tile and its mirror image; on the diagonal they are one."""
        left, right = self.difference[rows], self.difference[columns]
        tile, mirrored_tile, intra_tile, scratch = (
            buffer[:len(left) * len(right)].view(len(left), len(right))
            for buffer in self.buffers)
        mirrored = rows != columns
        if self.cross or not mirrored:
            torch.mm(left, self.teacher[columns].T, out=tile)
        if mirrored:
            torch.mm(self.teacher[rows], right.T, out=mirrored_tile)
        else:
            mirrored_tile = tile.T
        if self.intra:
            if self.cross:
                torch.add(tile, mirrored_tile, out=intra_tile)
                intra_tile.addmm_(left, right.T)
            else:
                student = self.student[columns]
                torch.addmm(mirrored_tile, left, student.T, out=intra_tile)
            if not mirrored:
                # The diagonal is zero for unit rows, but for rounding.
                intra_tile.fill_diagonal_(0)
            self.intra.add(intra_tile, scratch, rows, columns, mirrored)
        if self.cross and mirrored:
            self.cross.add(tile, scratch, rows, columns)
            self.cross.add(mirrored_tile.T, scratch.T, columns, rows)
        elif self.cross:
            match, other = entry_weights(len(self.student))
            self.cross.add(
                tile, scratch, rows, columns, diagonal=match / other)


def entry_weights(num_rows: int) -> tuple[float, float]:
    """Return the weights of an entry on and off the diagonal.

    A single row has no entry off the diagonal; 1 stands for its weight.
    """
    return 1 / num_rows, 1 / max(num_rows * (num_rows - 1), 1)


def _tiles(num_rows: int, side: int) -> Iterator[tuple[slice, slice]]:
    """List rows and columns of the tiles on and right of the diagonal."""
    parts = [
        slice(start, min(start + side, num_rows))
        for start in range(0, num_rows, side)
    ]
    for i, rows in enumerate(parts):
        for columns in parts[i:]:
            yield rows, columns
