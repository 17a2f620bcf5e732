"""A linear classifier of fixed features, trained until it has converged."""
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import BadInput

# Rows of one product: what is computed of them stays in the caches.
_CHUNK = 65536
_HISTORY = 20
# Of a class without a label: no score is as low, and softmax stays finite.
_NEVER = -1e4


class LinearFit(NamedTuple):
    """A linear classifier and how its training ended.

    Attributes:
        weight: (K, D) float64.
        bias: (K,) float64.
        loss: Objective at the end.
        gradient: Largest absolute entry of its gradient there.
        evaluations: Number of times that it was computed.
    """
    weight: Tensor
    bias: Tensor
    loss: float
    gradient: float
    evaluations: int


def _alone(values: Tensor) -> Tensor:
    return values


def fit_linear(features: Tensor,
               labels: Tensor,
               num_classes: int,
               l2: float = 1e-6,
               balanced: bool = False,
               tolerance: float = 1e-5,
               max_steps: int = 1000,
               device: torch.device | str | None = None,
               add_ranks: Callable[[Tensor], Tensor] = _alone) -> LinearFit:
    r"""Fit a multinomial logistic regression by L-BFGS on all rows at once.

    The objective, convex, of standardised features :math:`z`:

    .. math::
        \frac{\sum_i w_{y_i} \mathrm{CE}(W z_i + b, y_i)}{\sum_i w_{y_i}}
        + \frac{\lambda}{2} \lVert W \rVert^2

    Features are standardised (mean 0, deviation 1) for the sake of the solver,
    and the result is of the features as they are. Source: scikit-learn's
    ``LogisticRegression``, whose ``C`` is :math:`1 / (\lambda n)`, with the
    features standardised.

    Args:
        features (Tensor): (N, D), anywhere; on the CPU if they are many. It
            is read in parts of 65 536 rows, and computed in float32 or, if it
            is that, in float64.
        labels (Tensor): (N,) int64 from 0 to K - 1.
        num_classes (int): K. A class without rows is never predicted.
        l2 (float): :math:`\lambda`. Defaults to 1e-6.
        balanced (bool): Whether classes count alike, :math:`w_c = 1 / n_c`,
            rather than rows, :math:`w_c = 1`. Defaults to False.
        tolerance (float): Largest entry of the gradient at which it ends.
            Defaults to 1e-5.
        max_steps (int): Steps after which it ends at the latest. Defaults to
            1000.
        device (torch.device or str, optional): Where it is computed. Defaults
            to that of the features.
        add_ranks (Callable): Sums a tensor over processes that hold parts of
            the rows. Defaults to one process.

    Returns:
        LinearFit: On the CPU, alike on every process.

    Raises:
        BadInput: Labels of fewer than two classes, labels out of range, or
            features that are not finite.
    """
    device = torch.device(device or features.device)
    if len(labels) and not (0 <= int(labels.min())
                            and int(labels.max()) < num_classes):
        raise BadInput(f'Labels from {int(labels.min())} to '
                       f'{int(labels.max())} are not those of {num_classes} '
                       'classes.')
    counts = add_ranks(
        torch.bincount(labels.cpu(), minlength=num_classes).double())
    present = counts > 0
    if present.sum() < 2:
        raise BadInput(
            f'A classifier needs labels of two classes; of '
            f'{num_classes} there are rows of {int(present.sum())}.')
    kind = torch.promote_types(features.dtype, torch.float32)
    mean, std = (
        each.to(device, kind)
        for each in _standard(features, counts.sum(), add_ranks))
    share = torch.where(present, 1 / counts.clamp(min=1),
                        0.) if balanced else present.double()
    share = (share / (share * counts).sum()).to(device, kind)
    classes = int(present.sum())
    # Class to its place among those that are there.
    place = (present.cumsum(0) - 1).to(device)
    flat = torch.zeros(
        classes * (features.shape[1] + 1), dtype=torch.float64, device=device)
    flat.requires_grad_()
    calls = 0

    def objective() -> Tensor:
        nonlocal calls
        calls += 1
        weight, bias = _apart(flat.detach(), classes)
        total = torch.zeros_like(flat)
        loss = torch.zeros(1, dtype=torch.float64, device=device)
        for part, label in zip(
                features.split(_CHUNK), labels.split(_CHUNK), strict=True):
            rows = (part.to(device, kind) - mean) / std
            label = label.to(device)
            scores = rows @ weight.to(kind).T + bias.to(kind)
            target, each = place[label][:, None], share[label][:, None]
            logs = scores.log_softmax(1)
            loss -= (logs.gather(1, target) * each).sum(dtype=torch.float64)
            wrong = logs.exp_().scatter_add_(1, target, -torch.ones_like(each))
            wrong *= each
            total += torch.cat([(wrong.T @ rows).flatten(),
                                wrong.sum(0)]).double()
        both = add_ranks(torch.cat([total, loss]))
        total, loss = both[:-1], both[-1]
        total[:weight.numel()] += l2 * weight.flatten()
        flat.grad = total
        return loss + l2 / 2 * weight.square().sum()

    solver = torch.optim.LBFGS([flat],
                               max_iter=max_steps,
                               max_eval=2 * max_steps,
                               history_size=_HISTORY,
                               tolerance_grad=tolerance,
                               tolerance_change=0,
                               line_search_fn='strong_wolfe')
    with torch.no_grad():
        # The closure needs no graph: the gradient is written down.
        solver.step(objective)
        loss = float(objective())
    assert flat.grad is not None
    gradient = float(flat.grad.abs().max())
    found, bias = (each.cpu() for each in _apart(flat.detach(), classes))
    weight = torch.zeros(num_classes, features.shape[1], dtype=torch.float64)
    weight[present] = found / std.cpu()
    offset = torch.full((num_classes, ), _NEVER, dtype=torch.float64)
    offset[present] = bias - weight[present] @ mean.cpu().double()
    return LinearFit(weight, offset, loss, gradient, calls)


def _standard(features: Tensor, count: Tensor,
              add_ranks: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of every column; 1 for one that is flat."""
    sums = torch.zeros(2, features.shape[1], dtype=torch.float64)
    for part in features.split(_CHUNK):
        rows = part.double().cpu()
        sums += torch.stack([rows.sum(0), rows.square().sum(0)])
    mean, square = add_ranks(sums) / count.cpu()
    variance = square - mean.square()
    if not torch.isfinite(variance).all():
        raise BadInput('Features that are not finite: look for the layer that '
                       'makes them, or for a checkpoint that holds them.')
    flat = variance <= 1e-12 * square
    return mean, torch.where(flat, 1., variance.clamp(min=0).sqrt())


def _apart(flat: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """The weights (K, D) and biases (K,) that a vector holds."""
    return flat[:-classes].reshape(classes, -1), flat[-classes:]
