"""Let ``--launcher pytorch`` start processes on a machine without CUDA.

mmengine 0.10's launcher calls ``torch.cuda.set_device`` whatever the backend.
Where no CUDA device can be used, this joins the gloo group instead. DDP on
the CPU also needs ``model_wrapper_cfg=dict(type='MMDistributedDataParallel',
device_ids=None)`` in the config, since mmengine names a CUDA device otherwise.
"""
import atexit
import os

import torch
from mmengine.dist import utils


def enable_cpu_launcher() -> bool:
    """Replace mmengine's PyTorch launcher when no CUDA device can be used.

    Returns:
        bool: Whether it was replaced.
    """
    if torch.cuda.is_available():
        return False
    utils._init_dist_pytorch = _join_gloo
    return True


def _join_gloo(backend: str, init_backend: str = 'torch', **kwargs) -> None:
    """Take rank and size from torchrun; ``backend`` cannot be nccl here."""
    del init_backend
    torch.distributed.init_process_group(
        backend='gloo' if backend == 'nccl' else backend,
        rank=int(os.environ['RANK']),
        world_size=int(os.environ['WORLD_SIZE']),
        **kwargs)
    # mmengine never leaves the group: gloo's threads would still run when
    # the interpreter exits, which sometimes aborts a finished process.
    atexit.register(_leave_gloo)


def _leave_gloo() -> None:
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
