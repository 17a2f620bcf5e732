"""The model within what trains it."""
from mmengine.model import is_model_wrapper
from torch import nn


def unwrap(model: nn.Module) -> nn.Module:
    """The model itself, whether or not DDP or the like wraps it."""
    return model.module if is_model_wrapper(model) else model
