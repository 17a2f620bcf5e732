"""Leave torch.distributed without the deadlock of older torches."""
from contextlib import suppress

import torch
from torch.distributed import distributed_c10d


def leave_group() -> None:
    """Destroy every process group; without any, nothing happens.

    Torch 2.1's ``destroy_process_group`` destroys gloo's backend with Python's
    lock held, and waits for its threads, one of which may wait for that lock
    to free a tensor: once in some hundred times a finished process never ends.
    A backend that Python destroys itself lets go of the lock first.
    """
    if not torch.distributed.is_initialized():
        return
    backends = _cpu_backends()
    torch.distributed.destroy_process_group()
    # Only now the last owner, and no group's: those hold the lock.
    backends.clear()


def _cpu_backends() -> list:
    """Backends of all groups; no variable keeps a group itself."""
    backends = []
    for group in distributed_c10d._world.pg_map:
        # A group of CUDA tensors alone has none for the CPU.
        with suppress(RuntimeError):
            backends.append(group._get_backend(torch.device('cpu')))
    return backends
