"""Confusion matrices and the numbers derived from them."""

import torch
from torch import Tensor

from ..errors import BadInput


def confusion_matrix(prediction: Tensor, label: Tensor, num_classes: int,
                     ignore_index: int) -> Tensor:
    """Count (label, prediction) pairs.

    Args:
        prediction (Tensor): (N,) integer in [0, K).
        label (Tensor): (N,) integer in [0, K), or ``ignore_index``.
        num_classes (int): K.
        ignore_index (int): Label of the points that are not counted.

    Returns:
        Tensor: (K, K) int64; rows are labels, columns predictions.

    Raises:
        BadInput: Different lengths, or a value outside its range (a
            prediction of K would silently be counted in another row).

    Example:
        >>> label = torch.tensor([0, 0, 1, 9])
        >>> prediction = torch.tensor([0, 1, 1, 1])
        >>> confusion_matrix(prediction, label, 2, ignore_index=9)
        tensor([[1, 1],
                [0, 1]])
    """
    if prediction.shape != label.shape:
        raise BadInput(f'{prediction.numel()} predictions for '
                       f'{label.numel()} labels.')
    counted = label != ignore_index
    prediction, label = prediction[counted].long(), label[counted].long()
    for name, values in (('prediction', prediction), ('label', label)):
        outside = (values < 0) | (values >= num_classes)
        if bool(outside.any()):
            raise BadInput(
                f'A {name} of {int(values[outside][0])} is outside '
                f'[0, {num_classes}); {num_classes} classes need exactly '
                f'{num_classes} outputs, and ignored labels must be '
                f'{ignore_index}.')
    flat = torch.bincount(
        label * num_classes + prediction, minlength=num_classes**2)
    return flat.reshape(num_classes, num_classes)


def iou_per_class(matrix: Tensor) -> Tensor:
    """Compute each class's IoU from a (K, K) confusion matrix.

    Returns:
        Tensor: (K,) float64; nan for a class that neither side contains.

    Example:
        >>> iou_per_class(torch.tensor([[1, 1], [0, 1]]))
        tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    matrix = matrix.double()
    hits = matrix.diagonal()
    return hits / (matrix.sum(0) + matrix.sum(1) - hits)


def summarise(matrix: Tensor) -> dict[str, float]:
    """Compute the reported numbers of a (K, K) confusion matrix.

    Returns:
        dict[str, float]: ``miou`` over the classes that occur on either
        side, ``acc`` over points, ``acc_cls`` over labelled classes (nan
        where nothing was counted) and ``classes``, how many ``miou``
        averages.

    Example:
        >>> summarise(torch.tensor([[3, 0, 0], [1, 0, 0], [0, 0, 0]]))
        {'miou': 0.375, 'acc': 0.75, 'acc_cls': 0.5, 'classes': 2}
    """
    iou = iou_per_class(matrix)
    matrix = matrix.double()
    recall = matrix.diagonal() / matrix.sum(1)
    return dict(
        miou=float(iou.nanmean()),
        acc=float(matrix.diagonal().sum() / matrix.sum()),
        acc_cls=float(recall.nanmean()),
        classes=int((~iou.isnan()).sum()))
