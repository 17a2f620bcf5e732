"""Rank correlation of two figures over runs, with its uncertainty."""
from typing import NamedTuple, Sequence

import numpy as np
from scipy import stats


class RankCorrelation(NamedTuple):
    """Spearman's rho, its 95 % bootstrap interval, its p-value, the runs."""
    rho: float
    low: float
    high: float
    p_value: float
    runs: int


def rank_correlation(first: Sequence[float],
                     second: Sequence[float],
                     draws: int = 5000,
                     seed: int = 0) -> RankCorrelation:
    """Spearman's rank correlation over runs.

    The interval is the percentile bootstrap over runs; the two-sided p-value
    comes from permutations (Phipson & Smyth 2010: the observed order counts
    as one of them, so that p is never 0).

    Args:
        first, second (Sequence[float]): One figure a run.
        draws (int): Of the bootstrap and of permutations. Defaults to 5000.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        RankCorrelation: All NaN for fewer than three runs or a figure that
        is the same in all of them.

    Raises:
        ValueError: Figures of different numbers of runs, or not finite.
    """
    x, y = (np.asarray(side, dtype=np.float64) for side in (first, second))
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f'Figures of {x.shape} and {y.shape} runs cannot be '
                         'correlated.')
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError('Figures that are not finite have no rank: leave '
                         f'such runs out ({x.tolist()}, {y.tolist()}).')
    count = len(x)
    if count < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return RankCorrelation(*[np.nan] * 4, count)
    rho = float(_rho(x[None], y[None])[0])
    generator = np.random.default_rng(seed)
    shuffled = generator.permuted(np.tile(y, (draws, 1)), axis=1)
    as_strong = np.abs(_rho(x[None], shuffled)) >= abs(rho) - 1e-12
    rows = generator.integers(count, size=(draws, count))
    resampled = _rho(x[rows], y[rows])
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return RankCorrelation(rho, float(low), float(high),
                           float((1 + as_strong.sum()) / (1 + draws)), count)


def _rho(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Row by row; NaN where all figures of a row are the same."""
    x, y = (stats.rankdata(side, axis=1) for side in (x, y))
    x, y = (side - side.mean(1, keepdims=True) for side in (x, y))
    norm = np.sqrt((x * x).sum(1) * (y * y).sum(1))
    with np.errstate(invalid='ignore'):
        return (x * y).sum(1) / norm
