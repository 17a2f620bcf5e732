"""The relational loss of the paper as a registered module."""

from mmdet3d.registry import MODELS
from torch import Tensor, nn

from ...functional import (relational_cross_loss, relational_intra_loss,
                           relational_losses)


@MODELS.register_module()
class RelationalLoss(nn.Module):
    """Cross-modal and intra-modal relational distillation.

    ``w_cross * L_cross + w_intra * L_intra``; see
    :mod:`reldistill_mm.functional.relational`. Source: Mahmoud et al., ECCV
    2024; that both weights are 1 is our reading.

    Args:
        cross_weight (float): w_cross; 0 leaves the term out. Defaults to 1.
        intra_weight (float): w_intra; 0 leaves the term out. Defaults to 1.
    """

    def __init__(self,
                 cross_weight: float = 1.0,
                 intra_weight: float = 1.0) -> None:
        super().__init__()
        self.cross_weight = cross_weight
        self.intra_weight = intra_weight

    # The head may pass `shared`.
    can_share = True

    def forward(self,
                student: Tensor,
                teacher: Tensor,
                shared: bool = False) -> dict[str, Tensor]:
        """Weighted terms of N unit rows (N, D) each.

        With ``shared`` the ranks, which hold the same rows, share the work
        where both terms are wanted.
        """
        cross, intra = self.cross_weight, self.intra_weight
        if cross and intra:
            found = relational_losses(student, teacher, shared=shared)
            return dict(
                loss_cross=cross * found[0], loss_intra=intra * found[1])
        losses = {}
        if cross:
            losses['loss_cross'] = cross * relational_cross_loss(
                student, teacher)
        if intra:
            losses['loss_intra'] = intra * relational_intra_loss(
                student, teacher)
        return losses
