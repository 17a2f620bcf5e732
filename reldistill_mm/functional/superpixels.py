"""Superpixels: which segment of its image a pixel lies in, and their rows."""
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .geometry import PointPixelPairs
from .matched_rows import unit_rows


def segments_at(maps: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]],
                pairs: PointPixelPairs) -> np.ndarray:
    """Look up the segment of each pair's pixel.

    Args:
        maps (Sequence[np.ndarray]): V integer maps (h, w) of segments, each of
            a whole image, though not necessarily of its size.
        sizes (Sequence[tuple[int, int]]): V sizes (height, width) of the
            images to whose pixels the pairs point.
        pairs (PointPixelPairs): P pairs.

    Returns:
        np.ndarray: (P,) int64.

    Example:
        A map of half the image's size:

        >>> pairs = PointPixelPairs(
        ...     np.arange(3), np.zeros(3, int),
        ...     np.array([[0, 0], [1.4, 0], [1.6, 3]]), np.ones(3))
        >>> segments_at([np.array([[1, 2], [3, 4]])], [(4, 4)], pairs)
        array([1, 1, 4])
    """
    found = np.full(len(pairs.point), -1, np.int64)
    for camera, (segments, size) in enumerate(zip(maps, sizes)):
        mine = pairs.camera == camera
        shape = np.array(segments.shape)
        # Edge on edge: an integer coordinate is the centre of a pixel.
        place = (pairs.uv[mine, ::-1] + 0.5) * (shape / size)
        row, column = np.clip(place.astype(np.int64), 0, shape - 1).T
        found[mine] = segments[row, column]
    return found


def pool_rows(student: Tensor, teacher: Tensor,
              group: Tensor) -> tuple[Tensor, Tensor]:
    """Pool matched rows: one row for each group, the mean of its unit rows.

    Source: SLidR (Sautier et al., CVPR 2022) pools normalised features over
    superpixels. It takes the mean of the image over all pixels of one; here
    both means are over the same pairs.

    Args:
        student (Tensor): (P, D) point features.
        teacher (Tensor): (P, D) features of the same pairs, frozen.
        group (Tensor): (P,) int64, whatever numbers; rows of one number are
            pooled.

    Returns:
        tuple[Tensor, Tensor]: (G, D) float32 each, not normalised again, in
        the order of the groups' numbers. G is 0 where P is, and the student's
        rows have a graph all the same. On a GPU the sums are rounded in an
        order that varies.

    Example:
        >>> rows = torch.tensor([[2., 0.], [0., 1.], [0., 3.]])
        >>> pool_rows(rows, rows, torch.tensor([7, -1, 7]))[0]
        tensor([[0.0000, 1.0000],
                [0.5000, 0.5000]])
    """
    groups, place, count = group.unique(
        return_inverse=True, return_counts=True)
    pooled = []
    for rows in (student, teacher):
        total = rows.new_zeros(len(groups), rows.shape[1], dtype=torch.float32)
        total = total.index_add(0, place, unit_rows(rows))
        pooled.append(total / count[:, None])
    return pooled[0], pooled[1]
