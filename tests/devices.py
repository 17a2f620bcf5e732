"""Devices that tests run on: the CPU always, a GPU where there is one."""
import pytest
import torch

# The last one: what is hard-coded for the first fails where there are more.
GPU = f'cuda:{max(torch.cuda.device_count() - 1, 0)}'
ON_DEVICES = pytest.mark.parametrize(
    'device',
    ['cpu', pytest.param(GPU, id='cuda', marks=pytest.mark.gpu)])
# spconv and what trains by a runner work on the current GPU.
ON_CURRENT = pytest.mark.parametrize(
    'device', ['cpu', pytest.param('cuda', marks=pytest.mark.gpu)])
_TWO_GPUS = [
    pytest.mark.gpu,
    pytest.mark.skipif(torch.cuda.device_count() < 2, reason='needs two GPUs')
]
# How processes find each other, and how many they are.
IN_GROUPS = pytest.mark.parametrize(
    'backend, world', [('gloo', 2),
                       pytest.param('nccl', 1, marks=pytest.mark.gpu),
                       pytest.param('nccl', 2, marks=_TWO_GPUS)])
IN_PAIRS = pytest.mark.parametrize(
    'backend', ['gloo', pytest.param('nccl', marks=_TWO_GPUS)])


def autocast(device: str) -> torch.autocast:
    """Mixed precision as it is used on that kind of device."""
    kind = torch.device(device).type
    dtype = torch.float16 if kind == 'cuda' else torch.bfloat16
    return torch.autocast(kind, dtype)


def join_group(backend: str, rank: int, world: int, folder: str) -> str:
    """Enter a group of processes; return the rank's own device."""
    torch.set_num_threads(1)
    device = 'cpu'
    if backend == 'nccl':
        device = f'cuda:{rank}'
        torch.cuda.set_device(device)
    torch.distributed.init_process_group(
        backend, f'file://{folder}/rendezvous', rank=rank, world_size=world)
    return device
