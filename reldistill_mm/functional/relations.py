"""Relational losses without an N x N matrix: rows in blocks, exact.

A loss is a scalar and the teacher Q is frozen, so the gradient with respect
to the student K is formed in the same pass that sums the loss: the derivative
of an absolute value is a sign, and a block of signs times Q (or K) is that
block's part. Memory is O(N D + N block), value and gradient are those of the
whole matrix up to the order of sums. Source of the formulas: Mahmoud et al.,
ECCV 2024; of this way to compute them: ours.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Entries of a block: on a CPU little more than its caches hold, else what
# keeps a GPU busy (256 MB of float32). Lower blocks multiply slowly.
_CPU_ENTRIES, _GPU_ENTRIES, _MIN_ROWS = 1 << 21, 1 << 26, 256


class CrossRelations(torch.autograd.Function):
    """``mean_i C_ii + mean_{i != j} C_ij`` of ``C = |K Q^T - Q Q^T|``.

    Takes K and Q (N, D) of one float dtype, N >= 1, and the rows of a block
    (None: by N and device).
    """

    @staticmethod
    def forward(ctx, student: Tensor, teacher: Tensor,
                block: int | None) -> Tensor:
        count = len(student)
        wanted = ctx.needs_input_grad[0]
        apart = student - teacher
        on, off = weights(count)
        loss = student.new_zeros(())
        gradient = torch.empty_like(student) if wanted else None
        for rows in _blocks(count, block, student):
            # K Q^T - Q Q^T as one product.
            gap = apart[rows] @ teacher.T
            own = gap.diagonal(rows.start)
            loss += off * gap.abs().sum()
            loss += (on - off) * own.abs().sum()
            if wanted:
                gap.sign_()
                own *= on / off
                torch.mm(gap, teacher, out=gradient[rows])
        if wanted:
            gradient *= off
            ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:
        return ctx.saved_tensors[0] * grad, None, None


class IntraRelations(torch.autograd.Function):
    """``mean_{i != j} S_ij`` of ``S = |K K^T - Q Q^T|``.

    Takes K and Q (N, D) of one float dtype, N >= 2, and the rows of a block
    (None: by N and device). S is symmetric, so only blocks on and right of
    its diagonal are formed.
    """

    @staticmethod
    def forward(ctx, student: Tensor, teacher: Tensor,
                block: int | None) -> Tensor:
        count = len(student)
        wanted = ctx.needs_input_grad[0]
        _, off = weights(count)
        # K K^T - Q Q^T as one product, twice as wide.
        left = torch.cat([student, -teacher], 1)
        right = torch.cat([student, teacher], 1)
        loss = student.new_zeros(())
        gradient = torch.zeros_like(student) if wanted else None
        for rows in _blocks(count, block, student):
            gap = left[rows] @ right[rows.start:].T
            size = len(gap)
            square, rest = gap[:, :size], gap[:, size:]
            # Zero for unit rows, but for rounding.
            square.fill_diagonal_(0)
            loss += square.abs().sum()
            loss += 2 * rest.abs().sum()
            if wanted:
                gap.sign_()
                gradient[rows].addmm_(gap, student[rows.start:])
                gradient[rows.stop:].addmm_(rest.T, student[rows])
        if wanted:
            # Each entry stands at (i, j) and at (j, i).
            gradient *= 2 * off
            ctx.save_for_backward(gradient)
        return off * loss

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:
        return ctx.saved_tensors[0] * grad, None, None


def weights(count: int) -> tuple[float, float]:
    """What one entry on and off the diagonal counts.

    A single row has no entry off the diagonal; 1 stands for its weight.
    """
    return 1 / count, 1 / max(count * (count - 1), 1)


def _blocks(count: int, block: int | None, like: Tensor):
    """Slices of rows."""
    if block is None:
        entries = _CPU_ENTRIES if like.device.type == 'cpu' else _GPU_ENTRIES
        block = max(entries // count, _MIN_ROWS)
    for start in range(0, count, block):
        yield slice(start, min(start + block, count))
