"""Measures of the structure of a representation on the unit sphere.

All take unit rows (N, D) (:func:`.matched_rows.unit_rows`), sum in float64
and hold no N x N matrix. Sources: uniformity, Wang & Isola, ICML 2020, with
the sign turned as Mahmoud et al., ECCV 2024, report it (higher is more
spread; that t = 2 is our reading); tolerance, Wang & Liu, CVPR 2021; modality
gap, Liang et al., NeurIPS 2022; linear CKA, Kornblith et al., ICML 2019.
"""
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import BadInput

_ENTRIES = 1 << 22


class Tolerance(NamedTuple):
    """Tolerance over all pairs, () float64, and of each class (K,)."""
    overall: Tensor
    per_class: Tensor


def uniformity(features: Tensor,
               t: float = 2.,
               max_rows: int | None = None,
               seed: int = 0) -> Tensor:
    """``-log mean_{i != j} exp(-t |x_i - x_j|^2)``.

    Args:
        features (Tensor): (N, D) unit rows.
        t (float): Sharpness of the kernel. Defaults to 2.
        max_rows (int, optional): Take that many rows, drawn with ``seed``.
            Defaults to None: all pairs, exactly.
        seed (int): Seed for the draw. Defaults to 0.

    Returns:
        Tensor: () float64; NaN for fewer than two rows. 0 when all rows are
        the same.

    Raises:
        BadInput: The features are not rows (N, D).

    Example:
        The squared distance of two rows at a right angle is 2:

        >>> uniformity(torch.eye(2), t=2.)
        tensor(4.0000, dtype=torch.float64)
    """
    _check(features)
    if max_rows is not None and len(features) > max_rows:
        features = features[_draw(len(features), max_rows, seed)]
    count = len(features)
    if count < 2:
        return _nan(features)
    features = features.detach().float()
    # |x - y|^2 = |x|^2 + |y|^2 - 2 x y; rows need not be quite of length 1.
    square = (features * features).sum(1)
    total = torch.zeros((), dtype=torch.float64, device=features.device)
    rows = max(_ENTRIES // count, 1)
    for start in range(0, count, rows):
        stop = min(start + rows, count)
        # Only pairs right of the diagonal: each stands for two.
        # Not under autocast: half precision would round distances away.
        with torch.autocast(features.device.type, enabled=False):
            squared_distance = torch.addmm(
                square[start:],
                features[start:stop],
                features[start:].T,
                alpha=-2.)
        squared_distance += square[start:stop, None]
        near = squared_distance.clamp_min_(0).mul_(-t).exp_()
        total += near.triu_(1).sum(dtype=torch.float64)
    return -torch.log(2 * total / (count * (count - 1)))


def tolerance(features: Tensor, labels: Tensor, num_classes: int) -> Tolerance:
    """Mean ``x_i . x_j`` over pairs i != j of the same class.

    Closed form: ``(|sum x|^2 - sum |x|^2) / (n (n - 1))`` for each class.

    Args:
        features (Tensor): (N, D) unit rows.
        labels (Tensor): (N,) int64; those outside 0..K-1 do not count.
        num_classes (int): K.

    Returns:
        Tolerance: Values, NaN where a class has no pair.

    Raises:
        BadInput: The features are not rows (N, D).

    Example:
        Two rows of class 0 at a right angle, two of class 1 that are equal:

        >>> rows = torch.tensor([[1., 0.], [0., 1.], [1., 0.], [1., 0.]])
        >>> overall, per_class = tolerance(rows, torch.tensor([0, 0, 1, 1]), 2)
        >>> overall, per_class.tolist()
        (tensor(0.5000, dtype=torch.float64), [0.0, 1.0])
    """
    _check(features)
    valid = (labels >= 0) & (labels < num_classes)
    rows = features.detach()[valid].double()
    labels = labels[valid].long()
    sums = rows.new_zeros(num_classes, rows.shape[1])
    sums.index_add_(0, labels, rows)
    own = rows.new_zeros(num_classes)
    own.index_add_(0, labels, (rows * rows).sum(1))
    count = torch.bincount(labels, minlength=num_classes).double()
    products = (sums * sums).sum(1) - own
    pairs = count * (count - 1)
    per_class = products / pairs
    per_class[pairs == 0] = torch.nan
    return Tolerance(products[pairs > 0].sum() / pairs.sum(), per_class)


def modality_gap(student: Tensor, teacher: Tensor) -> Tensor:
    """``|mean_i k_i - mean_i q_i|`` over matched rows (N, D), () float64.

    Raises:
        BadInput: Shapes that do not match.

    Example:
        >>> modality_gap(torch.tensor([[1., 0.]]), torch.tensor([[-1., 0.]]))
        tensor(2., dtype=torch.float64)
    """
    _check(student, teacher)
    mean_difference = (
        student.detach().double().mean(0) - teacher.detach().double().mean(0))
    return mean_difference.norm()


def linear_cka(student: Tensor, teacher: Tensor) -> Tensor:
    """Centred kernel alignment of matched rows with a linear kernel.

    ``|K^T Q|^2 / (|K^T K| |Q^T Q|)`` of centred columns, from D x D products
    alone.

    Args:
        student (Tensor): (N, D1) rows.
        teacher (Tensor): (N, D2) rows.

    Returns:
        Tensor: () float64 in [0, 1], 1 for representations that are equal up
        to rotation and scale; NaN when one of them is a single point.

    Raises:
        BadInput: Different numbers of rows.

    Example:
        >>> student = torch.tensor([[1., 0.], [0., 1.], [-1., 0.]])
        >>> float(linear_cka(student, 3 * student.flip(1))) > 1 - 1e-9
        True
    """
    if len(student) != len(teacher):
        raise BadInput(f'{len(student)} student rows cannot be matched with '
                       f'{len(teacher)} teacher rows.')
    student, teacher = (
        rows.detach().double() - rows.detach().double().mean(0)
        for rows in (student, teacher))
    cross = (student.T @ teacher).square().sum()
    return cross / ((student.T @ student).norm() *
                    (teacher.T @ teacher).norm())


def balanced_rows(labels: Tensor,
                  per_class: int = 5000,
                  seed: int = 0) -> Tensor:
    """Sample up to ``per_class`` rows of every class, as in the paper.

    Args:
        labels (Tensor): (N,) int64; negative ones are left out.
        per_class (int): Most rows of a class. Defaults to 5000.
        seed (int): Seed for the draw. Defaults to 0.

    Returns:
        Tensor: (M,) int64 rows, ascending.

    Example:
        >>> labels = torch.tensor([0, 0, 0, 1, -1])
        >>> labels[balanced_rows(labels, per_class=2)]
        tensor([0, 0, 1])
    """
    order = _draw(len(labels), len(labels), seed).to(labels.device)
    kept = []
    for label in labels.unique():
        if label >= 0:
            kept.append(order[labels[order] == label][:per_class])
    if not kept:
        return labels.new_zeros(0, dtype=torch.long)
    return torch.cat(kept).sort().values


def structure_measures(student: Tensor,
                       teacher: Tensor,
                       labels: Tensor | None = None,
                       num_classes: int = 0,
                       max_rows: int | None = None) -> dict[str, float]:
    """Compute all measures of matched student and teacher rows.

    Args:
        student, teacher (Tensor): (N, D) unit rows.
        labels (Tensor, optional): (N,) labels; tolerance needs them.
        num_classes (int): K.
        max_rows (int, optional): See :func:`uniformity`.

    Returns:
        dict[str, float]: ``uniformity``, ``tolerance`` of the student and
        those of the teacher (``teacher_*``), ``modality_gap`` and ``cka``.

    Raises:
        BadInput: Shapes that do not match.

    Example:
        >>> sorted(structure_measures(torch.eye(2), torch.eye(2)))
        ['cka', 'modality_gap', 'teacher_uniformity', 'uniformity']
    """
    _check(student, teacher)
    out = {}
    for prefix, rows in (('', student), ('teacher_', teacher)):
        out[f'{prefix}uniformity'] = float(uniformity(rows, max_rows=max_rows))
        if labels is not None:
            out[f'{prefix}tolerance'] = float(
                tolerance(rows, labels, num_classes).overall)
    out['modality_gap'] = float(modality_gap(student, teacher))
    out['cka'] = float(linear_cka(student, teacher))
    return out


def _draw(count: int, wanted: int, seed: int) -> Tensor:
    """Draw ``wanted`` of ``count`` rows, the same on every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(count, generator=generator)[:wanted]


def _nan(like: Tensor) -> Tensor:
    return like.new_full((), torch.nan, dtype=torch.float64)


def _check(*features: Tensor) -> None:
    shapes = [tuple(rows.shape) for rows in features]
    if any(len(shape) != 2 for shape in shapes) or len(set(shapes)) != 1:
        raise BadInput(f'Features must be rows (N, D), matched ones of one '
                       f'shape; got {" and ".join(map(str, shapes))}.')
