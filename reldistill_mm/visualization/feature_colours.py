"""Features as colours: three principal components in one common frame."""

import numpy as np
import torch
from torch import Tensor

# What a picture in these colours says below.
COLOURS_NOTE = (
    "Red, green, blue: three principal components of the teacher's features. "
    'Points of one colour have similar features; dark: no camera sees the '
    'point.')
_UNSEEN = 40
# Rows that the axes are found from: more change no colour that one sees.
_ROWS = 5000


def seen_colours(points: int, point: Tensor, colours: Tensor) -> np.ndarray:
    """Colour N points of which some have features; the others are dark.

    Args:
        points (int): N.
        point (Tensor): (P,) int64, the point of each feature; of several the
            last one counts.
        colours (Tensor): (P, 3) uint8.

    Returns:
        np.ndarray: (N, 3) uint8.
    """
    found = np.full((points, 3), _UNSEEN, np.uint8)
    found[point.cpu().numpy()] = colours.cpu().numpy()
    return found


def common_colours(teacher: Tensor, student: Tensor) -> tuple[Tensor, Tensor]:
    """Colour teacher and student along the teacher's axes, in its range.

    Args:
        teacher (Tensor): (N, D).
        student (Tensor): (M, D), on the same device.

    Returns:
        tuple[Tensor, Tensor]: (N, 3) and (M, 3) uint8.
    """
    some = teacher[::max(len(teacher) // _ROWS, 1)]
    mean, axes = principal_axes(some)
    low, high = colour_range(some, mean, axes)
    return (feature_colours(teacher, mean, axes, low, high),
            feature_colours(student, mean, axes, low, high))


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
