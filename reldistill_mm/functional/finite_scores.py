"""Scores of a model that computes none."""
from torch import Tensor

from ..errors import BadInput


def finite_scores(scores: Tensor) -> Tensor:
    """Refuse scores of which the largest class would be taken by accident.

    Args:
        scores (Tensor): Floats of any shape.

    Returns:
        Tensor: The same scores.

    Raises:
        BadInput: One of them is NaN or infinite.

    Example:
        >>> finite_scores(Tensor([0.5, 1.0])).tolist()
        [0.5, 1.0]
    """
    # One number leaves the GPU, and float32 does not overflow in the sum.
    if not scores.float().sum().isfinite():
        raise BadInput(
            'The model gives scores that are not finite (NaN or infinity), '
            'which label no point: its weights are damaged or the training '
            'has diverged. Take an earlier checkpoint.')
    return scores
