"""Optimizers that update all weights of a group in one pass, on the CPU."""
from functools import cache
from typing import Any

import torch
from mmengine.config import ConfigDict
from torch import nn
from torch.optim import Optimizer

# Keys by which a config says how its optimizer shall step.
_SAID = {'fused', 'foreach', 'differentiable', 'maximize'}
_KINDS = ('AdamW', 'Adam', 'SGD')


def with_fused(optim_wrapper: dict) -> dict:
    """Let torch's own optimizers step in one pass, where torch can.

    Torch's default on CPUs is a dozen calls per weight tensor.

    Args:
        optim_wrapper (dict): Config of the optimizer's wrapper; not changed.

    Returns:
        dict: The config, with ``fused=True`` where it says nothing of it.
    """
    optimizer = optim_wrapper.get('optimizer')
    if (not isinstance(optimizer, dict) or _SAID & optimizer.keys()
            or not _can_fuse(optimizer.get('type'))):
        return optim_wrapper
    changed = ConfigDict(optim_wrapper)
    changed.optimizer = ConfigDict(optimizer, fused=True)
    return changed


@cache
def _can_fuse(kind: Any) -> bool:
    """Whether this torch has the optimizer in one pass (since 2.4)."""
    if kind not in _KINDS:
        return False
    try:
        getattr(torch.optim, kind)([nn.Parameter(torch.zeros(1))],
                                   lr=1e-3,
                                   fused=True)
    except (RuntimeError, TypeError):
        return False
    return True


def step_as_torch_can(optimizer: Optimizer) -> None:
    """Undo what a checkpoint of a newer torch says of how to step.

    Args:
        optimizer (Optimizer): On the CPU; its state was loaded.
    """
    for group in optimizer.param_groups:
        if group.get('fused') and not _can_fuse(type(optimizer).__name__):
            group['fused'] = None
