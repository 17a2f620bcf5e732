"""A linear classifier on a backbone that does not learn."""

import torch
from mmdet3d.models.segmentors import MinkUNet
from mmdet3d.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class LinearProbeMinkUNet(MinkUNet):
    """``MinkUNet`` with a frozen backbone: only the decode head learns.

    The backbone is in eval mode whenever the model is trained (mmengine
    calls ``train()`` before every epoch), so that its normalisation keeps the
    statistics of pretraining, too.

    Args:
        kwargs: Arguments of :class:`mmdet3d.models.MinkUNet`.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.backbone.requires_grad_(False)
        self.backbone.eval()

    def train(self, mode: bool = True) -> 'LinearProbeMinkUNet':
        super().train(mode)
        self.backbone.eval()
        return self

    @torch.no_grad()
    def extract_feat(self, batch_inputs_dict: dict[str, dict]) -> Tensor:
        return super().extract_feat(batch_inputs_dict)
