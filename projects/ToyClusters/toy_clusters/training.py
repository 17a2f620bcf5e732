"""Train one MLP with one loss."""
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from reldistill_mm.functional import (contrastive_loss, relational_cross_loss,
                                      relational_intra_loss, relational_losses,
                                      similarity_loss, structure_measures,
                                      unit_rows)
from .source import Points


def _relational(student: Tensor, teacher: Tensor) -> Tensor:
    return sum(relational_losses(student, teacher))


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    'contrastive': contrastive_loss,
    'similarity': similarity_loss,
    'relational': _relational,
    'relational, cross-modal alone': relational_cross_loss,
    'relational, intra-modal alone': relational_intra_loss,
}


class Run(NamedTuple):
    """Results of a run.

    ``curves`` has measure to values at ``steps``; ``predictions`` has step to
    features (N, 3); ``final_loss`` is the mean over the last tenth.
    """
    steps: list[int]
    curves: dict[str, list[float]]
    predictions: dict[int, Tensor]
    final_loss: float


def train(points: Points,
          loss: str,
          learning_rate: float,
          seed: int,
          iterations: int = 300,
          shown: tuple = ()) -> Run:
    """Train by full-batch Adam with a cosine schedule.

    Args:
        points (Points): Inputs and source.
        loss (str): Key of ``LOSSES``.
        learning_rate (float): Initial learning rate.
        seed (int): Seed of the MLP's weights.
        iterations (int): Number of iterations. Defaults to 300.
        shown (tuple): Iterations whose predictions are kept.

    Returns:
        Run: Measures at about 40 iterations, denser at the start.
    """
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(points.inputs.shape[1], 64), nn.ReLU(), nn.Linear(64, 64),
        nn.ReLU(), nn.Linear(64, 3))
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, iterations)
    steps, values = measured_steps(iterations), []
    curves: dict[str, list[float]] = {}
    predictions: dict[int, Tensor] = {}
    for step in range(iterations + 1):
        student = unit_rows(model(points.inputs))
        value = LOSSES[loss](student, points.source)
        values.append(float(value))
        if step in steps:
            for name, figure in _measures(student, points).items():
                curves.setdefault(name, []).append(figure)
        if step in shown:
            predictions[step] = student.detach()
        if step < iterations:
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
    last = values[-max(iterations // 10, 1):]
    return Run(steps, curves, predictions, sum(last) / len(last))


def measured_steps(iterations: int) -> list[int]:
    """List steps from 0 to ``iterations``, spaced as squares."""
    return sorted({round(iterations * (i / 40)**2) for i in range(41)})


def _measures(student: Tensor, points: Points) -> dict[str, float]:
    """Compute the package's measures (T over all pairs) and mean cosine."""
    labels = torch.zeros(len(student), dtype=torch.long)
    figures = structure_measures(student, points.source, labels, 1)
    figures['cosine'] = float((student * points.source).sum(1).mean())
    return figures
