"""Processes that have finished end."""
import pytest
import torch
from torch import distributed as dist
from torch import multiprocessing as mp

from reldistill_mm.compat.leave_group import leave_group

WORLD = 2


def join_and_leave(rank, folder, times):
    torch.set_num_threads(1)
    for turn in range(times):
        dist.init_process_group(
            'gloo', f'file://{folder}/{turn}', rank=rank, world_size=WORLD)
        # Tensors of Python's are what gloo's threads free by its lock.
        for _ in range(3):
            dist.all_reduce(torch.ones(2000))
        leave_group()
    assert not dist.is_initialized()


@pytest.mark.slow
def test_no_process_waits_for_its_own_threads(tmp_path):
    # Torch 2.1 by itself waits forever within some hundred of these.
    context = mp.get_context('spawn')
    ranks = [
        context.Process(target=join_and_leave, args=(rank, tmp_path, 300))
        for rank in range(WORLD)
    ]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join(240)
        rank.kill()
    assert [rank.exitcode for rank in ranks] == [0, 0]


def test_without_a_group_nothing_happens():
    leave_group()
