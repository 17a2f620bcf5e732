"""Distillation losses over N pairs of student and teacher features.

K (N, D) are student point features, Q (N, D) teacher pixel features, both
with unit rows (:func:`unit_rows`). No gradient reaches Q. Relations are
computed in float32 whatever lesser dtype the inputs have. Fewer rows than a
term needs give a zero that is still connected to K.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import BadInput
from .relational import BothRelations
from .relations import CrossRelations, IntraRelations

DISTANCES = ('cosine', 'l2')


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


def relational_cross_loss(student: Tensor,
                          teacher: Tensor,
                          block: int | None = None) -> Tensor:
    """Cross-modal relational loss.

    ``C = |K Q^T - Q Q^T|``, ``mean_i C_ii + mean_{i != j} C_ij``: the N
    matches and the N^2 - N other relations are averaged apart, so that the
    many do not drown the few. Source: Mahmoud et al., ECCV 2024.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        block (int, optional): Rows of C that are held at a time; the result
            does not depend on it. Defaults to None, by N and device.

    Returns:
        Tensor: () float32 (float64 for float64 rows). It has a first
        derivative, not a second.
    """
    return _relational(CrossRelations, student, teacher, block, least=1)


def relational_intra_loss(student: Tensor,
                          teacher: Tensor,
                          block: int | None = None) -> Tensor:
    """Intra-modal relational loss.

    ``S = |K K^T - Q Q^T|``, ``mean_{i != j} S_ij``. The idea is Mahmoud et
    al., ECCV 2024; the mean over the off-diagonal alone is our reading (the
    diagonal of S is zero for unit rows).

    Args:
        student, teacher, block: As for :func:`relational_cross_loss`.

    Returns:
        Tensor: () float32 (float64 for float64 rows). It has a first
        derivative, not a second.
    """
    return _relational(IntraRelations, student, teacher, block, least=2)


def relational_losses(student: Tensor,
                      teacher: Tensor,
                      block: int | None = None,
                      shared: bool = False) -> tuple[Tensor, Tensor]:
    """Both relational losses, in less time than one after the other.

    Args:
        student, teacher, block: As for :func:`relational_cross_loss`; a block
            is a square of so many rows and columns.
        shared (bool): All ranks hold the same rows, as
            :func:`gather_rows` gives them, and each computes a part of the
            blocks; sums and gradients are exchanged. All ranks must call it.
            Defaults to False.

    Returns:
        Tuple[Tensor, Tensor]: What :func:`relational_cross_loss` and
        :func:`relational_intra_loss` return.
    """
    if len(student) < 2:
        return (relational_cross_loss(student, teacher, block),
                relational_intra_loss(student, teacher, block))
    _check(student, teacher, block)
    with _float32(student):
        return BothRelations.apply(*_wide(student, teacher), block, shared)


def similarity_loss(student: Tensor,
                    teacher: Tensor,
                    distance: str = 'cosine') -> Tensor:
    """Similarity distillation: each match alone, no negatives.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        distance (str): 'cosine' for ``mean_i (1 - k_i . q_i)``, or 'l2' for
            ``mean_i |k_i - q_i|``. Defaults to 'cosine'.

    Returns:
        Tensor: () float32 (float64 for float64 rows).

    Raises:
        BadInput: Another distance, or shapes that do not match.
    """
    _check(student, teacher)
    if distance not in DISTANCES:
        raise BadInput(
            f"distance must be one of {DISTANCES}, got '{distance}'.")
    if len(student) == 0:
        return connected_zero(student)
    student, teacher = _wide(student, teacher)
    if distance == 'l2':
        # A norm has no derivative at 0, where torch takes 0.
        return torch.linalg.vector_norm(student - teacher, dim=1).mean()
    return (1 - (student * teacher).sum(1)).mean()


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
        temperature (float | Tensor): t; a tensor () may be learned. Defaults
            to 0.07.
        symmetric (bool): Take the mean with the direction from pixel to
            point, as CLIP does. Defaults to False.

    Returns:
        Tensor: () float32 (float64 for float64 rows).
    """
    _check(student, teacher)
    if len(student) == 0:
        # 0 * t: a learned temperature gets a gradient on every rank, too.
        return connected_zero(student) + 0 * temperature
    student, teacher = _wide(student, teacher)
    with _float32(student):
        logits = student @ teacher.T / temperature
        target = torch.arange(len(student), device=student.device)
        loss = F.cross_entropy(logits, target)
        if symmetric:
            loss = (loss + F.cross_entropy(logits.T, target)) / 2
    return loss


def _relational(relations: type[torch.autograd.Function], student: Tensor,
                teacher: Tensor, block: int | None, least: int) -> Tensor:
    _check(student, teacher, block)
    if len(student) < least:
        return connected_zero(student)
    with _float32(student):
        return relations.apply(*_wide(student, teacher), block)


def connected_zero(features: Tensor) -> Tensor:
    """A float32 zero with a graph, so that every rank runs a backward."""
    return features.float().sum() * 0


def _wide(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """At least float32, the teacher without a graph."""
    dtype = torch.promote_types(student.dtype, torch.float32)
    return student.to(dtype), teacher.detach().to(dtype)


def _float32(tensor: Tensor) -> torch.autocast:
    """Keep autocast from lowering the products of relations."""
    return torch.autocast(tensor.device.type, enabled=False)


def _check(student: Tensor, teacher: Tensor, block: int | None = None) -> None:
    if student.ndim != 2 or student.shape != teacher.shape:
        raise BadInput(
            'Student and teacher features must both be (N, D), got '
            f'{tuple(student.shape)} and {tuple(teacher.shape)}; is the '
            "projector's out_channels the width of the CLIP model?")
    if block is not None and block < 1:
        raise BadInput(f'block must be at least 1 row, got {block}.')
