"""Contrastive distillation as a registered module."""
import math

import torch
from mmdet3d.registry import MODELS
from torch import Tensor, nn

from ...errors import BadInput
from ...functional import contrastive_loss
from .base import DistillLoss

# CLIP keeps its temperature at 1 / 100 or above.
_LEAST = 0.01


@MODELS.register_module()
class ContrastiveLoss(DistillLoss):
    """Point-to-pixel InfoNCE (PPKT, SLidR).

    Args:
        temperature (float): Temperature of the softmax. Defaults to 0.07.
        learn_temperature (bool): Train it, starting from that value and not
            below 0.01, as CLIP does. Defaults to False.
        symmetric (bool): Add the direction from pixel to point. Defaults to
            False.
        loss_weight (float): Weight of the term. Defaults to 1.
    """

    def __init__(self,
                 temperature: float = 0.07,
                 learn_temperature: bool = False,
                 symmetric: bool = False,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if temperature <= 0:
            raise BadInput(f'temperature must be positive, got {temperature}.')
        self.symmetric = symmetric
        self.loss_weight = loss_weight
        self._fixed = temperature
        self.log_temperature = (
            nn.Parameter(torch.tensor(math.log(temperature)))
            if learn_temperature else None)

    @property
    def temperature(self) -> float | Tensor:
        """The temperature; a tensor () with a graph where it is learned."""
        if self.log_temperature is None:
            return self._fixed
        return self.log_temperature.exp().clamp_min(_LEAST)

    def forward(self, student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
        """Compute the weighted term of N unit rows (N, D); see the base."""
        temperature = self.temperature
        loss = contrastive_loss(student, teacher, temperature, self.symmetric)
        terms = dict(loss_contrastive=self.loss_weight * loss)
        if isinstance(temperature, Tensor):
            # mmengine logs it but does not add it: its name has no "loss".
            terms['temperature'] = temperature.detach()
        return terms
