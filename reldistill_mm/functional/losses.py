"""Distillation losses over N pairs of student and teacher features.

K (N, D) are student point features, Q (N, D) teacher pixel features, both
with unit rows (:func:`unit_rows`). No gradient reaches Q. Relations are
computed in float32 whatever the inputs' dtype. Fewer rows than a term needs
give a zero that is still connected to K.
"""
import torch
from torch import Tensor
from torch.nn import functional as F


def unit_rows(features: Tensor, eps: float = 1e-6) -> Tensor:
    """L2-normalise rows in float32.

    A row of zeros stays zero and gets a finite gradient.

    Args:
        features (Tensor): (N, D) of any float dtype.
        eps (float): Least norm that is divided by. Defaults to 1e-6.

    Returns:
        Tensor: (N, D) float32.
    """
    return F.normalize(features.float(), dim=-1, eps=eps)


def relational_cross_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Cross-modal relational loss.

    ``C = |K Q^T - Q Q^T|``, ``mean_i C_ii + mean_{i != j} C_ij``: the N
    matches and the N^2 - N other relations are averaged apart, so that the
    many do not drown the few. Source: Mahmoud et al., ECCV 2024.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.

    Returns:
        Tensor: () float32.
    """
    _check(student, teacher)
    count = len(student)
    if count == 0:
        return connected_zero(student)
    student, teacher = student.float(), teacher.detach().float()
    # K Q^T - Q Q^T as one product.
    with _float32(student):
        gap = ((student - teacher) @ teacher.T).abs()
    diagonal = gap.diagonal().sum()
    loss = diagonal / count
    if count > 1:
        loss = loss + (gap.sum() - diagonal) / (count * (count - 1))
    return loss


def relational_intra_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Intra-modal relational loss.

    ``S = |K K^T - Q Q^T|``, ``mean_{i != j} S_ij``. The idea is Mahmoud et
    al., ECCV 2024; the mean over the off-diagonal alone is our reading (the
    diagonal of S is zero for unit rows).

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.

    Returns:
        Tensor: () float32.
    """
    _check(student, teacher)
    count = len(student)
    if count < 2:
        return connected_zero(student)
    student, teacher = student.float(), teacher.detach().float()
    with _float32(student):
        gap = (student @ student.T - teacher @ teacher.T).abs()
    return (gap.sum() - gap.diagonal().sum()) / (count * (count - 1))


def similarity_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Similarity distillation, ``mean_i (1 - k_i . q_i)``: no negatives.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.

    Returns:
        Tensor: () float32.
    """
    _check(student, teacher)
    if len(student) == 0:
        return connected_zero(student)
    return (1 - (student.float() * teacher.detach().float()).sum(1)).mean()


def contrastive_loss(student: Tensor,
                     teacher: Tensor,
                     temperature: float = 0.07) -> Tensor:
    """Point-to-pixel InfoNCE with every unmatched pixel as a negative.

    ``mean_i -log(exp(k_i.q_i / t) / sum_j exp(k_i.q_j / t))``. Source: PPKT
    (Liu et al., 2021) and SLidR (Sautier et al., CVPR 2022).

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        temperature (float): t. Defaults to 0.07.

    Returns:
        Tensor: () float32.
    """
    _check(student, teacher)
    if len(student) == 0:
        return connected_zero(student)
    student, teacher = student.float(), teacher.detach().float()
    with _float32(student):
        logits = student @ teacher.T / temperature
    target = torch.arange(len(student), device=student.device)
    return F.cross_entropy(logits, target)


def connected_zero(features: Tensor) -> Tensor:
    """A float32 zero with a graph, so that every rank runs a backward."""
    return features.float().sum() * 0


def _float32(tensor: Tensor) -> torch.autocast:
    """Keep autocast from lowering the products of relations."""
    return torch.autocast(tensor.device.type, enabled=False)


def _check(student: Tensor, teacher: Tensor) -> None:
    if student.ndim != 2 or student.shape != teacher.shape:
        raise ValueError(
            'Student and teacher features must both be (N, D), got '
            f'{tuple(student.shape)} and {tuple(teacher.shape)}; is the '
            "projector's out_channels the width of the CLIP model?")
