"""Similarity distillation over N matched rows."""

import torch
from torch import Tensor

from ..errors import BadInput
from .matched_rows import check_matched, connected_zero, promote_and_detach

DISTANCES = ('cosine', 'l2')


def similarity_loss(student: Tensor,
                    teacher: Tensor,
                    distance: str = 'cosine') -> Tensor:
    """Similarity distillation of each match alone, without negatives.

    Source: the loss that Mahmoud et al., ECCV 2024, compare with, and
    OpenScene's; 'l2' is that of ScaLR's public code (Puy et al., CVPR 2024).

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        distance (str): 'cosine' for ``mean_i (1 - k_i . q_i)``, or 'l2' for
            ``mean_i |k_i - q_i|``. Defaults to 'cosine'.

    Returns:
        Tensor: () float32 (float64 for float64 rows).

    Raises:
        BadInput: Another distance, or shapes that do not match.

    Example:
        >>> student = torch.tensor([[1., 0.], [0.6, 0.8]])
        >>> similarity_loss(student, torch.eye(2))
        tensor(0.1000)
    """
    check_matched(student, teacher)
    if distance not in DISTANCES:
        raise BadInput(
            f"distance must be one of {DISTANCES}, got '{distance}'.")
    if len(student) == 0:
        return connected_zero(student)
    student, teacher = promote_and_detach(student, teacher)
    if distance == 'l2':
        # A norm has no derivative at 0; torch takes 0 there.
        return torch.linalg.vector_norm(student - teacher, dim=1).mean()
    return (1 - (student * teacher).sum(1)).mean()
