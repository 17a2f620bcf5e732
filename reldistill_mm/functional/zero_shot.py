"""Classify features by the nearest class name."""
from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import BadInput


def class_scores(features: Tensor, text_weights: Tensor,
                 names_per_class: Sequence[int]) -> Tensor:
    """Compute the cosine score of each class, the best of its names.

    Args:
        features (Tensor): (N, D) unit rows.
        text_weights (Tensor): (W, D) unit rows, the names of class 0 first,
            then those of class 1, and so on.
        names_per_class (Sequence[int]): K counts that sum to W.

    Returns:
        Tensor: (N, K) scores in [-1, 1]; their argmax is the label.

    Raises:
        BadInput: The counts do not sum to W, or a class has no name.

    Example:
        Two names for the first class, one for the second:

        >>> class_scores(torch.tensor([[0.6, 0.8, 0.]]), torch.eye(3), [2, 1])
        tensor([[0.8000, 0.0000]])
    """
    if sum(names_per_class) != len(text_weights) or min(names_per_class) < 1:
        raise BadInput(
            f'{list(names_per_class)} names per class do not describe '
            f'{len(text_weights)} text embeddings.')
    scores = features @ text_weights.T
    parts = scores.split(list(names_per_class), dim=1)
    return torch.stack([part.amax(1) for part in parts], 1)
