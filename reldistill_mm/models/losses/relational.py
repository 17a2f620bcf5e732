"""The relational loss of the paper as a registered module."""

from mmdet3d.registry import MODELS
from torch import Tensor

from ...functional import (relational_cross_loss, relational_intra_loss,
                           relational_losses)
from .base import DistillLoss


@MODELS.register_module()
class RelationalLoss(DistillLoss):
    """Cross-modal and intra-modal relational distillation.

    ``w_cross * L_cross + w_intra * L_intra``; see
    :mod:`reldistill_mm.functional.relational`. Source: Mahmoud et al., ECCV
    2024; that both weights are 1 is our reading.

    Args:
        cross_weight (float): Weight w_cross; 0 leaves the term out. Defaults
            to 1.
        intra_weight (float): Weight w_intra; 0 leaves the term out. Defaults
            to 1.
    """

    supports_sharding = True

    def __init__(self,
                 cross_weight: float = 1.0,
                 intra_weight: float = 1.0) -> None:
        super().__init__()
        self.cross_weight = cross_weight
        self.intra_weight = intra_weight

    def forward(self,
                student: Tensor,
                teacher: Tensor,
                shard_over_ranks: bool = False) -> dict[str, Tensor]:
        """Compute the weighted terms of N unit rows (N, D) each.

        Args:
            student, teacher (Tensor): See :class:`DistillLoss`.
            shard_over_ranks (bool): The ranks, which hold the same rows,
                share the work. Defaults to False.

        Returns:
            dict[str, Tensor]: ``loss_cross`` and ``loss_intra``, without
            the term whose weight is 0.
        """
        cross, intra = self.cross_weight, self.intra_weight
        how = dict(shard_over_ranks=shard_over_ranks)
        if cross and intra:
            losses = relational_losses(student, teacher, **how)
            return dict(
                loss_cross=cross * losses[0], loss_intra=intra * losses[1])
        terms = {}
        if cross:
            terms['loss_cross'] = cross * relational_cross_loss(
                student, teacher, **how)
        if intra:
            terms['loss_intra'] = intra * relational_intra_loss(
                student, teacher, **how)
        return terms
