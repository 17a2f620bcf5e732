"""Rank correlation of two numbers over runs, with its uncertainty."""
import itertools
import math
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..errors import BadInput


class RankCorrelation(NamedTuple):
    """Spearman's rho and how far it can be trusted.

    Attributes:
        rho: Correlation over all runs.
        low, high: 95 % interval of the cluster bootstrap.
        p_value: Two-sided p-value, over orders of the groups.
        runs: Number of runs that count.
        groups: Number of groups that they fall into.
        left_out: Number of runs with a value that is not finite.
    """
    rho: float
    low: float
    high: float
    p_value: float
    runs: int
    groups: int
    left_out: int


def rank_correlation(first: Sequence[float],
                     second: Sequence[float],
                     groups: Sequence[Hashable] | None = None,
                     draws: int = 5000,
                     seed: int = 0) -> RankCorrelation:
    """Spearman's rank correlation over runs that fall into groups.

    Runs of one group (seeds of one method) are alike and not independent
    evidence. Hence both measures of uncertainty take the group as the unit:

    - The interval is the percentile bootstrap that draws groups first, then
      runs within each group drawn (Davison & Hinkley 1997, section 3.8).
      With few groups it is rather too narrow, never exact.
    - The p-value says how often the means of the groups, in a random order
      over the groups, are ranked as alike as they are. Single runs are not
      permuted: runs of two groups could not be exchanged even if the
      numbers had nothing to do with each other, and p would come out far too
      small. Means, not blocks of runs, so that groups may differ in size.
      All orders are taken where there are at most ``draws``, else so many
      random ones (Phipson & Smyth 2010: the observed order is one of them,
      so that p is never 0). **Five groups have only 120 orders**, of which
      at least the observed one and its reverse are as strong: p cannot
      come below 2/120 = 0.017, and needs the perfect order for that.

    A run of its own is a group of one: then this is the plain bootstrap and
    the plain permutation test.

    Args:
        first, second (Sequence[float]): One number per run; a run where one
            is None or not finite is left out and counted.
        groups (Sequence[Hashable], optional): Group of each run.
            Defaults to None, each run of its own.
        draws (int): Number of bootstrap samples and of permutations.
            Defaults to 5000.
        seed (int): Seed for the draws. Defaults to 0.

    Returns:
        RankCorrelation: All NaN for fewer than three runs or a number that
        is the same in all of them. For fewer than three groups there is a
        rho alone.

    Raises:
        BadInput: Numbers or groups of different counts of runs.
    """
    x, y = (np.asarray(side, dtype=np.float64) for side in (first, second))
    names = range(len(x)) if groups is None else groups
    if x.shape != y.shape or x.ndim != 1 or len(names) != len(x):
        raise BadInput(f'Numbers of {x.shape} and {y.shape} runs in groups '
                       f'of {len(names)} cannot be correlated.')
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    group = number_groups([name for name, kept in zip(names, known) if kept])
    runs, count = len(x), len(set(group.tolist()))
    counts = (runs, count, int((~known).sum()))
    if runs < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return RankCorrelation(np.nan, np.nan, np.nan, np.nan, *counts)
    rho = float(_rho(x[None], y[None])[0])
    if count < 3:
        return RankCorrelation(rho, np.nan, np.nan, np.nan, *counts)
    generator = np.random.default_rng(seed)
    low, high = bootstrap_interval((x, y), _rho, group, draws, generator)
    return RankCorrelation(rho, low, high,
                           _p_value(x, y, group, draws, generator), *counts)


def number_groups(names: Sequence[Hashable]) -> np.ndarray:
    """Number the groups in the order in which they appear."""
    numbers = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], dtype=np.int64)


def bootstrap_interval(columns: Sequence[np.ndarray],
                       statistic: Callable[..., np.ndarray], group: np.ndarray,
                       draws: int,
                       generator: np.random.Generator) -> tuple[float, float]:
    """95 % percentiles over samples of groups and of runs within them.

    Args:
        columns (Sequence[np.ndarray]): Numbers (N,) of N runs each.
        statistic (Callable): From as many columns of samples (R, N) to values
            (R,), NaN where there is none.
        group (np.ndarray): (N,) numbers of the groups from 0 on.
        draws (int): Number of samples.
        generator (np.random.Generator): Draws them.
    """
    size: np.ndarray = np.bincount(group)
    # Row g lists the runs of group g first.
    members = np.argsort(group != np.arange(len(size))[:, None], kind='stable')
    drawn = generator.integers(len(size), size=(draws, len(size)))
    place = generator.random(
        (*drawn.shape, size.max())) * size[drawn][..., None]
    rows = members[drawn[..., None], place.astype(np.int64)]
    counts = np.arange(size.max()) < size[drawn][..., None]
    total = counts.sum((1, 2))
    found = []
    for length in np.unique(total):
        chosen = total == length
        sample = rows[chosen][counts[chosen]].reshape(-1, length)
        found.append(statistic(*(column[sample] for column in columns)))
    # A sample in which a number is the same everywhere has no rho.
    low, high = np.nanpercentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)


def _p_value(x: np.ndarray, y: np.ndarray, group: np.ndarray, draws: int,
             generator: np.random.Generator) -> float:
    """Share of the orders of the groups' means that are as strong."""
    size = np.bincount(group)
    x, y = (np.bincount(group, side) / size for side in (x, y))
    exact = math.factorial(len(size)) <= draws
    if exact:
        orders = np.array(list(itertools.permutations(y)))
    else:
        orders = generator.permuted(np.tile(y, (draws, 1)), axis=1)
    observed = abs(_rho(x[None], y[None])[0])
    if math.isnan(observed):
        # The means of all groups are the same.
        return math.nan
    strong = int((np.abs(_rho(x[None], orders)) >= observed - 1e-12).sum())
    if exact:
        return strong / len(orders)
    return (1 + strong) / (1 + draws)


def _rho(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rho row by row; NaN where all numbers of a row are the same."""
    x, y = (stats.rankdata(side, axis=1) for side in (x, y))
    x, y = (side - side.mean(1, keepdims=True) for side in (x, y))
    norm = np.sqrt((x * x).sum(1) * (y * y).sum(1))
    with np.errstate(invalid='ignore'):
        return (x * y).sum(1) / norm
