"""Features as colours: three principal components in one common frame."""

import torch
from torch import Tensor


def principal_axes(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (D,) and first three principal axes (D, 3) of rows (N, D)."""
    features = features.float()
    mean = features.mean(0)
    _, _, axes = torch.linalg.svd(features - mean, full_matrices=False)
    return mean, axes[:3].T


def feature_colours(features: Tensor, mean: Tensor, axes: Tensor, low: Tensor,
                    high: Tensor) -> Tensor:
    """Project features to colours along given axes.

    Student and teacher must share axes and range, or their colours say
    nothing about each other.

    Args:
        features (Tensor): (N, D).
        mean, axes (Tensor): Values of :func:`principal_axes`.
        low, high (Tensor): (3,) range that is mapped to 0..255.

    Returns:
        Tensor: (N, 3) uint8.
    """
    scores = (features.float() - mean) @ axes
    span = ((scores - low) / (high - low).clamp_min(1e-6)).clamp(0, 1)
    return (255 * span).round().byte()


def colour_range(features: Tensor, mean: Tensor,
                 axes: Tensor) -> tuple[Tensor, Tensor]:
    """2nd and 98th percentile of each principal score, (3,) each."""
    scores = (features.float() - mean) @ axes
    return scores.quantile(0.02, 0), scores.quantile(0.98, 0)
