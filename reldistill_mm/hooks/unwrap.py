"""Find the model in its wrapper."""
from typing import cast

from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model itself, whether or not DDP or the like wraps it."""
    if not is_model_wrapper(model):
        return model
    # For nn.Module, an attribute may be a tensor as well.
    return cast(nn.Module, model.module)


def has_words(runner: Runner) -> bool:
    """Whether the model labels points; a distiller without words does not.

    mmengine has no wrapper for test-time augmentation.
    """
    model = unwrap(runner.model)
    model = getattr(model, 'module', model)
    return getattr(model, 'zero_shot_head', True) is not None
