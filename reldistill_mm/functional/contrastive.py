"""Contrastive distillation (InfoNCE) over N matched rows."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .matched_rows import (autocast_off, check_matched, connected_zero,
                           promote_and_detach)


def contrastive_loss(student: Tensor,
                     teacher: Tensor,
                     temperature: float | Tensor = 0.07,
                     symmetric: bool = False) -> Tensor:
    """Point-to-pixel InfoNCE with every unmatched pixel as a negative.

    ``mean_i -log(exp(k_i.q_i / t) / sum_j exp(k_i.q_j / t))``. Source: PPKT
    (Liu et al., 2021) and SLidR (Sautier et al., CVPR 2022).

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        temperature (float | Tensor): Temperature t; a tensor () may be
            learned. Defaults to 0.07.
        symmetric (bool): Average with the direction from pixel to point, as
            CLIP does. Defaults to False.

    Returns:
        Tensor: () float32 (float64 for float64 rows).

    Raises:
        BadInput: Shapes that do not match.

    Example:
        Where all rows are alike, each of four candidates is as good as the
        right one, and the loss is log 4:

        >>> rows = torch.ones(4, 1)
        >>> contrastive_loss(rows, rows)
        tensor(1.3863)
    """
    check_matched(student, teacher)
    if len(student) == 0:
        # 0 * t gives a learned temperature a gradient on every rank, too.
        return connected_zero(student) + 0 * temperature
    student, teacher = promote_and_detach(student, teacher)
    with autocast_off(student):
        logits = student @ teacher.T / temperature
        target = torch.arange(len(student), device=student.device)
        loss = F.cross_entropy(logits, target)
        if symmetric:
            loss = (loss + F.cross_entropy(logits.T, target)) / 2
    return loss
