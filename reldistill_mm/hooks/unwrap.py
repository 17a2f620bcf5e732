"""Find the model in its wrapper."""
from mmengine.model import is_model_wrapper
from torch import nn


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model itself, whether or not DDP or the like wraps it."""
    return model.module if is_model_wrapper(model) else model
