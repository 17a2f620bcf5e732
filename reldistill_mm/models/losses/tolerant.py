"""ST-SLidR's loss as a registered module."""
from typing import Any

from mmdet3d.registry import MODELS
from torch import Tensor

from ...errors import BadInput
from ...functional import tolerant_contrastive_loss
from .base import DistillLoss


@MODELS.register_module()
class TolerantContrastiveLoss(DistillLoss):
    """InfoNCE that spares negatives of the same meaning (ST-SLidR).

    See :func:`reldistill_mm.functional.tolerant_contrastive_loss`.

    Args:
        temperature (float): Temperature of the softmax. Defaults to 0.07.
        left_out (float): Share of the negatives, nearest to the anchor in the
            teacher's space, that are left out. Defaults to 0.01.
        crowd_similarity (float, optional): Least similarity that counts
            towards a crowd, whose rows weigh less; None weighs all alike.
            Defaults to 0.5.
        loss_weight (float): Weight of the term. Defaults to 1.

    Raises:
        BadInput: ``temperature`` is not positive, ``left_out`` not in [0, 1],
            or ``crowd_similarity`` no cosine.
    """

    def __init__(self,
                 temperature: float = 0.07,
                 left_out: float = 0.01,
                 crowd_similarity: float | None = 0.5,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if temperature <= 0:
            raise BadInput(f'temperature must be positive, got {temperature}.')
        if not 0 <= left_out <= 1:
            raise BadInput(f'left_out must be in [0, 1], got {left_out}: it '
                           'is a share of the negatives.')
        if crowd_similarity is not None and not -1 <= crowd_similarity <= 1:
            raise BadInput(f'crowd_similarity must be in [-1, 1], got '
                           f'{crowd_similarity}: it is a cosine; None weighs '
                           'all rows alike.')
        self.how: dict[str, Any] = dict(
            temperature=temperature,
            left_out=left_out,
            crowd_similarity=crowd_similarity)
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
        """Compute the weighted term of N unit rows (N, D); see the base."""
        loss = tolerant_contrastive_loss(student, teacher, **self.how)
        return dict(loss_tolerant=self.loss_weight * loss)
