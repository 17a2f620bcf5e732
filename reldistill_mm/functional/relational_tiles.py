"""The tiles of the relational losses: their sums and their gradients.

:mod:`.relational` says what they compute and why so.
"""
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor
from torch import distributed as dist
from torch.autograd.function import once_differentiable

from .gather import rank_and_world_size


class RelationalTerms(torch.autograd.Function):
    """The losses that are switched on, as a tuple, cross before intra.

    Takes K and Q (N, D) of one float dtype, N >= 1, whether ``cross`` and
    ``intra`` are wanted, the rows of a tile, whether the ranks, which must
    hold the same K and Q, share the tiles, and the weights of the two means of
    the cross-modal loss, of which the second must not be 0, and the dtype that
    is multiplied in, which may be narrower than that of the rows.
    """

    @staticmethod
    def forward(ctx,
                student: Tensor,
                teacher: Tensor,
                cross: bool,
                intra: bool,
                tile_rows: int,
                shard_over_ranks: bool,
                own: float = 1.,
                others: float = 1.,
                products: torch.dtype | None = None) -> tuple[Tensor, ...]:
        gradients = [
            torch.zeros_like(student) if ctx.needs_input_grad[0] else None
            for _ in range(2)
        ]
        products = products or student.dtype
        # Of rows made narrow, the difference would have lost its digits.
        difference = (student - teacher).to(products)
        total = student.new_zeros(())
        student, teacher = student.to(products), teacher.to(products)
        sums = _TileSums(
            student, teacher, difference, min(tile_rows, len(student)),
            _Term(teacher, total, gradients[0]) if cross else None,
            _Term(student, total, gradients[1]) if intra else None,
            own / others)
        rank, ranks = rank_and_world_size() if shard_over_ranks else (0, 1)
        for rows, columns in islice(
                _tiles(len(student), tile_rows), rank, None, ranks):
            sums.add(rows, columns)
        _, elsewhere = entry_weights(len(student))
        # Each entry of the symmetric matrix stands at (i, j) and (j, i).
        terms = [(term, value * elsewhere, times * elsewhere)
                 for term, value, times in ((sums.cross, others, others),
                                            (sums.intra, 1, 2)) if term]
        if ranks > 1:
            for term, _, _ in terms:
                term.exchange()
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(*(term.gradient.mul_(times)
                                    for term, _, times in terms
                                    if term.gradient is not None))
        return tuple(value * term.total for term, value, _ in terms)

    @staticmethod
    @once_differentiable
    def backward(ctx, *of_values: Tensor) -> tuple[Tensor | None, ...]:
        first, *rest = ctx.saved_tensors
        gradient = first * of_values[0]
        for part, of_value in zip(rest, of_values[1:]):
            gradient.addcmul_(part, of_value)
        return gradient, *[None] * 8


class _Term:
    """Sum one matrix's absolute entries and their gradient, unweighted.

    Args:
        features (Tensor): (N, D) rows that signs are multiplied with.
        total (Tensor): () zero, in the dtype of sums; stays as it is.
        gradient (Tensor, optional): (N, D) zeros of that dtype, which change;
            None if no gradient is wanted.
    """

    def __init__(self, features: Tensor, total: Tensor,
                 gradient: Tensor | None) -> None:
        self.features, self.gradient = features, gradient
        self.total = total.clone()

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
        wide = dict(dtype=self.total.dtype)
        self.total += (1 + mirrored) * torch.abs(tile, out=scratch).sum(**wide)
        if diagonal != 1:
            self.total += (diagonal - 1) * scratch.diagonal().sum(**wide)
        if self.gradient is None:
            return
        tile.sign_()
        if diagonal != 1:
            tile.diagonal().mul_(diagonal)
        _add_product(self.gradient[rows], tile, self.features[columns])
        if mirrored:
            _add_product(self.gradient[columns], tile.T, self.features[rows])

    def exchange(self) -> None:
        """Add what the other ranks have summed over their tiles."""
        dist.all_reduce(self.total)
        if self.gradient is not None:
            dist.all_reduce(self.gradient)


class _TileSums:
    """Compute tiles of at most ``side`` rows for the terms that are wanted.

    ``own`` is the weight of the matches' mean beside that of the others.
    """

    def __init__(self, student: Tensor, teacher: Tensor, difference: Tensor,
                 side: int, cross: _Term | None, intra: _Term | None,
                 own: float) -> None:
        self.student, self.teacher = student, teacher
        self.difference = difference
        self.cross, self.intra, self.own = cross, intra, own
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
                tile,
                scratch,
                rows,
                columns,
                diagonal=self.own * match / other)


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Add a product to a total, which may be wider."""
    if total.dtype == left.dtype:
        total.addmm_(left, right)
    else:
        total += torch.mm(left, right)


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
