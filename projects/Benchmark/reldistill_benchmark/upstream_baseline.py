"""Make mmdet3d's code run where its hard-coded device is missing."""
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def without_cuda_calls(device: str) -> Iterator[None]:
    """Let ``Tensor.cuda()`` do nothing on the CPU.

    mmdet3d 1.4.0's ``minkunet`` voxelisation calls it whatever the model's
    device; without this there is nothing to compare with on a CPU.
    """
    if device.startswith('cuda'):
        yield
        return
    original = torch.Tensor.cuda
    torch.Tensor.cuda = lambda self, *args, **kwargs: self
    try:
        yield
    finally:
        torch.Tensor.cuda = original
