"""Gather rows of all ranks, with the gradients of a single process."""

import torch
from torch import Tensor
from torch import distributed as dist

# A batch has at most 512 clouds (voxelize); float32 holds many such numbers.
_SAMPLES = 512


def gather_rows(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Gather the matched rows of all ranks, in the order of ranks.

    Every rank gets the same loss of all rows, but only its own student
    rows have a graph. Their gradient is multiplied by the number of ranks,
    which the mean that DistributedDataParallel takes undoes: together the
    ranks' parameters get what one process with all rows would give them, and
    backward needs no further communication. Source: ours.

    Args:
        student (Tensor): (N_r, D) rows of this rank; N_r may differ and be
            0.
        teacher (Tensor): (N_r, D) rows of this rank, frozen.

    Returns:
        tuple[Tensor, Tensor]: (N, D) each, N the sum of all N_r; the
        arguments themselves where there is one process.

    Example:
        >>> student, teacher = torch.eye(2), torch.eye(2)
        >>> gather_rows(student, teacher)[0] is student
        True
    """
    rank, world = rank_and_world_size()
    if world == 1:
        return student, teacher
    both = torch.cat([student.detach(), teacher.detach().to(student)], 1)
    parts = _gather_uneven(both)
    students, teachers = zip(*(part.split(student.shape[1], dim=1)
                               for part in parts))
    live = _ScaledGradient.apply(student, float(world))
    with_own = [*students[:rank], live, *students[rank + 1:]]
    return torch.cat(with_own), torch.cat(teachers)


def gather_places(place: Tensor) -> Tensor:
    """Gather where the rows of all ranks lie, in the order of ranks.

    Args:
        place (Tensor): (N_r, 4) float32 of this rank: number of the sample,
            from 0 on, and x, y, z; N_r may differ and be 0.

    Returns:
        Tensor: (N, 4), samples of other ranks under other numbers; the
        argument itself where there is one process.

    Example:
        >>> place = torch.zeros(2, 4)
        >>> gather_places(place) is place
        True
    """
    if rank_and_world_size()[1] == 1:
        return place
    parts = _gather_uneven(place)
    for rank, part in enumerate(parts):
        part[:, 0] += rank * _SAMPLES
    return torch.cat(parts)


def rank_and_world_size() -> tuple[int, int]:
    """Rank and number of ranks; (0, 1) where there is one process."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


class _ScaledGradient(torch.autograd.Function):
    """Identity whose gradient is multiplied by a factor."""

    @staticmethod
    def forward(ctx, rows: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return rows.view_as(rows)

    @staticmethod
    def backward(ctx, grad: Tensor):
        return ctx.factor * grad, None


def _gather_uneven(rows: Tensor) -> list[Tensor]:
    """Gather each rank's (N_r, C), padded to the longest on the way."""
    own = rows.new_tensor([len(rows)], dtype=torch.long)
    counts = [torch.empty_like(own) for _ in range(dist.get_world_size())]
    dist.all_gather(counts, own)
    # This waits for the device once, not once per rank.
    sizes = torch.cat(counts).tolist()
    padded = rows.new_zeros(max(sizes), rows.shape[1])
    padded[:len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in sizes]
    dist.all_gather(parts, padded)
    return [part[:size] for part, size in zip(parts, sizes)]
