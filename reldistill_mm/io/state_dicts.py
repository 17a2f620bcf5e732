"""Find the weights in what was saved, and refuse numbers that are none."""
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from ..errors import BadInput

# Under these names weights are looked for, in this order. A moving average
# is never taken for the weights unless it is asked for.
_NAMES = ('state_dict', 'model', 'model_points', 'model_state_dict', 'network',
          'net', 'weights')
# What DDP, torch.compile and Lightning put in front of every name.
_WRAPPERS = ('module.', 'model.')
_COMPILED = re.compile(r'(^|(?<=\.))_orig_mod\.')
# Curves of a log may have gaps; nothing is computed from them.
_NOT_WEIGHTS = ('message_hub', 'meta')


def is_state_dict(value: object) -> bool:
    """Whether a value is a dict of names to tensors, one at least."""
    return (isinstance(value, Mapping) and len(value) > 0
            and all(isinstance(name, str) for name in value)
            and all(isinstance(each, Tensor) for each in value.values()))


def choose_state(content: Any, name: str, key: str | None = None) -> Any:
    """Find the weights in the content of a checkpoint.

    Args:
        content (object): What was saved: a state dict, or a dict that holds
            one as ``state_dict``, ``model``, ``model_points`` (SLidR) or the
            like.
        name (str): Name of the file in errors.
        key (str, optional): Entry to take instead, e.g. ``state_dict_ema``.
            Defaults to None.

    Returns:
        dict[str, Tensor]: The state dict itself, with its ``_metadata``.

    Raises:
        BadInput: It holds no weights, or none under that key.
    """
    entries = content if isinstance(content, Mapping) else {}
    others = [str(each) for each, value in entries.items() if _holds(value)]
    if key is not None:
        found = _tensors(entries.get(key))
        if not is_state_dict(found):
            raise BadInput(f"'{name}' holds no weights under '{key}' "
                           f'(checkpoint_key); it has them under {others}.')
        return found
    for each in _NAMES:
        if each in entries and not isinstance(entries[each], Tensor):
            if each == 'state_dict' or is_state_dict(entries[each]):
                content = entries[each]
                break
    if not is_state_dict(content):
        remedy = (f'There are tensors under {others}: name one by '
                  '--checkpoint-key KEY (checkpoint_key in the config), '
                  'or save it alone.'
                  if others else 'Take one that tools/train.py has written.')
        raise BadInput(
            f"'{name}' holds no weights: a checkpoint has a 'state_dict' of "
            f'tensors, or is one. {remedy}')
    return content


def _tensors(value: Any) -> Any:
    """Leave out what is not a weight, as the steps of an average."""
    if not isinstance(value, Mapping):
        return value
    return OrderedDict((name, each) for name, each in value.items()
                       if isinstance(each, Tensor) and name != 'steps')


def _holds(value: object) -> bool:
    return is_state_dict(value)


def unwrapped_names(state: Mapping[str, Tensor],
                    known: Mapping[str, Any]) -> 'OrderedDict[str, Tensor]':
    """Take off what wrappers of a model put in front of its names.

    Args:
        state (Mapping[str, Tensor]): Tensors of a checkpoint.
        known (Mapping[str, object]): Names of the model that they are for. A
            name that is one of them stays.

    Returns:
        OrderedDict[str, Tensor]: The same tensors. A name that would be given
        twice stays as it is.
    """
    renamed = {name: _unwrapped(name, known) for name in state}
    counts: dict[str, int] = {}
    for fresh in renamed.values():
        counts[fresh] = counts.get(fresh, 0) + 1
    return OrderedDict((fresh if counts[fresh] == 1 else name, state[name])
                       for name, fresh in renamed.items())


def _unwrapped(name: str, known: Mapping[str, Any]) -> str:
    if name in known:
        return name
    name = _COMPILED.sub('', name)
    while name not in known and name.startswith(_WRAPPERS):
        name = name.split('.', 1)[1]
    return name


def refuse_not_finite(content: Any, name: str) -> None:
    """Refuse tensors with NaN or infinity, and negative variances.

    Args:
        content (object): What a file holds; logs are not looked at.
        name (str): Name of the file.

    Raises:
        BadInput: The message names the first such tensor.
    """
    found = first_not_finite(content)
    if found:
        raise BadInput(
            f"'{name}': {found}: the training that wrote it has diverged, or "
            'the file is damaged. Take an earlier checkpoint.')
    for path, tensor in _walk(content, ()):
        if not path.endswith('running_var'):
            continue
        least = float(tensor.min()) if tensor.numel() else 0.0
        if least < 0:
            raise BadInput(
                f"'{name}': the tensor '{path}' holds {least:g}, and a "
                'variance is not negative: the file is damaged. Take an '
                'earlier checkpoint.')


def first_not_finite(content: Any) -> str | None:
    """Say which tensor has NaN or infinity; see above.

    Args:
        content (object): What a file holds, or is to hold.

    Returns:
        str | None: Words that name the first such tensor; None without one.
    """
    for path, tensor in _walk(content, ()):
        bad = count_not_finite(tensor)
        if bad:
            return (f"the tensor '{path}' has {bad} of {tensor.numel()} "
                    'numbers that are not finite (NaN or infinity)')
    return None


def count_not_finite(tensor: Tensor) -> int:
    """Count NaN and infinity; 0 for integers."""
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return 0
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    if tensor.element_size() == 1:
        # float8, for which torch has no isfinite.
        tensor = tensor.float()
    return int((~torch.isfinite(tensor)).sum())


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield '.'.join(path) or 'itself', value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if path or key not in _NOT_WEIGHTS:
                yield from _walk(each, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for place, each in enumerate(value):
            yield from _walk(each, (*path, str(place)))
