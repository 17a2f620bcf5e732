"""Contrastive distillation that tolerates negatives of the same meaning."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import BadInput
from .matched_rows import (autocast_off, check_matched, connected_zero,
                           promote_and_detach)


def tolerant_contrastive_loss(student: Tensor,
                              teacher: Tensor,
                              temperature: float = 0.07,
                              left_out: float = 0.01,
                              crowd_similarity: float | None = 0.5) -> Tensor:
    """InfoNCE without the nearest negatives, balanced over crowds.

    With ``s_ij = q_i.q_j`` and ``N_i`` the ``left_out (N - 1)`` rows j != i
    of the largest ``s_ij``, to the nearest whole number::

        l_i = -log(exp(k_i.q_i / t) / sum_{j not in N_i} exp(k_i.q_j / t))
        c_i = sum_{j: s_ij >= crowd_similarity} s_ij
        w_i = 1 - (c_i - min c) / (max c - min c)
        L   = sum_i w_i l_i / sum_i w_i

    Source: ST-SLidR (Mahmoud et al., CVPR 2023, "Self-Supervised
    Image-to-Point Distillation via Semantically Tolerant Contrastive Loss");
    the weights and both constants are those of its public code (min_quantile
    0.01, loss_balance_noise_threshold 0.5, temperature 0.07). Ours: what that
    code leaves out it multiplies by 0, which leaves exp(0) = 1 in the sum;
    here it is gone from the sum. Where all ``c_i`` are equal to five digits,
    so are the weights.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        temperature (float): Temperature t. Defaults to 0.07.
        left_out (float): Share of the negatives that are left out, from 0 to
            1. Defaults to 0.01.
        crowd_similarity (float, optional): Least similarity that counts
            towards a crowd; None leaves the weights out. Defaults to 0.5.

    Returns:
        Tensor: () float32 (float64 for float64 rows).

    Raises:
        BadInput: Shapes that do not match, or a share outside [0, 1].

    Example:
        The second of three like rows is left out for the first, and so on:

        >>> rows = torch.ones(3, 1)
        >>> tolerant_contrastive_loss(rows, rows, left_out=0.5)
        tensor(0.6931)
    """
    check_matched(student, teacher)
    if not 0 <= left_out <= 1:
        raise BadInput(f'left_out={left_out} must be in [0, 1]: it is the '
                       'share of the negatives that are left out.')
    if len(student) == 0:
        return connected_zero(student)
    student, teacher = promote_and_detach(student, teacher)
    with autocast_off(student):
        alike = teacher @ teacher.T
        logits = student @ teacher.T / temperature
        logits = logits.masked_fill(_nearest(alike, left_out), -torch.inf)
        target = torch.arange(len(student), device=student.device)
        losses = F.cross_entropy(logits, target, reduction='none')
        if crowd_similarity is None:
            return losses.mean()
        weights = _balance(alike, crowd_similarity)
        return (weights * losses).sum() / weights.sum()


def _nearest(alike: Tensor, share: float) -> Tensor:
    """Mark a share of each row's other columns, the largest first."""
    count = round(share * (len(alike) - 1))
    others = alike.clone().fill_diagonal_(-torch.inf)
    columns = others.topk(count, dim=1).indices
    return torch.zeros_like(alike, dtype=torch.bool).scatter_(1, columns, True)


def _balance(alike: Tensor, least: float) -> Tensor:
    """Weights (N,) from 0, in the largest crowd, to 1."""
    crowd = torch.where(alike >= least, alike, 0).sum(1)
    above = crowd - crowd.min()
    # What rounding alone tells apart is as crowded.
    widest = above.max()
    equal = widest <= 1e-5 * crowd.abs().max()
    return torch.where(equal, 1, 1 - above / widest)
