"""Run the study and keep its runs as records."""
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from torch import Tensor

from .source import Points, make_points
from .training import LOSSES, Run, train

SET_UPS = {
    f'{name} cluster{"s" if clusters > 1 else ""}, {dims}D': (clusters, dims)
    for (clusters, name), dims in product(((1, 'one'), (3, 'three')), (2, 3))
}
LEARNING_RATES = (3e-3, 1e-2, 3e-2, 1e-1)
# Shares of the source that the inputs hide, in the study and beside it.
HIDDEN, OTHER_HIDDEN = 0.25, (0., 0.5)


class Shown(NamedTuple):
    """Points and each loss's predictions, for the pictures."""
    points: Points
    predictions: dict[str, dict[int, Tensor]]


class Study(NamedTuple):
    """Records of runs, chosen learning rates, and what pictures show."""
    runs: list[dict]
    chosen: list[dict]
    hidden_runs: list[dict]
    shown: dict[str, Shown]


def run_study(seeds: Sequence[int], iterations: int) -> Study:
    """Run every loss in every set-up.

    The learning rate of a loss in a set-up is the one with the lowest final
    value of that loss itself with the first seed: the rule never looks at U,
    T, G or CKA.
    """
    study = Study([], [], [], {})
    snapshots = shown_steps(iterations)
    for name, loss in product(SET_UPS, LOSSES):
        points = make_points(*SET_UPS[name], seed=seeds[0])
        tried = {
            rate: train(points, loss, rate, seeds[0], iterations, snapshots)
            for rate in LEARNING_RATES
        }
        rate = min(tried, key=lambda r: tried[r].final_loss)
        study.chosen.append(
            dict(
                set_up=name,
                method=loss,
                learning_rate=rate,
                final_loss={
                    r: run.final_loss
                    for r, run in tried.items()
                }))
        key = dict(set_up=name, method=loss, hidden=HIDDEN)
        study.runs.append(_record(tried[rate], seeds[0], **key))
        shown = study.shown.setdefault(name, Shown(points, {}))
        shown.predictions[loss] = tried[rate].predictions
        for seed in seeds[1:]:
            points = make_points(*SET_UPS[name], seed=seed)
            run = train(points, loss, rate, seed, iterations)
            study.runs.append(_record(run, seed, **key))
        for hidden in OTHER_HIDDEN:
            points = make_points(*SET_UPS[name], seeds[0], hidden)
            run = train(points, loss, rate, seeds[0], iterations)
            study.hidden_runs.append(
                _record(run, seeds[0], **dict(key, hidden=hidden)))
        print(f'{name}: {loss} (learning rate {rate:g})', flush=True)
    return study


def shown_steps(iterations: int) -> tuple[int, ...]:
    """List the iterations that the pictures show, ascending."""
    parts = (0, 0.02, 0.1, 0.3, 1)
    return tuple(sorted({round(iterations * part) for part in parts}))


def _record(run: Run, seed: int, **key: object) -> dict:
    """Make a record: a run's last values flat, its curves below."""
    final = {name: values[-1] for name, values in run.curves.items()}
    return dict(**key, seed=seed, **final, steps=run.steps, curves=run.curves)
