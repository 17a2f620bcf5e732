"""A fixed linear projection of features to fewer dimensions."""
import hashlib
import os
import time
import uuid
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

from ..errors import BadInput
from ..io.remote import exists, is_local, read_bytes, write_bytes

# Seconds to wait for another process's rename.
_PATIENCE = 30


def principal_basis(moment: Tensor, dims: int) -> tuple[Tensor, float]:
    """Find directions that keep most of the features' inner products.

    The leading right singular vectors of the uncentred features X: of all
    projections B B^T of rank ``dims`` this one leaves X X^T nearest to
    itself (Eckart and Young). Source: ours.

    Args:
        moment (Tensor): (D, D) float64, X^T X.
        dims (int): Number of directions C, at most D.

    Returns:
        tuple[Tensor, float]: B (D, C) float32 with orthonormal columns, and
        the share of the squared norm of X that it keeps.

    Raises:
        BadInput: ``dims`` is not in 1 to D.
    """
    if not 0 < dims <= len(moment):
        raise BadInput(f'dims={dims} is not in 1 to {len(moment)}, the '
                       "width of the teacher's features.")
    values, vectors = torch.linalg.eigh(moment)
    kept = float(values[-dims:].sum() / values.sum())
    return vectors[:, -dims:].flip(1).float().contiguous(), kept


def write_basis(path: Path | str,
                basis: np.ndarray,
                backend_args: dict | None = None) -> None:
    """Write a basis unless there is one: the first of several writers wins.

    All of them must continue with the same basis, so read it afterwards.

    Args:
        path (Path | str): Target; its folder is made if it does not exist.
            On remote storage, two writers at the same moment are not told
            apart: let one process begin.
        basis (np.ndarray): (D, C), written as float32.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        TimeoutError: A writer that ended too early has left its lock.
    """
    content = save(dict(basis=np.ascontiguousarray(basis, np.float32)))
    if not is_local(path, backend_args):
        if not exists(path, backend_args):
            write_bytes(path, content, backend_args)
        return
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'.{path.name}.{uuid.uuid4().hex}.part')
    try:
        part.write_bytes(content)
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:
            # exFAT and some network mounts have no hard links.
            _move_unless_there(part, path)
    finally:
        part.unlink(missing_ok=True)


def _move_unless_there(part: Path, path: Path) -> None:
    """Stand in for ``os.link`` and unlink on a filesystem without links."""
    lock = path.with_name(f'.{path.name}.lock')
    end = time.monotonic() + _PATIENCE
    while not path.exists():
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            if time.monotonic() > end:
                raise TimeoutError(
                    f"'{lock}' was left by a process that ended too early: "
                    'delete it and start again.') from None
            time.sleep(0.05)
            continue
        try:
            # Another process may have come between the check and the lock.
            if not path.exists():
                os.replace(part, path)
        finally:
            lock.unlink()


def read_basis(path: Path | str,
               backend_args: dict | None = None) -> tuple[np.ndarray, str]:
    """Read the basis (D, C) float32 and the SHA-256 of its file.

    Args:
        path (Path | str): File or address.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: No such file.
        BadInput: It is truncated or not a basis.
    """
    content = read_bytes(path, backend_args)
    try:
        basis = load(content)['basis']
    except (SafetensorError, KeyError) as error:
        raise BadInput(f"'{path}' is truncated or not a basis of a teacher "
                       f'cache ({error}): delete it and build the cache '
                       'again.') from error
    return basis, hashlib.sha256(content).hexdigest()
