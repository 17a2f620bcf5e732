"""What it costs to take the losses over the pairs of two processes."""
import multiprocessing
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any, Dict, List

import torch
from torch import Tensor
from torch import distributed as dist

from ..functional import gather_rows, relational_losses, unit_rows
from .measure import Settings, clock, summary

RANKS, PAIRS, WIDTH = 2, 4096, 512
GATHER, OWN, ALL = ('gather features', 'loss of own pairs',
                    'loss of all pairs')


def run(settings: Settings) -> List[Dict[str, Any]]:
    """Two processes, on a GPU each where there are two, else on the CPU."""
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
                     pairs: int) -> Dict[str, List[float]]:
    """Seconds of each part, of the first process."""
    threads = max(torch.get_num_threads() // RANKS, 1)
    with TemporaryDirectory() as folder, \
            multiprocessing.get_context('spawn').Pool(RANKS) as pool:
        return pool.starmap(time_rank,
                            [(rank, kind, repetitions, pairs, threads, folder)
                             for rank in range(RANKS)], 1)[0]


def time_rank(rank: int, kind: str, repetitions: int, pairs: int, threads: int,
              folder: str) -> Dict[str, List[float]]:
    """One process's share; all of them do the same at the same time."""
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
        # Shorter than torch's, should the other process fail.
        timeout=timedelta(minutes=5))
    torch.manual_seed(rank)
    student, teacher = (
        unit_rows(part) for part in torch.randn(2, pairs, WIDTH).to(device))
    student.requires_grad_()

    def learn(rows: Tensor, frozen: Tensor) -> None:
        student.grad = None
        sum(relational_losses(rows, frozen)).backward()

    seconds: Dict[str, List[float]] = {GATHER: [], OWN: [], ALL: []}
    # The first turn warms up.
    for turn in range(repetitions + 1):
        dist.barrier()
        moments = [clock(device)]
        learn(student, teacher)
        moments.append(clock(device))
        dist.barrier()
        moments.append(clock(device))
        everything = gather_rows(student, teacher)
        moments.append(clock(device))
        learn(*everything)
        moments.append(clock(device))
        if turn:
            own, _, gather, total = (
                after - before for before, after in zip(moments, moments[1:]))
            seconds[GATHER].append(gather)
            seconds[OWN].append(own)
            seconds[ALL].append(total)
    dist.destroy_process_group()
    return seconds
