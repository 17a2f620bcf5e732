"""Activation checkpointing of a sparse U-Net."""
import contextlib
from typing import Callable, Iterator

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def checkpoint_stages(backbone: nn.Module) -> None:
    """Let each stage drop its activations and compute them again backward.

    Same gradients, more time, less memory. mmengine's own key
    (``activation_checkpointing``) would cut the graph: its reentrant
    checkpoint sees no tensor among a stage's arguments. Three things keep
    recomputation equal to the first pass: saved tensors instead of a second
    graph, the first pass's voxel indices (their order is not fixed on a GPU),
    and running statistics that are updated once. Source: ours.

    Args:
        backbone (nn.Module): mmdet3d's ``MinkUNetBackbone`` on spconv;
            changed in place, its parameters and their names stay.

    Raises:
        ValueError: Another sparse backend.
    """
    backend = getattr(backbone, 'sparseconv_backend', None)
    if backend != 'spconv':
        raise ValueError(
            'Activation checkpointing needs a MinkUNetBackbone with '
            f"sparseconv_backend='spconv', got {type(backbone).__name__} "
            f"with '{backend}'.")
    stages = [*backbone.encoder]
    for parts in backbone.decoder:
        stages.extend(parts)
    for stage in stages:
        stage.forward = _checkpointed(stage, stage.forward)


def _checkpointed(stage: nn.Module, forward: Callable) -> Callable:

    def run(voxels):
        if not torch.is_grad_enabled():
            return forward(voxels)
        out = checkpoint(
            forward,
            voxels,
            use_reentrant=False,
            context_fn=lambda: (contextlib.nullcontext(), _kept_buffers(stage)
                                ))
        # Where the second pass looks for indices before it makes new ones.
        voxels.indice_dict.update(out.indice_dict)
        return out

    return run


@contextlib.contextmanager
def _kept_buffers(module: nn.Module) -> Iterator[None]:
    """Undo what happens to running statistics meanwhile."""
    kept = [buffer.clone() for buffer in module.buffers()]
    try:
        yield
    finally:
        for buffer, value in zip(module.buffers(), kept):
            # Through .data: autograd has saved the buffers, and would refuse
            # them after a change that it sees.
            buffer.data.copy_(value)
