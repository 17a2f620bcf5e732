"""Compare the relational loss in tiles with whole matrices and autograd."""
from typing import Any

import torch
from torch import Tensor

from reldistill_mm.functional import relational_losses, unit_rows
from .measure import OTHER, OURS, Settings, Work, compare
from .suites import COUNTS

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


def run(settings: Settings) -> list[dict[str, Any]]:
    """Measure a row for each N."""
    return [
        dict(
            case=f'N = {count}, D = {WIDTH}, forward and backward',
            other_way=OTHER_WAY,
            goal=GOALS.get(count, ''),
            **compare(prepare, (count, WIDTH), settings))
        for count in settings.counts or COUNTS
    ]


def prepare(count: int, width: int, device: str) -> dict[str, Work]:
    """Prepare forward and backward of both ways on random unit rows."""
    torch.manual_seed(0)
    student, teacher = (
        unit_rows(part) for part in torch.randn(2, count, width).to(device))
    student.requires_grad_()

    def work(loss: Any) -> Work:
        # Libraries allocate on first use, which is not the loss's memory.
        small = student[:64].detach().requires_grad_()
        loss(small, teacher[:64]).backward()

        def step() -> Tensor:
            student.grad = None
            loss(student, teacher).backward()
            return student.grad

        return step

    return {OURS: work(in_tiles), OTHER: work(whole_matrix)}
