"""Make spconv 2 correct and trainable on the CPU; patched only here.

spconv 2.3.8 has three bugs on the CPU, none of which affects CUDA:

- Its builds for CUDA choose an algorithm per layer that knows CUDA tensors
  alone, and end with an AssertionError on a CPU's. Layers here take the one
  that knows both for as long as a CPU's tensor goes through them.
- The backward pass asks CUDA for its current stream before it looks at the
  device, although the CPU kernels never use it.
- Its scatter keeps the row pointers outside an OpenMP loop, so that threads
  overwrite each other's: with two threads or more, sums land in wrong rows
  now and then, in the forward and the backward pass.

A scatter without the race is slow when it is called for each of a kernel's
offsets. So on the CPU the two functions that every sparse convolution goes
through are ours (:mod:`.sparse_convolution`). Results repeat to the bit and
agree with dense convolution (``tests/test_compat/test_spconv_cpu.py``). CUDA
tensors still take spconv's own path.
"""
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from .sparse_convolution import indice_conv, indice_conv_backward


def enable_spconv_on_cpu() -> bool:
    """Patch spconv: CPU tensors always, the stream where CUDA is not.

    Returns:
        bool: Whether spconv 2 is there to be patched.
    """
    try:
        from spconv.core import ConvAlgo
        from spconv.pytorch import conv, ops, pool
    except ImportError:
        return False
    if not torch.cuda.is_available():
        ops.get_current_stream = _no_stream
    for name, ours in (('indice_conv', indice_conv), ('indice_conv_backward',
                                                      indice_conv_backward)):
        theirs = getattr(ops, name)
        if not hasattr(theirs, '__wrapped__'):
            setattr(ops, name, _on_cpu(ours, theirs))
    for layer in (conv.SparseConvolution, pool.SparseMaxPool):
        if not hasattr(layer.forward, '__wrapped__'):
            layer.forward = _by_algorithm(ConvAlgo.Native, layer.forward)
    return True


# What only spconv's own kernels read, and what is known to be unset below.
_OF_KERNELS = frozenset(
    ('algo', 'timer', 'bias', 'act_alpha', 'act_beta', 'act_type'))


def _no_stream() -> int:
    """The null stream; CPU kernels take the argument and ignore it."""
    return 0


def _on_cpu(ours: Callable, theirs: Callable) -> Callable:

    @wraps(theirs)
    def choose(features: Tensor, *args: Any, **kwargs: Any) -> Any:
        # spconv itself refuses quantised features and fused activations.
        act = getattr(kwargs.get('act_type'), 'name', 'None_')
        if (features.is_cuda or not features.is_floating_point()
                or kwargs.get('bias') is not None or act != 'None_'):
            return theirs(features, *args, **kwargs)
        known = {k: v for k, v in kwargs.items() if k not in _OF_KERNELS}
        return ours(features, *args, **known)

    return choose


def _by_algorithm(algorithm: Any, forward: Callable) -> Callable:
    """Let a layer's ``forward`` use it for tensors of the CPU."""

    @wraps(forward)
    def choose(layer: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if inputs.features.is_cuda or layer.algo == algorithm:
            return forward(layer, inputs, *args, **kwargs)
        own, layer.algo = layer.algo, algorithm
        try:
            return forward(layer, inputs, *args, **kwargs)
        finally:
            layer.algo = own

    return choose
