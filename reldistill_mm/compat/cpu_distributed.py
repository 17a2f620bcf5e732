"""Let ``--launcher pytorch`` and ``slurm`` start processes without CUDA.

mmengine 0.10's launchers call ``torch.cuda.set_device`` whatever the backend.
Where no CUDA device can be used, this joins the gloo group instead. DDP on
the CPU also needs ``model_wrapper_cfg=dict(type='MMDistributedDataParallel',
device_ids=None)`` in the config, since mmengine names a CUDA device otherwise.
"""
import atexit
import os
import subprocess

import torch
from mmengine.dist import utils

from .leave_group import leave_group


def enable_cpu_launcher() -> bool:
    """Replace mmengine's launchers when no CUDA device can be used.

    Returns:
        bool: Whether they were replaced.
    """
    if torch.cuda.is_available():
        return False
    utils._init_dist_pytorch = _join_gloo
    utils._init_dist_slurm = _join_gloo_of_slurm
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
    atexit.register(leave_group)


def _join_gloo_of_slurm(backend: str,
                        port: int | None = None,
                        **kwargs) -> None:
    """Take from Slurm what torchrun would have set, as mmengine does."""
    for name, of_slurm in (('RANK', 'PROCID'), ('WORLD_SIZE', 'NTASKS'),
                           ('LOCAL_RANK', 'LOCALID')):
        os.environ[name] = os.environ[f'SLURM_{of_slurm}']
    if port is not None:
        os.environ['MASTER_PORT'] = str(port)
    os.environ.setdefault('MASTER_PORT', '29500')
    if 'MASTER_ADDR' not in os.environ:
        hosts = subprocess.run(
            ['scontrol', 'show', 'hostname', os.environ['SLURM_NODELIST']],
            check=True,
            capture_output=True,
            text=True)
        os.environ['MASTER_ADDR'] = hosts.stdout.split()[0]
    _join_gloo(backend, **kwargs)
