"""Checkpoints, read without running what the files name."""
import contextlib
import pickle
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO

import torch
from mmengine.runner import CheckpointLoader
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..errors import BadInput
from . import inert_pickle
from .fit_state import Rule, fill
from .named_inputs import require_checkpoint
from .state_dicts import choose_state, refuse_not_finite
from .torchscript import is_torchscript

# Errors of torch and pickle for a file that is truncated or another kind.
_DAMAGE = (SafetensorError, pickle.UnpicklingError, RuntimeError, ValueError,
           EOFError, LookupError, TypeError, AttributeError, ImportError,
           AssertionError, OverflowError, MemoryError)
_whole: ContextVar[bool] = ContextVar('whole', default=False)


@contextlib.contextmanager
def whole_checkpoints() -> Iterator[None]:
    """Refuse a checkpoint of which anything would have to be left out.

    Training that is resumed needs all of it; loading only the weights does
    not.
    """
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)


def load_checkpoint(source: str | Path | BinaryIO,
                    map_location: Any = 'cpu',
                    name: str | None = None) -> Any:
    """``torch.load`` that builds tensors, values and what mmengine adds.

    A ``.safetensors`` file is read as such, with any version of torch.

    Nothing else that the file names is ever run. Where it is beside the
    weights (in an optimizer's or a hook's state, say) the whole entry is left
    out with a warning, or, within :func:`whole_checkpoints`, the file is
    refused.

    Args:
        source (str | Path | BinaryIO): File, or one opened to read bytes.
        map_location: See ``torch.load``. Defaults to 'cpu'.
        name (str, optional): Name of the file in errors. Defaults to
            ``source``.

    Returns:
        object: Saved object; of a dict all entries that could be read.

    Raises:
        MissingInput: No such file.
        BadInput: It is damaged, names something that is not allowed, or has
            numbers that are not finite.
    """
    name = name or str(source)
    if isinstance(source, (str, Path)):
        source = require_checkpoint(source)
    if is_torchscript(source):
        raise BadInput(f"'{name}' is a TorchScript program, not a "
                       'checkpoint: save the state dict of its model.')
    module = inert_pickle.Strict if _whole.get() else inert_pickle
    try:
        if isinstance(source, Path) and source.suffix == '.safetensors':
            content = _read_safetensors(source, map_location)
        else:
            content = torch.load(
                source, map_location, pickle_module=module, weights_only=False)
    except inert_pickle.NotAllowed as error:
        raise BadInput(
            f"'{name}' asks for {error}, which is not read from a checkpoint "
            'since it could run anything. If the file is yours, name the '
            'class in reldistill_mm.allow_in_checkpoints(...) first; to start '
            'from the weights alone use load_from, not resume.') from error
    except (*_DAMAGE, OSError) as error:
        # The system's own error names the file; zipfile's does not.
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise BadInput(
            f"'{name}' is not a complete checkpoint ({_first_line(error)}): "
            'copy it again, or take one that tools/train.py has '
            'written.') from error
    content = _without_inert(content, name)
    refuse_not_finite(content, name)
    return content


def _read_safetensors(path: Path, map_location: Any) -> dict[str, Tensor]:
    on_one = isinstance(map_location, (str, torch.device))
    return load_file(path, str(map_location) if on_one else 'cpu')


def _without_inert(content: Any, name: str) -> Any:
    if not isinstance(content, dict):
        content = {
            'state_dict': content
        } if inert_pickle.has_inert(content) else content
    if not isinstance(content, dict):
        return content
    dropped = [
        key for key, value in content.items() if inert_pickle.has_inert(value)
    ]
    if 'state_dict' in dropped or (dropped and len(dropped) == len(content)):
        raise BadInput(
            f"'{name}' holds no weights that can be read: its 'state_dict' "
            'has objects that are not tensors (a whole pickled model, say). '
            'Save model.state_dict().')
    if not dropped:
        return content
    warnings.warn(f"'{name}': {dropped} name what is not read from a "
                  'checkpoint since it could run anything; left out.')
    for key in dropped:
        del content[key]
    return content


def read_state_dict(path: str | Path,
                    map_location: str | None = 'cpu',
                    key: str | None = None) -> dict[str, Tensor]:
    """Read the tensors of mmengine's checkpoint or of a plain state dict.

    Args:
        path (str | Path): The file, or an address (``https://...``), which
            mmengine downloads.
        map_location (str, optional): Device to load to. Defaults to 'cpu'.
        key (str, optional): Entry that holds the weights, see
            :func:`choose_state`. Defaults to None.

    Returns:
        dict[str, Tensor]: Tensors, with the ``_metadata`` saved with them.

    Raises:
        MissingInput: No such file.
        BadInput: It is damaged, or holds no weights.
    """
    return choose_state(_read_content(path, map_location), str(path), key)


def _read_content(path: str | Path, map_location: str | None) -> Any:
    with warnings.catch_warnings():
        # Only the weights are wanted.
        warnings.simplefilter('ignore')
        return (CheckpointLoader.load_checkpoint(path, map_location)
                if '://' in str(path) else load_checkpoint(path, map_location))


def load_weights(model: nn.Module,
                 path: str | Path,
                 key: str | None = None,
                 allow_partial: bool = False) -> dict:
    """Fill a model from a checkpoint; the tensors of both must match.

    Args:
        model (nn.Module): Model to fill.
        path (str | Path): See :func:`read_state_dict`.
        key (str, optional): See :func:`read_state_dict`.
        allow_partial (bool): Load what fits, and log the rest. Defaults to
            False.

    Returns:
        dict: The checkpoint's ``meta``; empty where it has none.

    Raises:
        MissingInput, BadInput: See :func:`read_state_dict`.
        BadInput: It is a checkpoint of another model.
    """
    content = _read_content(path, 'cpu')
    fill(model, choose_state(content, str(path), key), str(path), Rule.WHOLE,
         allow_partial)
    meta = content.get('meta')
    return meta if isinstance(meta, dict) else {}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [''])[0] or type(error).__name__
