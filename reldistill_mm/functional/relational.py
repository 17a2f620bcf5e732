"""Both relational losses in one pass over square tiles, exact.

With ``E = K - Q`` and ``A = E Q^T``::

    K Q^T - Q Q^T = A                 every entry is needed
    K K^T - Q Q^T = E E^T + A + A^T   symmetric

Tiles (I, J) and (J, I) are taken together, and A serves both terms: value
and gradient of many tiles take 3.5 times N^2 D multiplications, the two terms
apart 4, and whole matrices under autograd 6. As in :mod:`.relations`, the
gradient is formed along with the value. Source of the formulas: Mahmoud et
al., ECCV 2024; of this way to compute them: ours.
"""
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor
from torch import distributed as dist
from torch.autograd.function import once_differentiable

from .gather import place
from .relations import weights

# Rows of a tile: on a CPU it stays in the caches, on a GPU it keeps it busy.
_CPU_SIDE, _GPU_SIDE = 512, 2048


class BothRelations(torch.autograd.Function):
    """The values of ``CrossRelations`` and ``IntraRelations``, for less.

    Takes K and Q (N, D) of one float dtype, N >= 2, the rows of a tile
    (None: by device), and whether the ranks, which must hold the same K and
    Q, share the tiles.
    """

    @staticmethod
    def forward(ctx, student: Tensor, teacher: Tensor, side: int | None,
                shared: bool) -> tuple[Tensor, Tensor]:
        if side is None:
            on_cpu = student.device.type == 'cpu'
            side = _CPU_SIDE if on_cpu else _GPU_SIDE
        sums = _Sums(student, teacher, min(side, len(student)),
                     ctx.needs_input_grad[0])
        rank, ranks = place() if shared else (0, 1)
        for rows, columns in islice(
                _tiles(len(student), side), rank, None, ranks):
            sums.add(rows, columns)
        if ranks > 1:
            sums.exchange()
        ctx.save_for_backward(*sums.slopes())
        return sums.values()

    @staticmethod
    @once_differentiable
    def backward(ctx, of_cross: Tensor,
                 of_intra: Tensor) -> tuple[Tensor, None, None, None]:
        cross, intra = ctx.saved_tensors
        gradient = torch.addcmul(cross * of_cross, intra, of_intra)
        return gradient, None, None, None


class _Sums:
    """Sums over the tiles seen so far.

    Args:
        student, teacher (Tensor): K and Q.
        side (int): Rows and columns of the largest tile.
        learn (bool): Whether gradients are wanted.
    """

    def __init__(self, student: Tensor, teacher: Tensor, side: int,
                 learn: bool) -> None:
        self.student, self.teacher = student, teacher
        self.apart = student - teacher
        self.on, self.off = weights(len(student))
        self.totals = student.new_zeros(2)
        self.cross, self.intra = self.totals.unbind()
        self.gradients = [torch.zeros_like(student) for _ in range(2 * learn)]
        # Taken anew for each tile, memory would cost more than arithmetic.
        self.room = [student.new_empty(side * side) for _ in range(4)]

    def add(self, rows: slice, columns: slice) -> None:
        """Add a tile and its mirror image; on the diagonal they are one."""
        left, right = self.apart[rows], self.apart[columns]
        here, there, gap, spare = (
            part[:len(left) * len(right)].view(len(left), len(right))
            for part in self.room)
        mirrored = rows != columns
        torch.mm(left, self.teacher[columns].T, out=here)
        if mirrored:
            torch.mm(self.teacher[rows], right.T, out=there)
        else:
            there = here.T
        torch.add(here, there, out=gap).addmm_(left, right.T)

        self.cross += torch.abs(here, out=spare).sum()
        if mirrored:
            self.cross += torch.abs(there, out=spare).sum()
        else:
            self.cross += (self.on / self.off - 1) * spare.diagonal().sum()
            # Zero for unit rows, but for rounding.
            gap.fill_diagonal_(0)
        self.intra += (1 + mirrored) * torch.abs(gap, out=spare).sum()
        if self.gradients:
            self._learn(rows, columns, here, there, gap)

    def _learn(self, rows: slice, columns: slice, here: Tensor, there: Tensor,
               gap: Tensor) -> None:
        """Signs times features; the tile's entries are lost."""
        cross, intra = self.gradients
        here.sign_()
        gap.sign_()
        mirrored = rows != columns
        if mirrored:
            there.sign_()
            cross[columns].addmm_(there.T, self.teacher[rows])
            intra[columns].addmm_(gap.T, self.student[rows])
        else:
            here.diagonal().mul_(self.on / self.off)
        cross[rows].addmm_(here, self.teacher[columns])
        intra[rows].addmm_(gap, self.student[columns])

    def exchange(self) -> None:
        """Add what the other ranks have summed over their tiles."""
        for sums in (self.totals, *self.gradients):
            dist.all_reduce(sums)

    def values(self) -> tuple[Tensor, Tensor]:
        """Both losses, () each."""
        return self.off * self.cross, self.off * self.intra

    def slopes(self) -> tuple[Tensor, ...]:
        """Their gradients with respect to K, if they were wanted."""
        # Each entry of the symmetric matrix stands at (i, j) and (j, i).
        factors = (self.off, 2 * self.off)
        return tuple(
            part.mul_(factor) for part, factor in zip(self.gradients, factors))


def _tiles(count: int, side: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of the tiles on and right of the diagonal."""
    parts = [
        slice(start, min(start + side, count))
        for start in range(0, count, side)
    ]
    for i, rows in enumerate(parts):
        for columns in parts[i:]:
            yield rows, columns
