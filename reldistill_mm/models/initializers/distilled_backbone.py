"""Fill a backbone from a distilled checkpoint: every tensor or an error."""
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from mmdet3d.registry import WEIGHT_INITIALIZERS
from mmengine.logging import print_log
from mmengine.model import update_init_info
from torch import Tensor, nn

from ...errors import BadInput
from ...io.checkpoint import read_state_dict
from ...io.fit_state import fitted, problems
from ...io.state_dicts import unwrapped_names


@WEIGHT_INITIALIZERS.register_module()
class DistilledBackbone:
    """Copy a part of a checkpoint into a module, whole or not at all.

    For ``init_cfg`` of a downstream model's backbone. Unlike mmengine's
    ``Pretrained``, which only warns of what it did not load, it compares
    names and shapes first, and no sparse kernel is permuted on the way. What
    wrappers put in front of the names (``module.``, ``model.``,
    ``_orig_mod.``) is taken off.

    Args:
        checkpoint (str): Checkpoint of a distiller, of any model that holds
            the same network under ``prefix``, or of the backbone alone.
        prefix (str): Prefix of the tensors. Defaults to 'backbone.'.
        key (str, optional): Entry of the file that holds the weights, e.g.
            'state_dict_ema'. Defaults to None: 'state_dict', 'model',
            'model_points' and the like, or the file itself.

    Raises:
        MissingInput: No such file.
        BadInput: No checkpoint is given, or its tensors are not those of
            the module; the message names them.
    """

    def __init__(self,
                 checkpoint: str | None = None,
                 prefix: str = 'backbone.',
                 key: str | None = None) -> None:
        if not checkpoint:
            raise BadInput(
                'No distilled checkpoint is given: set one by --cfg-options '
                'model.backbone.init_cfg.checkpoint=PATH, or '
                'model.backbone.init_cfg=None for random weights.')
        self.checkpoint, self.key = checkpoint, key
        self.prefix = prefix.rstrip('.') + '.' if prefix else ''

    def __call__(self, module: nn.Module) -> None:
        """Fill ``module``; mmengine calls this."""
        target = module.state_dict()
        source = fitted(self._read(target), module)
        differs = problems(source, target, everything=True)
        if differs:
            raise BadInput(
                f"'{self.checkpoint}' does not hold this "
                f'{type(module).__name__} under {self.prefix!r}: ' +
                '; '.join(differs) +
                '. Nothing was loaded. Use the backbone (width, blocks, '
                'sparseconv_backend) that the checkpoint was trained with.')
        with torch.no_grad():
            # state_dict() shares the module's memory.
            for name, tensor in target.items():
                if name in source:
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

    def _read(self, target: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Read the tensors of the part, or of the backbone alone."""
        state = read_state_dict(self.checkpoint, 'cpu', self.key)
        names = {f'{self.prefix}{name}' for name in target}
        found = unwrapped_names(state, dict.fromkeys(names))
        part = OrderedDict((name[len(self.prefix):], tensor)
                           for name, tensor in found.items()
                           if name.startswith(self.prefix))
        alone = unwrapped_names(state, target)
        if not part and not set(alone) & set(target):
            held = sorted({name.split('.')[0] for name in found})
            raise BadInput(f"No tensor of '{self.checkpoint}' is called "
                           f"'{self.prefix}...'; it holds {held}.")
        chosen = part or alone
        metadata = getattr(state, '_metadata', None)
        if metadata is not None:
            # Only whose kernels are of which version.
            chosen._metadata = metadata  # type: ignore[attr-defined]
        return chosen
