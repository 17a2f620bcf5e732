"""The teacher's features where a batch has images of several sizes."""
from collections.abc import Sequence

import torch
from torch import Tensor

from .teachers.base import FrozenTeacher


def features_of_batch(teacher: FrozenTeacher,
                      images: Tensor | Sequence[Tensor], image: Tensor,
                      uv: Tensor) -> Tensor:
    """Compute the features of a batch's pixels, each size by itself.

    Padding images of one data set to the size of another's would change
    their features.

    Args:
        teacher (FrozenTeacher): The teacher.
        images (Tensor | Sequence[Tensor]): (B, V, 3, H, W), or B tensors
            (V, 3, H, W) where sizes differ.
        image (Tensor): (P,) int64, ``sample * V + camera`` of each pixel.
        uv (Tensor): (P, 2) float, pixel positions.

    Returns:
        Tensor: (P, D) float32, see :meth:`FrozenTeacher.features_at`.
    """
    if isinstance(images, Tensor):
        return teacher.features_at(images.flatten(0, 1), image, uv)
    groups: dict[tuple[int, ...], list[int]] = {}
    for sample, views in enumerate(images):
        groups.setdefault(tuple(views.shape), []).append(sample)
    count = len(images[0])
    parts, rows = [], []
    for samples in groups.values():
        place = image.new_full((len(images), count), -1)
        place[samples] = torch.arange(
            len(samples) * count, device=image.device).view(-1, count)
        chosen = place.flatten()[image]
        row = (chosen >= 0).nonzero().flatten()
        rows.append(row)
        parts.append(
            teacher.features_at(
                torch.cat([images[sample] for sample in samples]), chosen[row],
                uv[row]))
    features = torch.cat(parts)
    return torch.empty_like(features).index_copy_(0, torch.cat(rows), features)
