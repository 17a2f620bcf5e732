"""Fill a backbone from a distilled checkpoint: every tensor or an error."""

from typing import Any

import torch
from mmdet3d.registry import WEIGHT_INITIALIZERS
from mmengine.logging import print_log
from mmengine.model import update_init_info
from torch import Tensor, nn

from ...compat.partial_checkpoint import load_part
from ...errors import BadInput

_SHOWN = 8


@WEIGHT_INITIALIZERS.register_module()
class DistilledBackbone:
    """Copy a part of a checkpoint into a module, whole or not at all.

    For ``init_cfg`` of a downstream model's backbone. Unlike mmengine's
    ``Pretrained``, which only warns of what it did not load, it compares
    names and shapes first, and no sparse kernel is permuted on the way.

    Args:
        checkpoint (str): Checkpoint of a distiller, or of any model that
            holds the same network under ``prefix``.
        prefix (str): Prefix of the tensors. Defaults to 'backbone.'.

    Raises:
        MissingInput: No such file.
        BadInput: No checkpoint is given, or its tensors are not those of
            the module; the message names them.
    """

    def __init__(self,
                 checkpoint: str | None = None,
                 prefix: str = 'backbone.') -> None:
        if not checkpoint:
            raise BadInput(
                'No distilled checkpoint is given: set one by --cfg-options '
                'model.backbone.init_cfg.checkpoint=PATH, or '
                'model.backbone.init_cfg=None for random weights.')
        self.checkpoint, self.prefix = checkpoint, prefix

    def __call__(self, module: nn.Module) -> None:
        """Fill ``module``; mmengine calls this."""
        source = load_part(self.prefix, self.checkpoint, map_location='cpu')
        target = module.state_dict()
        problems = differences(source, target)
        if problems:
            raise BadInput(
                f"'{self.checkpoint}' does not hold this "
                f'{type(module).__name__} under {self.prefix!r}:\n  - ' +
                '\n  - '.join(problems) +
                '\nNothing was loaded. Use the backbone (width, blocks, '
                'sparseconv_backend) that the checkpoint was trained with.')
        with torch.no_grad():
            # state_dict() shares the module's memory.
            for name, tensor in target.items():
                tensor.copy_(source[name])
        child: Any  # What nn.Module may be set to leaves out a bool.
        for child in module.modules():
            # Initialising the children, which follows, would undo the copy.
            if hasattr(child, 'is_init'):
                child.is_init = True
        print_log(
            f"{len(target)} of {len(target)} tensors of '{self.prefix}' "
            f'loaded from {self.checkpoint}',
            logger='current')
        if hasattr(module, '_params_init_info'):
            update_init_info(
                module,
                init_info=f'{type(self).__name__}: from {self.checkpoint}')


def differences(source: dict[str, Tensor], target: dict[str,
                                                        Tensor]) -> list[str]:
    """Say what keeps one state dict from filling another.

    Args:
        source (Dict[str, Tensor]): Tensors of the checkpoint.
        target (Dict[str, Tensor]): Tensors of the module.

    Returns:
        List[str]: Empty when names and shapes agree.
    """
    shapes = [
        f'{name} {tuple(source[name].shape)} for {tuple(target[name].shape)}'
        for name in target
        if name in source and source[name].shape != target[name].shape
    ]
    groups = {
        'missing from the checkpoint': [n for n in target if n not in source],
        'unknown to the module': [n for n in source if n not in target],
        'of another shape': shapes
    }
    return [
        f'{len(names)} of {len(target)} tensors {what}: ' +
        ', '.join(names[:_SHOWN]) + (', ...' if names[_SHOWN:] else '')
        for what, names in groups.items() if names
    ]
