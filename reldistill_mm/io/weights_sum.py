"""A digest of weights that does not depend on how they were saved."""
import hashlib
from pathlib import Path

import torch

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
        state = read_state_dict(path)
        digest = hashlib.sha256()
        for name in sorted(state):
            tensor = state[name]
            what = f'{name} {tensor.dtype} {tuple(tensor.shape)}'
            digest.update(what.encode())
            values = tensor.contiguous().reshape(-1).view(torch.uint8)
            digest.update(values.numpy().data)
    except (BadInput, RuntimeError):
        # Sparse or quantised tensors have no bytes of their own.
        return file_sum(path)
    return digest.hexdigest()
