"""Fill a model from a state dict, and say what does not fit."""
import copy
import logging
from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from typing import Any

from mmengine.logging import print_log
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import checkpoint as mmengine_checkpoint
from torch import Tensor, nn

from ..errors import BadInput
from .state_dicts import unwrapped_names

_SHOWN = 5
# mmengine's own, before it is replaced by compat.
_load_state_dict = mmengine_checkpoint.load_state_dict


class Rule(Enum):
    """How much of a model a checkpoint must fill.

    Attributes:
        WHOLE: Every tensor: to test, to predict and to resume.
        PARTS: Every tensor of the backbone, and each other part (head,
            projector...) wholly or not at all: to start training from it.
        SOME: One tensor at least; what is left out is logged.
    """
    WHOLE = 'whole'
    PARTS = 'parts'
    SOME = 'some'


def unwrap(model: nn.Module) -> Any:
    """Return the model in its wrappers (DDP, test-time augmentation)."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module  # type: ignore[assignment]
    return model


def fitted(state: Mapping[str, Tensor],
           module: nn.Module) -> 'OrderedDict[str, Tensor]':
    """Give a state dict the module's names and kernel layout.

    Wrappers' prefixes go. Sparse kernels of spconv 1, (k, k, k, in, out),
    become spconv 2's (out, k, k, k, in): mmdet3d does so, too, but believes
    the state dict's ``_metadata``, which plain dicts lack, and then permutes
    kernels that are right. Here the shapes decide.

    Args:
        state (Mapping[str, Tensor]): Tensors of a checkpoint.
        module (nn.Module): Module to fill.

    Returns:
        OrderedDict[str, Tensor]: Tensors with the ``_metadata`` of the
        module's own state dict.
    """
    target = module.state_dict()
    result = unwrapped_names(state, target)
    metadata = getattr(state, '_metadata', None)
    for name, owner in module.named_modules():
        key = f'{name}.weight' if name else 'weight'
        if (key in result and key in target
                and type(owner).__module__.startswith('spconv.')):
            old = metadata is not None and _version(metadata, name) is None
            result[key] = _in_layout(result[key], target[key], old)
    # OrderedDict does not declare it; torch sets it on the object, too.
    result._metadata = copy.copy(  # type: ignore[attr-defined]
        getattr(target, '_metadata', {}))
    return result


def _version(metadata: Mapping[str, dict], name: str) -> Any:
    """Version of a module; wrappers have changed the names."""
    found = [
        each for each in metadata if each == name or each.endswith(f'.{name}')
    ]
    return metadata[found[0]].get('version') if found else 2


def _in_layout(kernel: Tensor, wanted: Tensor, old: bool) -> Tensor:
    if kernel.ndim < 3:
        return kernel
    moved = kernel.permute(-1, *range(kernel.ndim - 1))
    if moved.shape != wanted.shape:
        return kernel
    # Both shapes fit a kernel of 3 x 3 x 3 x 3 x 3 alone.
    return moved.contiguous(
    ) if kernel.shape != wanted.shape or old else kernel


def fill(module: nn.Module,
         state: Mapping[str, Tensor],
         name: str,
         rule: Rule = Rule.WHOLE,
         allow_partial: bool = False) -> None:
    """Fill a model from a checkpoint's state dict.

    Args:
        module (nn.Module): Model to fill, in wrappers or not.
        state (Mapping[str, Tensor]): Tensors from :func:`choose_state`.
        name (str): Name of the file in errors.
        rule (Rule): What must be there. Defaults to ``Rule.WHOLE``.
        allow_partial (bool): Load what fits and log the rest. Defaults to
            False.

    Raises:
        BadInput: The checkpoint is of another model; the message names what
            is missing, unknown or of another shape.
    """
    module = unwrap(module)
    result = fitted(state, module)
    target = module.state_dict()
    for prefix, owner in module.named_modules():
        check = getattr(owner, 'check_state', None)
        if check is not None and not allow_partial:
            _named(check, result, f'{prefix}.' if prefix else '', name)
    filled = sum(
        key in target and _alike(tensor, target[key])
        for key, tensor in result.items())
    found = problems(result, target, rule)
    if not filled or (found and not allow_partial):
        raise BadInput(_refusal(name, found, result, target, rule, filled))
    lacking = found or problems(result, target, Rule.WHOLE)
    aside = lacking or [
        f'{len(extra)} more tensors of the file ({_some(extra)}) belong to '
        'no part of this model'
        for extra in [_strangers(result, target)] if extra
    ]
    _load_state_dict(module, result, strict=False, logger='silent')
    print_log(
        f"{filled} of {len(target)} tensors loaded from '{name}'" +
        ('; ' + '; '.join(aside) if aside else '') + '.',
        logger='current',
        level=logging.WARNING if lacking else logging.INFO)


def _named(check: Any, state: dict, prefix: str, name: str) -> None:
    try:
        check(state, prefix)
    except BadInput as error:
        raise BadInput(f"'{name}': {error}") from error


def _refusal(name: str, found: list[str], state: dict, target: dict,
             rule: Rule, filled: int) -> str:
    if not filled:
        found = [
            f'none of its tensors ({_some(list(state))}) is one of the '
            f"model's ({_some(list(target))})"
        ]
    text = f"'{name}' is not a checkpoint of this config: " + '; '.join(found)
    if any(key.startswith('backbone.') for key in target) and not any(
            key.startswith('backbone.') for key in state):
        inner = {key[len('backbone.'):] for key in target}
        what = ('is a backbone alone' if inner
                & set(state) else 'holds no backbone')
        text += (f'. It {what}: to train from a backbone, set '
                 "model.backbone.init_cfg=dict(type='DistilledBackbone', "
                 'checkpoint=...)')
    if filled and rule is not Rule.SOME:
        text += ('. Take the config that it was trained with, or go on with '
                 'random numbers in their place by --allow-partial '
                 '(allow_partial=True in the config)')
    return text + '.'


def problems(state: Mapping[str, Tensor],
             target: Mapping[str, Tensor],
             rule: Rule = Rule.WHOLE,
             everything: bool = False) -> list[str]:
    """Say what keeps a state dict from filling a module.

    Args:
        state (Mapping[str, Tensor]): Tensors of the checkpoint, by
            :func:`fitted`.
        target (Mapping[str, Tensor]): Tensors of the module.
        rule (Rule): What must be there. Defaults to ``Rule.WHOLE``.
        everything (bool): Whether tensors of parts that the module does not
            have (a teacher, say) are a hindrance. Defaults to False.

    Returns:
        list[str]: Empty if there is nothing.
    """
    if rule is Rule.SOME:
        return []
    missing = [
        key for key in target
        # Only counts batches, and files before torch 0.4.1 lack it.
        if key not in state and not key.endswith('num_batches_tracked')
    ]
    if rule is Rule.PARTS:
        there = {_part(key) for key in state} | {'backbone'}
        missing = [key for key in missing if _part(key) in there]
    parts = {_part(key) for key in target}
    unknown = [
        key for key in state
        if key not in target and (everything or _part(key) in parts)
    ]
    shapes = [
        f'{key} {tuple(state[key].shape)} for {tuple(tensor.shape)}'
        for key, tensor in target.items()
        if key in state and not _alike(state[key], tensor)
    ]
    kinds = [
        f'{key} {state[key].dtype} for {tensor.dtype}'
        for key, tensor in target.items() if key in state
        and state[key].is_floating_point() != tensor.is_floating_point()
    ]
    groups = {
        'missing from the checkpoint': missing,
        'unknown to the model': unknown,
        'of another shape': shapes,
        'of another kind': kinds
    }
    return [
        f'{len(names)} of {len(target)} tensors {what}: {_some(names)}'
        for what, names in groups.items() if names
    ]


def _alike(given: Tensor, wanted: Tensor) -> bool:
    """Whether shapes are alike; a single number may be in a list of one."""
    return given.shape == wanted.shape or (wanted.ndim == 0
                                           and given.shape == (1, ))


def _strangers(state: Mapping, target: Mapping) -> list[str]:
    parts = {_part(key) for key in target}
    return [key for key in state if _part(key) not in parts]


def _part(name: str) -> str:
    return name.split('.', 1)[0]


def _some(names: list[str]) -> str:
    return ', '.join(names[:_SHOWN]) + (', ...' if names[_SHOWN:] else '')
