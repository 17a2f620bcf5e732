"""Scores of a model that computes none."""
from torch import Tensor

from ..errors import BadInput


def finite_scores(scores: Tensor, of_teacher: bool = False) -> Tensor:
    """Refuse scores of which the largest class would be taken by accident.

    Args:
        scores (Tensor): Floats of any shape.
        of_teacher (bool): They are the teacher's, and not those of the model
            that is trained. Defaults to False.

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
        whose, remedy = (
            ('teacher', 'are damaged, or too large for the precision that it '
             'runs in. Take other weights, or float32') if of_teacher else
            ('model', 'are damaged or the training has diverged. Take an '
             'earlier checkpoint'))
        raise BadInput(
            f'The {whose} gives scores that are not finite (NaN or infinity), '
            f'which label no point: its weights {remedy}.')
    return scores
