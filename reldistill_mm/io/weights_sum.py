"""A digest of weights that does not depend on how they were saved."""
import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import BadInput
from .checkpoint import read_state_dict
from .files import file_sum


def weights_sum(path: str | Path) -> str:
    """Compute the SHA-256 of the tensors in a file, in hexadecimal.

    The same state dict as ``.pt``, within a checkpoint and as ``.safetensors``
    has one digest. A file that holds no state dict counts by its bytes.

    Args:
        path (str | Path): Any file.
    """
    try:
        return state_sum(read_state_dict(path))
    except (BadInput, RuntimeError):
        # Sparse or quantised tensors have no bytes of their own.
        return file_sum(path)


def state_sum(state: Mapping[str, Tensor]) -> str:
    """Compute the SHA-256 of named tensors, in hexadecimal.

    Args:
        state (Mapping[str, Tensor]): Dense tensors of any dtype and device.

    Example:
        >>> state_sum(dict(a=torch.zeros(2)))[:8]
        'c8651ae8'
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name]
        what = f'{name} {tensor.dtype} {tuple(tensor.shape)}'
        digest.update(what.encode())
        values = tensor.cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(values.numpy().data)
    return digest.hexdigest()
