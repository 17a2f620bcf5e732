"""Weights from checkpoint files, without running what the files name."""
import pickle
from pathlib import Path
from typing import Dict, Optional, Union

import torch
from mmengine.runner import load_state_dict
from torch import Tensor, nn

from . import inert_pickle

# What torch and pickle raise for a file that is cut off or something else.
_DAMAGE = (pickle.UnpicklingError, RuntimeError, ValueError, EOFError,
           LookupError, TypeError, AttributeError, ImportError, AssertionError)


def read_state_dict(path: Union[str, Path],
                    map_location: Optional[str] = 'cpu') -> Dict[str, Tensor]:
    """The tensors of a checkpoint of mmengine's, or of a plain state dict.

    Args:
        path (str | Path): The file.
        map_location (str, optional): Device to load to. Defaults to 'cpu'.

    Returns:
        Dict[str, Tensor]: With the ``_metadata`` that it was saved with.

    Raises:
        FileNotFoundError: No such file.
        ValueError: It is damaged, or holds no weights.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"The checkpoint '{path}' does not exist.")
    try:
        content = torch.load(
            path, map_location, pickle_module=inert_pickle, weights_only=False)
    except _DAMAGE as error:
        raise ValueError(
            f"'{path}' is no whole checkpoint ({_first_line(error)}): copy it "
            'again, or take one that tools/train.py has written.') from error
    if isinstance(content, dict):
        content = content.get('state_dict', content)
    if not (isinstance(content, dict) and content
            and all(isinstance(name, str) for name in content)
            and all(isinstance(value, Tensor) for value in content.values())):
        raise ValueError(
            f"'{path}' holds no weights: a checkpoint has a 'state_dict' of "
            'tensors, or is one. Take one that tools/train.py has written.')
    return content


def load_weights(model: nn.Module, path: Union[str, Path]) -> None:
    """Fill a model from a checkpoint, every tensor of both.

    Args:
        model (nn.Module): To be filled.
        path (str | Path): As for :func:`read_state_dict`.

    Raises:
        FileNotFoundError, ValueError: As for :func:`read_state_dict`.
        ValueError: It is a checkpoint of another model.
    """
    state = read_state_dict(path)
    try:
        load_state_dict(model, state, strict=True)
    except RuntimeError as error:
        reason = ' '.join(str(error).split())
        raise ValueError(f"'{path}' is not a checkpoint of this config: "
                         f'{reason}') from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [''])[0] or type(error).__name__
