"""How much of a difference is the seed's, the subset's and the scene's."""
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from ..errors import BadInput


class Components(NamedTuple):
    """Variances of one run, and what they make of the mean's.

    Attributes:
        seed, subset, rest: Variance components of a single run; those below
            zero are 0. NaN where the layout cannot tell: with one level.
        mean: Mean of the runs.
        of_mean: Variance of that mean by ``seed``, ``subset``, ``rest``.
        free: Degrees of freedom of each of these.
    """
    seed: float
    subset: float
    rest: float
    mean: float
    of_mean: dict[str, float]
    free: dict[str, int]


def split_variance(values: Sequence[float], seeds: Sequence[Hashable],
                   subsets: Sequence[Hashable]) -> Components:
    r"""Split the variance of runs into that of seeds, subsets and the rest.

    The model is :math:`y = \mu + a_{seed} + b_{subset} + e`, all random; what
    a seed and a subset do together is in the rest. Any layout will do, as long
    as it is connected: not every seed has to see every subset. The components
    are those of Henderson's third method (Searle, Casella & McCulloch,
    Variance Components, 1992, section 5.5): sums of squares of least squares
    are set equal to what they are expected to be. On a full table that is the
    analysis of variance. What comes out below zero is taken as 0.

    Where a layout falls into parts that share neither seed nor subset, the two
    cannot be told apart: then the parts are the units, and the variance of
    their means is the rest.

    Args:
        values (Sequence[float]): One number per run.
        seeds (Sequence): Seed of each run.
        subsets (Sequence): Labelled subset of each run.

    Returns:
        Components: With one subset the seeds alone vary, and the other way
        round; then there is no rest, which the runs of one seed would have
        to show.

    Raises:
        BadInput: No run, lists of different lengths, or a number that is not
            finite.
    """
    y = np.asarray(values, dtype=np.float64)
    if not len(y) or not len(y) == len(seeds) == len(subsets):
        raise BadInput(f'{len(y)} values of {len(seeds)} seeds and '
                       f'{len(subsets)} subsets are no runs.')
    if not np.isfinite(y).all():
        raise BadInput('A run has a value that is not finite: leave it out.')
    a, b = _indicators(seeds), _indicators(subsets)
    one = np.ones((len(y), 1))
    part = _parts(a, b)
    if part.max() > 0:
        return _by_parts(y, part)
    both = np.hstack([one, a, b])
    free = dict(
        rest=len(y) - _rank(both),
        seed=_rank(both) - _rank(np.hstack([one, b])),
        subset=_rank(both) - _rank(np.hstack([one, a])))
    rest = _squares(y, both) / free['rest'] if free['rest'] else np.nan
    # A seed that has one run differs from others by its rest, too.
    noise = 0. if np.isnan(rest) else rest
    found = {}
    for name, own, other in (('seed', a, b), ('subset', b, a)):
        if not free[name]:
            found[name] = np.nan
            continue
        base = np.hstack([one, other])
        gained = _squares(y, base) - _squares(y, both)
        left = own - base @ np.linalg.lstsq(base, own, rcond=None)[0]
        share = float((own * left).sum())
        found[name] = max(0., (gained - free[name] * noise) / share)
    of_mean = {
        'seed': _of_mean(found['seed'], a),
        'subset': _of_mean(found['subset'], b),
        'rest': noise / len(y)
    }
    return Components(found['seed'], found['subset'], rest, float(y.mean()),
                      of_mean, free)


def _parts(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N,) number of the part of each run; runs of one level are in one."""
    shared = (a @ a.T + b @ b.T) > 0
    part = np.full(len(a), -1)
    for run in range(len(a)):
        if part[run] < 0:
            inside = np.eye(len(a), dtype=bool)[run]
            while (wider := shared[inside].any(0)).sum() > inside.sum():
                inside = wider
            part[inside] = part.max() + 1
    return part


def _by_parts(y: np.ndarray, part: np.ndarray) -> Components:
    """Variance of a layout in which seeds and subsets go together."""
    sizes = np.bincount(part)
    variance = float((np.bincount(part, y) / sizes).var(ddof=1))
    share = float(np.square(sizes / len(y)).sum())
    return Components(np.nan, np.nan, variance, float(y.mean()),
                      dict(seed=0., subset=0., rest=variance * share),
                      dict(seed=0, subset=0, rest=len(sizes) - 1))


def _indicators(levels: Sequence[Hashable]) -> np.ndarray:
    """(N, L) of ones where a run has a level."""
    names = list(dict.fromkeys(levels))
    place = np.array([names.index(level) for level in levels])
    return (place[:, None] == np.arange(len(names))).astype(np.float64)


def _rank(columns: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(columns))


def _squares(y: np.ndarray, columns: np.ndarray) -> float:
    """Sum of squares that a least-squares fit leaves."""
    rest = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    return float(rest @ rest)


def _of_mean(variance: float, levels: np.ndarray) -> float:
    """Variance of the mean over runs of an effect that levels share."""
    if np.isnan(variance):
        return 0.
    return float(variance * np.square(levels.mean(0)).sum())


def miou_of(counts: np.ndarray) -> np.ndarray:
    """mIoU of confusion matrices.

    Args:
        counts (ndarray): (..., K, K); rows are labels, columns predictions.

    Returns:
        ndarray: (...) float64, over the classes that either side contains, as
        :func:`~reldistill_mm.functional.summarise`.
    """
    counts = np.asarray(counts, dtype=np.float64)
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    with np.errstate(invalid='ignore'):
        iou = hits / (counts.sum(-1) + counts.sum(-2) - hits)
    return np.nanmean(iou, axis=-1)


def resample_scenes(left: np.ndarray,
                    right: np.ndarray | None = None,
                    draws: int = 2000,
                    seed: int = 0) -> np.ndarray:
    """Draw scenes with replacement and compute the mean over runs again.

    All runs see the same draw, since they are tested on the same scenes: what
    is left of the variance is the scenes' own. mIoU is that of the summed
    matrices, not a mean of the scenes' mIoUs, of which many lack a class.

    Args:
        left (ndarray): (R, S, K, K) matrices of R runs and S scenes.
        right (ndarray, optional): The same of runs to subtract, in the same
            order. Defaults to None, nothing subtracted.
        draws (int): D. Defaults to 2000.
        seed (int): Seed for the draws. Defaults to 0.

    Returns:
        ndarray: (D,) mean over the runs of mIoU, or of its difference.
    """
    scenes = left.shape[1]
    times = np.random.default_rng(seed).multinomial(
        scenes, np.full(scenes, 1 / scenes), size=draws).astype(np.float64)
    total = np.zeros(draws)
    # Run by run: all at once would be draws x runs matrices.
    for sign, side in ((1, left), (-1, right)):
        for run in () if side is None else side:
            total += sign * miou_of(np.tensordot(times, run, 1))
    return total / len(left)
