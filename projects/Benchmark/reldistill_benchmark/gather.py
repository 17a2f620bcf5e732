"""Measure the cost of taking the losses over two processes' pairs."""
import multiprocessing
from collections.abc import Callable
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

from reldistill_mm.functional import gather_rows, relational_losses, unit_rows
from .measure import Settings, clock, summary

RANKS, PAIRS, WIDTH = 2, 4096, 512
GATHER, OWN = 'gather features', 'loss of own pairs'
ALL, ALONE = ('loss of all pairs, tiles shared',
              'loss of all pairs, each process alone')


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run two processes, each on a GPU if there are two, else on the CPU."""
    on_gpus = (
        settings.device.startswith('cuda')
        and torch.cuda.device_count() >= RANKS)
    seconds = in_two_processes('cuda' if on_gpus else 'cpu',
                               settings.repetitions, PAIRS)
    case = (f'{RANKS} processes ' +
            ('with NCCL' if on_gpus else 'on the CPU with gloo') +
            f', {PAIRS} pairs each, D = {WIDTH}')
    return [
        dict(case=case, part=part, goal='', **summary(taken))
        for part, taken in seconds.items()
    ]


def in_two_processes(kind: str, repetitions: int,
                     pairs: int) -> dict[str, list[float]]:
    """Measure the seconds of each part in the first process."""
    threads = max(torch.get_num_threads() // RANKS, 1)
    with TemporaryDirectory() as folder, \
            multiprocessing.get_context('spawn').Pool(RANKS) as pool:
        return pool.starmap(time_rank,
                            [(rank, kind, repetitions, pairs, threads, folder)
                             for rank in range(RANKS)], 1)[0]


def time_rank(rank: int, kind: str, repetitions: int, pairs: int, threads: int,
              folder: str) -> dict[str, list[float]]:
    """Time one process; all of them do the same at the same time."""
    torch.set_num_threads(threads)
    device = 'cpu'
    if kind == 'cuda':
        device = f'cuda:{rank}'
        torch.cuda.set_device(device)
    dist.init_process_group(
        'nccl' if kind == 'cuda' else 'gloo',
        f'file://{folder}/rendezvous',
        rank=rank,
        world_size=RANKS,
        # Shorter than torch's timeout, in case the other process fails.
        timeout=timedelta(minutes=5))
    torch.manual_seed(rank)
    student, teacher = (
        unit_rows(part) for part in torch.randn(2, pairs, WIDTH).to(device))
    student.requires_grad_()

    gathered: list[Tensor] = []

    def gather() -> None:
        gathered[:] = gather_rows(student, teacher)

    def learn(rows: Tensor, frozen: Tensor, shard: bool = False) -> None:
        student.grad = None
        sum(relational_losses(
            rows, frozen, shard_over_ranks=shard)).backward(retain_graph=True)

    works: dict[str, Callable] = {
        GATHER: gather,
        OWN: lambda: learn(student, teacher),
        ALL: lambda: learn(*gathered, shard=True),
        ALONE: lambda: learn(*gathered)
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    # The first turn warms up.
    for turn in range(repetitions + 1):
        for name, work in works.items():
            dist.barrier()
            start = clock(device)
            work()
            if turn:
                seconds[name].append(clock(device) - start)
    dist.destroy_process_group()
    return seconds
