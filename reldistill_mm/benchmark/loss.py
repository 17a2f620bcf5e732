"""The relational loss in blocks against the whole matrix under autograd."""
from typing import Any, Dict, List

import torch
from torch import Tensor

from ..functional import (relational_cross_loss, relational_intra_loss,
                          unit_rows)
from .measure import Cost, in_fresh_process, repeat

COUNTS = (1024, 2048, 4096, 8192, 16384)
WIDTH = 512


def whole_matrix(student: Tensor, teacher: Tensor) -> Tensor:
    """Both terms as the paper writes them, N x N matrices and autograd."""
    count = len(student)
    relations = teacher @ teacher.T
    cross = (student @ teacher.T - relations).abs()
    intra = (student @ student.T - relations).abs()
    own = torch.diagonal(cross)
    others = count * (count - 1)
    return (own.mean() + (cross.sum() - own.sum()) / others +
            (intra.sum() - torch.diagonal(intra).sum()) / others)


def in_blocks(student: Tensor, teacher: Tensor) -> Tensor:
    """Both terms as the plugin computes them."""
    return (relational_cross_loss(student, teacher) +
            relational_intra_loss(student, teacher))


WAYS = dict(ours=in_blocks, naive=whole_matrix)


def one(way: str, count: int, width: int, repetitions: int, device: str,
        threads: int) -> Cost:
    """Forward and backward of one way."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    rows = torch.randn(2, count, width, device=device)
    student, teacher = (unit_rows(part) for part in rows)
    student.requires_grad_()

    def step() -> None:
        student.grad = None
        WAYS[way](student, teacher).backward()

    # Libraries set themselves up on first use; not the loss's memory.
    small = student[:64].detach().requires_grad_()
    WAYS[way](small, teacher[:64]).backward()
    return repeat(step, repetitions, torch.device(device))


def run(device: str, repetitions: int,
        counts: List[int]) -> List[Dict[str, Any]]:
    """A row for each N; a way that runs out of memory has no figures."""
    rows = []
    for count in counts:
        row: Dict[str, Any] = dict(n=count, d=WIDTH)
        for way in WAYS:
            try:
                cost = in_fresh_process(one, way, count, WIDTH, repetitions,
                                        device, torch.get_num_threads())
                row[way] = cost.asdict()
            except (torch.cuda.OutOfMemoryError, MemoryError) as error:
                row[way] = dict(error=str(error).splitlines()[0])
        if 'error' not in row['ours'] and 'error' not in row['naive']:
            ours, naive = row['ours'], row['naive']
            row['times_faster'] = naive['median_s'] / ours['median_s']
            row['times_less_memory'] = naive['extra_mb'] / max(
                ours['extra_mb'], .1)
        rows.append(row)
        print(describe(row), flush=True)
    return rows


def describe(row: Dict[str, Any]) -> str:
    """One line of the table."""
    words = [f"N={row['n']:6d} D={row['d']}"]
    for way in WAYS:
        cost = row[way]
        words.append(f'{way}: ' + (cost['error'] if 'error' in cost else (
            f"{cost['median_s']:.4f} s ({cost['least_s']:.4f} to "
            f"{cost['most_s']:.4f}), {cost['extra_mb']:.0f} MB")))
    if 'times_faster' in row:
        words.append(f"{row['times_faster']:.2f} times faster, "
                     f"{row['times_less_memory']:.1f} times less memory")
    return ' | '.join(words)
