"""Consistency of the features in one cell of space, over sweeps."""
from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import BadInput
from .matched_rows import (autocast_off, check_matched, connected_zero,
                           promote_and_detach)
from .zero_shot import class_scores


def cells_of(place: Tensor, size: float) -> Tensor:
    """Number the cells of a regular grid in which points lie.

    Args:
        place (Tensor): (N, 4) float32: number of the sample, x, y and z in
            metres. All sweeps of a sample have one number.
        size (float): Edge of a cell in metres.

    Returns:
        Tensor: (N,) int64 from 0 on.

    Example:
        >>> place = torch.tensor([[0, .1, 0, 0], [0, .3, 0, 0], [1, .1, 0, 0]])
        >>> cells_of(place, 0.5), cells_of(place, 0.2)
        (tensor([0, 0, 1]), tensor([0, 1, 2]))
    """
    grid = torch.cat([place[:, :1], place[:, 1:] / size], 1).floor().long()
    return grid.unique(dim=0, return_inverse=True)[1]


def cell_consistency_loss(student: Tensor,
                          teacher: Tensor,
                          cell: Tensor,
                          words: Tensor,
                          names_per_class: Sequence[int],
                          temperature: float = 1.0) -> Tensor:
    """Pull the points of a cell towards what points and pixels in it agree on.

    With ``t_i`` the words of the class that scores highest on the pixel
    ``q_i``, and both sums over the pairs of the cell g of i::

        a_i = exp(q_i.t_i / l) / Z_g,  b_i = exp(k_i.t_i / l) / Z_g
        Z_g = sum exp(q_j.t_j / l) + exp(k_j.t_j / l)
        f_g = sum a_j q_j + b_j k_j
        L   = mean_i 1 - sigmoid(k_i.f_g)

    Source: CLIP2Scene (Chen et al., CVPR 2023), semantic-guided
    spatial-temporal consistency regularisation, l = 1. Its N is read as the
    number of pairs. Its public code has points alone in f, of at most eight
    pairs, and one class for a cell.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        cell (Tensor): (N,) int64 from 0 on, see :func:`cells_of`.
        words (Tensor): (W, D) unit rows, those of class 0 first.
        names_per_class (Sequence[int]): K numbers of words; they sum to W. Of
            several words of a class the best counts (ours).
        temperature (float): Temperature l. Defaults to 1.

    Returns:
        Tensor: () float32 (float64 for float64 rows).

    Raises:
        BadInput: Shapes that do not match.

    Example:
        A point that is where its pixel is leaves 1 - sigmoid(1):

        >>> rows = torch.eye(2)
        >>> cell_consistency_loss(rows, rows, torch.arange(2), rows, [1, 1])
        tensor(0.2689)
    """
    check_matched(student, teacher)
    if cell.shape != student.shape[:1]:
        raise BadInput(f'{tuple(cell.shape)} cells for {len(student)} pairs.')
    if len(student) == 0:
        return connected_zero(student)
    student, teacher = promote_and_detach(student, teacher)
    words = words.detach().to(student)
    with autocast_off(student):
        scores = class_scores(teacher, words, names_per_class)
        of_pixel, label = scores.max(1)
        of_point = class_scores(student, words,
                                names_per_class).gather(1, label[:, None])[:,
                                                                           0]
        count = int(cell.max()) + 1
        logits = torch.stack([of_pixel, of_point], 1) / temperature
        # The largest of each cell, so that no sum of exponentials is 0.
        peak = logits.new_full(
            (count, ), -torch.inf).scatter_reduce(0, cell,
                                                  logits.detach().amax(1),
                                                  'amax')
        weights = (logits - peak.index_select(0, cell)[:, None]).exp()
        total = weights.new_zeros(count).index_add(0, cell, weights.sum(1))
        weights = weights / total.index_select(0, cell)[:, None]
        rows = weights[:, :1] * teacher + weights[:, 1:] * student
        fused = rows.new_zeros(count, rows.shape[1]).index_add(0, cell, rows)
        agree = (student * fused.index_select(0, cell)).sum(1)
        return (1 - agree.sigmoid()).mean()
