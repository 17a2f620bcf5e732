"""Measure the cost of taking the losses over two processes' pairs."""
from collections.abc import Callable
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

from reldistill_mm.compat.leave_group import leave_group
from reldistill_mm.functional import gather_rows, relational_losses, unit_rows
from .measure import Settings, clock, processes, summary

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
    return in_processes(time_rank, RANKS, kind, repetitions, pairs)


def in_processes(function: Callable, ranks: int, kind: str, *args: Any) -> Any:
    """Call ``function(device, *args)`` in so many processes of one group.

    Args:
        function (Callable): What each process does, all at the same time.
        ranks (int): Number of processes, which share the threads.
        kind (str): 'cuda', a GPU for each with NCCL, or 'cpu' with gloo.
        args: Picklable arguments.

    Returns:
        object: What the first process returned.
    """
    threads = max(torch.get_num_threads() // ranks, 1)
    with TemporaryDirectory() as folder, \
            processes().Pool(ranks) as pool:
        return pool.starmap(
            _in_group, [(function, rank, ranks, kind, threads, folder, args)
                        for rank in range(ranks)], 1)[0]


def _in_group(function: Callable, rank: int, ranks: int, kind: str,
              threads: int, folder: str, args: tuple) -> Any:
    torch.set_num_threads(threads)
    device = 'cpu'
    if kind == 'cuda':
        device = f'cuda:{rank}'
        torch.cuda.set_device(device)
    dist.init_process_group(
        'nccl' if kind == 'cuda' else 'gloo',
        f'file://{folder}/rendezvous',
        rank=rank,
        world_size=ranks,
        # Shorter than torch's timeout, in case the other process fails.
        timeout=timedelta(minutes=5))
    torch.manual_seed(rank)
    found = function(device, *args)
    leave_group()
    return found


def time_rank(device: str, repetitions: int,
              pairs: int) -> dict[str, list[float]]:
    """Time the parts in one of the processes."""
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
    return seconds
