"""Make spconv 2 right and trainable on the CPU: the one place it is patched.

Two faults of spconv 2.3.8 on the CPU, both harmless to CUDA:

- The backward pass asks CUDA for its current stream before it looks at the
  device, although the CPU kernels never use it.
- ``SpconvOps.scatter_add_cpu`` keeps its row pointers outside its OpenMP loop,
  so that its threads overwrite each other's: with two threads or more, sums
  land in wrong rows now and then, in the forward and the backward pass.

With both replaced, results repeat to the bit and agree with dense convolution
(``tests/test_utils/test_spconv_cpu.py``).
"""
from typing import Any

import torch


def enable_spconv_on_cpu() -> bool:
    """Patch spconv: the sum always, the stream where CUDA cannot be used.

    Returns:
        bool: Whether spconv 2 is there to be patched.
    """
    try:
        from spconv.pytorch import ops
    except ImportError:
        return False
    if not torch.cuda.is_available():
        ops.get_current_stream = _no_stream
    if not issubclass(ops.SpconvOps, _OrderedSums):
        ops.SpconvOps = type('SpconvOps', (_OrderedSums, ops.SpconvOps), {})
    return True


def _no_stream() -> int:
    """The null stream; CPU kernels take the argument and ignore it."""
    return 0


class _OrderedSums:
    """Stands in front of spconv's own operations."""

    @staticmethod
    def scatter_add_cpu(out: Any, buffer: Any, rows: Any) -> None:
        """``out[rows[i]] += buffer[i]`` without a race.

        Args:
            out (tv.Tensor): (N, C), changed in place.
            buffer (tv.Tensor): (M, C); its first ``len(rows)`` rows count.
            rows (tv.Tensor): (n,) int32.
        """
        index = torch.from_numpy(rows.numpy_view())
        source = torch.from_numpy(buffer.numpy_view())[:len(index)]
        torch.from_numpy(out.numpy_view()).index_add_(0, index, source)
