"""Rank correlation of two numbers over runs, given a third."""
import itertools
import math
from collections.abc import Hashable, Sequence

import numpy as np
from scipy import stats

from ..errors import BadInput
from .correlation import RankCorrelation, bootstrap_interval, number_groups

# Below this spread of what is given, or of what is left, nothing is left.
_NOTHING = 1e-9


def partial_rank_correlation(first: Sequence[float],
                             second: Sequence[float],
                             given: Sequence[float],
                             groups: Sequence[Hashable] | None = None,
                             draws: int = 5000,
                             seed: int = 0) -> RankCorrelation:
    """Spearman's rank correlation of two numbers, given a third.

    The correlation of what is left of both numbers' ranks once a straight line
    in the third's ranks is taken out: ``(r_xy - r_xz r_yz) / sqrt((1 - r_xz^2)
    (1 - r_yz^2))`` of Spearman's three correlations (Kendall & Stuart 1973,
    chapter 27, for Pearson's). It says whether two numbers go together beyond
    what both have to do with the third.

    Runs of one group are no independent evidence: the interval draws groups,
    then runs within them, as :func:`.rank_correlation` does; the p-value is
    that of the groups' means, whose residuals are permuted (Freedman & Lane
    1983), an approximation, exact only where the third number is the same
    everywhere.

    Args:
        first, second, given (Sequence[float]): One number per run; a run where
            one is None or not finite is left out and counted.
        groups (Sequence[Hashable], optional): Group of each run. Defaults to
            None, each run of its own.
        draws (int): Number of bootstrap samples and of permutations. Defaults
            to 5000.
        seed (int): Seed for the draws. Defaults to 0.

    Returns:
        RankCorrelation: All NaN for fewer than four runs, where ``first`` or
        ``second`` follows from the third by rank, or where ``given`` is the
        same in all runs: then there is nothing to be given. For fewer than
        four groups there is a rho alone.

    Raises:
        BadInput: Numbers or groups of different counts of runs.
    """
    columns = [np.asarray(side, np.float64) for side in (first, second, given)]
    names = range(len(columns[0])) if groups is None else groups
    if len({column.shape for column in columns}) > 1 or \
            columns[0].ndim != 1 or len(names) != len(columns[0]):
        raise BadInput('Numbers of '
                       f'{", ".join(str(c.shape) for c in columns)} runs in '
                       f'groups of {len(names)} cannot be correlated.')
    known = np.isfinite(np.stack(columns)).prod(0).astype(bool)
    columns = [column[known] for column in columns]
    group = number_groups([n for n, kept in zip(names, known) if kept])
    runs, count = int(known.sum()), len(set(group.tolist()))
    counts = (runs, count, int((~known).sum()))
    nothing = RankCorrelation(np.nan, np.nan, np.nan, np.nan, *counts)
    if runs < 4:
        return nothing
    rho = float(partial_rho(*(column[None] for column in columns))[0])
    if math.isnan(rho) or count < 4:
        return nothing._replace(rho=rho)
    generator = np.random.default_rng(seed)
    low, high = bootstrap_interval(columns, partial_rho, group, draws,
                                   generator)
    return RankCorrelation(rho, low, high,
                           _p_value(columns, group, draws, generator), *counts)


def partial_rho(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Partial rho row by row of (R, N); NaN where nothing is left."""
    left, right = _residuals(x, z), _residuals(y, z)
    return _cosine(left, right)


def _residuals(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """What a line in the ranks of one leaves of the ranks of the other.

    NaN where ``given`` is the same everywhere, or nothing is left.
    """
    ranks, line = (
        _centred(stats.rankdata(side, axis=1)) for side in (values, given))
    square = (line * line).sum(1, keepdims=True)
    with np.errstate(invalid='ignore', divide='ignore'):
        slope = (ranks * line).sum(1, keepdims=True) / square
    rest = ranks - slope * line
    size = np.sqrt((rest * rest).sum(1, keepdims=True))
    scale = np.sqrt((ranks * ranks).sum(1, keepdims=True))
    return np.where(size > _NOTHING * np.maximum(scale, 1), rest, np.nan)


def _centred(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(1, keepdims=True)


def _cosine(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    norm = np.sqrt((left * left).sum(1) * (right * right).sum(1))
    with np.errstate(invalid='ignore'):
        return (left * right).sum(1) / norm


def _p_value(columns: Sequence[np.ndarray], group: np.ndarray, draws: int,
             generator: np.random.Generator) -> float:
    """Share of the orders of the means' residuals that are as strong."""
    size = np.bincount(group)
    x, y, z = (np.bincount(group, side)[None] / size for side in columns)
    left, right = _residuals(x, z), _residuals(y, z)
    observed = abs(_cosine(left, right)[0])
    if math.isnan(observed):
        return math.nan
    exact = math.factorial(len(size)) <= draws
    if exact:
        orders = np.array(list(itertools.permutations(right[0])))
    else:
        orders = generator.permuted(np.tile(right[0], (draws, 1)), axis=1)
    # What is permuted has to do with the third number again: take it out anew.
    line = _centred(stats.rankdata(z, axis=1))
    orders = orders - orders @ line.T / (line @ line.T) * line
    found = np.abs(_cosine(left, orders))
    strong = int((~(found < observed - 1e-12)).sum())
    return strong / len(orders) if exact else (1 + strong) / (1 + draws)
