"""Compare the relational loss in tiles with whole matrices and autograd."""
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reldistill_mm.functional import relational_losses, unit_rows
from .measure import OTHER, OURS, Settings, Work, compare
from .suites import COUNTS

Loss = Callable[[Tensor, Tensor], Tensor]
WIDTH = 512
OTHER_WAY = 'N x N matrices under autograd'
GOALS = {
    1024: 'ratio at least 0.9',
    8192: 'ratio at least 2, a sixth of the memory (on the CPU)'
}


def whole_matrix(student: Tensor, teacher: Tensor) -> Tensor:
    """Compute both terms as in the paper, with N x N matrices."""
    count = len(student)
    relations = teacher @ teacher.T
    cross = (student @ teacher.T - relations).abs()
    intra = (student @ student.T - relations).abs()
    own = torch.diagonal(cross)
    others = count * (count - 1)
    return (own.mean() + (cross.sum() - own.sum()) / others +
            (intra.sum() - torch.diagonal(intra).sum()) / others)


def in_tiles(student: Tensor, teacher: Tensor) -> Tensor:
    """Compute both terms as the plugin does."""
    cross, intra = relational_losses(student, teacher)
    return cross + intra


def narrow_tiles(student: Tensor, teacher: Tensor) -> Tensor:
    """Compute both terms with products in bfloat16."""
    cross, intra = relational_losses(student, teacher, products=torch.bfloat16)
    return cross + intra


# Name of the other way, ours, theirs.
WAYS: dict[str, tuple[str, Loss, Loss]] = {
    '': (OTHER_WAY, in_tiles, whole_matrix),
    ", products='bfloat16'":
    ('exact products in tiles', narrow_tiles, in_tiles)
}


def run(settings: Settings) -> list[dict[str, Any]]:
    """Measure a row for each way and N."""
    return [
        dict(
            case=f'N = {count}, D = {WIDTH}, forward and backward{way}',
            other_way=name,
            goal='' if way else GOALS.get(count, ''),
            **compare(prepare, (count, WIDTH, way), settings))
        for way, (name, _, _) in WAYS.items()
        for count in settings.counts or COUNTS
    ]


def prepare(count: int, width: int, way: str, device: str) -> dict[str, Work]:
    """Prepare forward and backward of two ways on random unit rows."""
    torch.manual_seed(0)
    student, teacher = (
        unit_rows(part) for part in torch.randn(2, count, width).to(device))
    student.requires_grad_()

    def work(loss: Loss) -> Work:
        # Libraries allocate on first use, which is not the loss's memory.
        small = student[:64].detach().requires_grad_()
        loss(small, teacher[:64]).backward()

        def step() -> Tensor:
            student.grad = None
            loss(student, teacher).backward()
            return student.grad

        return step

    _, ours, theirs = WAYS[way]
    return {OURS: work(ours), OTHER: work(theirs)}
