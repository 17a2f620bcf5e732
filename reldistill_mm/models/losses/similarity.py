"""Similarity distillation as a registered module."""

from mmdet3d.registry import MODELS
from torch import Tensor

from ...functional import similarity_loss
from .base import DistillLoss


@MODELS.register_module()
class SimilarityLoss(DistillLoss):
    """Similarity distillation of each match alone.

    Args:
        distance (str): Distance, 'cosine' or 'l2'. Defaults to 'cosine'.
        loss_weight (float): Weight of the term. Defaults to 1.
    """

    def __init__(self,
                 distance: str = 'cosine',
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        self.distance = distance
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
        """Compute the weighted term of N unit rows (N, D); see the base."""
        return dict(loss_similarity=self.loss_weight *
                    similarity_loss(student, teacher, self.distance))
