"""Activation checkpointing of a sparse U-Net."""
import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from types import MethodType
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from ..errors import BadInput


def checkpoint_blocks(backbone: nn.Module) -> None:
    """Recompute residual blocks' activations instead of storing them.

    Less memory, more time, the same gradients. mmengine's own key
    (``activation_checkpointing``) would cut the graph: its reentrant
    checkpoint sees no tensor among a block's arguments. Convolutions between
    resolutions stay as they are: the order of the voxels that they make is
    not fixed on a GPU. Running statistics are updated once. Source: ours.

    Args:
        backbone (nn.Module): mmdet3d's ``MinkUNetBackbone`` on spconv;
            changed in place, its parameters and their names stay.

    Raises:
        BadInput: Another sparse backend.
    """
    backend = getattr(backbone, 'sparseconv_backend', None)
    if backend != 'spconv':
        raise BadInput(
            'Activation checkpointing needs a MinkUNetBackbone with '
            f"sparseconv_backend='spconv', got {type(backbone).__name__} "
            f"with '{backend}'.")
    # Any: nn.Module does not tell what its attributes hold.
    unet: Any = backbone
    for _, *blocks in unet.encoder:
        _checkpoint_each(blocks)
    for _, blocks in unet.decoder:
        _checkpoint_each(blocks)


def _checkpoint_each(blocks: Iterable[nn.Module]) -> None:
    for block in blocks:
        # A bound method, so that a deep copy of the block uses its weights.
        block.forward = MethodType(_checkpointed, block)


def _checkpointed(block: nn.Module, voxels: Any) -> Any:
    """Run the block's own ``forward`` without keeping its activations."""
    forward = partial(type(block).forward, block)
    if not torch.is_grad_enabled():
        return forward(voxels)
    out = checkpoint(
        forward,
        voxels,
        use_reentrant=False,
        context_fn=lambda: (contextlib.nullcontext(), _kept_buffers(block)))
    # The second pass looks here for its indices before it makes them.
    voxels.indice_dict.update(out.indice_dict)
    return out


@contextlib.contextmanager
def _kept_buffers(module: nn.Module) -> Iterator[None]:
    """Restore running statistics afterwards."""
    kept = [buffer.clone() for buffer in module.buffers()]
    try:
        yield
    finally:
        for buffer, value in zip(module.buffers(), kept):
            # Written through .data: autograd has saved the buffers and would
            # refuse them after a change that it sees.
            buffer.data.copy_(value)
