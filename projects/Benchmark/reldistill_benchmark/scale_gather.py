"""A model of what gather=True costs, fitted on few processes."""
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from reldistill_mm.functional import gather_rows, relational_losses, unit_rows
from .growth import across_processes
from .measure import Settings, Work

WIDTH = 512
# Pairs of each process, few enough for eight of them on a small machine, and
# of the recipe.
PAIRS, RECIPE_PAIRS = 1024, 4096
# Numbers of processes that the models are fitted to, and checked at.
FITTED, CHECKED = (1, 2, 4), 8


class Line(NamedTuple):
    """Seconds of one of W processes: ``fixed + each * W``.

    Attributes:
        fixed, each: Its coefficients, s.
        measured: W to seconds, those that it was fitted to and CHECKED.
    """
    fixed: float
    each: float
    measured: dict[int, float]

    def at(self, processes: int) -> float:
        """Seconds that it predicts."""
        return self.fixed + self.each * processes

    def residuals(self) -> dict[int, float]:
        """Measured less predicted seconds, by W."""
        return {
            processes: seconds - self.at(processes)
            for processes, seconds in self.measured.items()
        }


def fit_line(measured: dict[int, float], of: Sequence[int]) -> Line:
    """Fit a line to some of the processes by least squares."""
    each, fixed = np.polyfit(of, [measured[each] for each in of], 1)
    return Line(float(fixed), float(each), measured)


def measure_costs(settings: Settings) -> dict[str, Line]:
    """Measure and fit both parts, in seconds of the processor.

    A single process gathers nothing, and is left out of that part.

    Returns:
        dict[str, Line]: 'gather' and 'tiles'.
    """
    parts: dict[str, tuple[Callable[[str], Work], tuple[int, ...]]] = dict(
        gather=(gathering, FITTED[1:]), tiles=(tiles, FITTED))
    lines = {}
    for name, (prepare, sizes) in parts.items():
        curve = across_processes(prepare, (*sizes, CHECKED), settings)
        measured = {point['size']: point['least_s'] for point in curve}
        lines[name] = fit_line(measured, sizes)
    return lines


def gathering(device: str) -> Work:
    """Gather the rows of all ranks."""
    rows = unit_rows(torch.randn(PAIRS, WIDTH, device=device))
    return lambda: gather_rows(rows, rows)


def tiles(device: str) -> Work:
    """Take this rank's share of the loss of all rows, and its gradient."""
    student, teacher = (
        unit_rows(part) for part in torch.randn(2, PAIRS, WIDTH).to(device))
    student.requires_grad_()
    rows = gather_rows(student, teacher)

    def step() -> None:
        student.grad = None
        sum(relational_losses(
            *rows, shard_over_ranks=True)).backward(retain_graph=True)

    return step


def at_recipe(line: Line, power: int) -> Line:
    """The line for the recipe's pairs: its slope grows by their power.

    A process receives PAIRS rows of each other one (power 1), and takes PAIRS
    x PAIRS relations for each (power 2).
    """
    factor = (RECIPE_PAIRS / PAIRS)**power
    return Line(line.fixed, line.each * factor, {})
