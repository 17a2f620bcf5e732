"""Contrastive distillation as a registered module."""
from typing import Dict

from mmdet3d.registry import MODELS
from torch import Tensor, nn

from ...functional import contrastive_loss


@MODELS.register_module()
class ContrastiveLoss(nn.Module):
    """Point-to-pixel InfoNCE (PPKT, SLidR).

    Args:
        temperature (float): Defaults to 0.07.
        loss_weight (float): Weight of the term. Defaults to 1.
    """

    def __init__(self,
                 temperature: float = 0.07,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if temperature <= 0:
            raise ValueError(
                f'temperature must be positive, got {temperature}.')
        self.temperature = temperature
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> Dict[str, Tensor]:
        """Weighted term of N unit rows (N, D) each."""
        return dict(loss_contrastive=self.loss_weight *
                    contrastive_loss(student, teacher, self.temperature))
