"""The relational loss of the paper as a registered module."""

import torch
from mmdet3d.registry import MODELS
from torch import Tensor

from ...errors import BadInput
from ...functional import (relational_cross_loss, relational_intra_loss,
                           relational_losses)
from ...functional.relational import check_parts
from .base import DistillLoss

_PRODUCTS = {None: None, 'bfloat16': torch.bfloat16}


@MODELS.register_module()
class RelationalLoss(DistillLoss):
    """Cross-modal and intra-modal relational distillation.

    ``w_cross * L_cross + w_intra * L_intra`` with ``L_cross = w_own *
    mean_i C_ii + w_others * mean_{i != j} C_ij``; see
    :mod:`reldistill_mm.functional.relational`. Source: Mahmoud et al., ECCV
    2024; that all weights are 1 is our reading.

    Args:
        cross_weight (float): Weight w_cross; 0 leaves the term out. Defaults
            to 1.
        intra_weight (float): Weight w_intra; 0 leaves the term out. Defaults
            to 1.
        cross_diagonal_weight (float): Weight w_own of a pair's relation to
            its own pixel within L_cross; 0 leaves it out. Defaults to 1.
        cross_off_diagonal_weight (float): Weight w_others of its relations to
            all other pixels within L_cross; 0 leaves them out. Defaults to 1.
        products (str, optional): ``'bfloat16'`` multiplies in it: several
            times faster where the processor or GPU has such products, and
            close (:mod:`reldistill_mm.functional.relational`). Defaults to
            None: exact.

    Raises:
        BadInput: A weight within L_cross is negative or not finite, or
            ``products`` is neither.
    """

    supports_sharding = True

    def __init__(self,
                 cross_weight: float = 1.0,
                 intra_weight: float = 1.0,
                 cross_diagonal_weight: float = 1.0,
                 cross_off_diagonal_weight: float = 1.0,
                 products: str | None = None) -> None:
        super().__init__()
        if products not in _PRODUCTS:
            raise BadInput(f"products={products!r}: take 'bfloat16', or None "
                           'for exact ones.')
        self.products = _PRODUCTS[products]
        self.cross_parts = cross_diagonal_weight, cross_off_diagonal_weight
        check_parts(self.cross_parts)
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
        parts = self.cross_parts
        cross = self.cross_weight if any(parts) else 0
        intra = self.intra_weight
        how: dict = dict(
            shard_over_ranks=shard_over_ranks, products=self.products)
        if cross and intra:
            losses = relational_losses(
                student, teacher, cross_parts=parts, **how)
            return dict(
                loss_cross=cross * losses[0], loss_intra=intra * losses[1])
        terms = {}
        if cross:
            terms['loss_cross'] = cross * relational_cross_loss(
                student, teacher, cross_parts=parts, **how)
        if intra:
            terms['loss_intra'] = intra * relational_intra_loss(
                student, teacher, **how)
        return terms
