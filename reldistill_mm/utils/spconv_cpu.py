"""Let spconv 2 train without CUDA: the one place where it is patched.

spconv's Python wrapper of the backward pass asks CUDA for its current stream
before it looks at the device, although the CPU kernels never use it; a CPU
build or a machine without a driver fails there. With a stand-in stream the
CPU forward and backward agree with dense convolution
(``tests/test_utils/test_spconv_cpu.py``).
"""
import torch


def enable_spconv_on_cpu() -> bool:
    """Replace the stream query when no CUDA device can be used.

    Returns:
        bool: Whether the patch is in place. False when CUDA is there (the
        real query works and is kept) or spconv 2 is not installed.
    """
    if torch.cuda.is_available():
        return False
    try:
        from spconv.pytorch import ops
    except ImportError:
        return False
    ops.get_current_stream = _no_stream
    return True


def _no_stream() -> int:
    """The null stream; CPU kernels take the argument and ignore it."""
    return 0
