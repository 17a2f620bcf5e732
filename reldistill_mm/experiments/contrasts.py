"""Is one column of a study above another? By seeds, subsets and scenes."""
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..errors import BadInput
from .claims import Finding, verdict_of_interval
from .scene_file import unpack_scenes
from .variance import miou_of, resample_scenes, split_variance


class PairedRun(NamedTuple):
    """One seed and subset that both columns have, tested on S scenes.

    Attributes:
        seed: Seed of the run.
        subset: Name of the labels that it was trained on.
        left, right: (S, K, K) confusion matrices, scenes in the same order.
    """
    seed: Hashable
    subset: Hashable
    left: np.ndarray
    right: np.ndarray


class Contrast(NamedTuple):
    """A difference and where its uncertainty comes from.

    Attributes:
        finding: Mean difference of mIoU (a fraction), its interval, p and
            verdict, not corrected.
        errors: Standard error of the mean by ``seed``, ``subset``, ``rest``
            and ``scene``.
        free: Degrees of freedom of the interval.
        levels: Numbers of seeds, subsets and scenes.
    """
    finding: Finding
    errors: dict[str, float]
    free: float
    levels: dict[str, int]


def contrast(text: str, runs: Sequence[PairedRun]) -> Contrast:
    r"""Judge ``left - right`` over runs that are paired.

    The variance of the mean difference is the sum of what seeds, subsets and
    the rest contribute (:func:`.split_variance`) and of what the choice of
    scenes does (:func:`.resample_scenes`). The interval is Student's, with the
    degrees of freedom of Satterthwaite (1946),
    :math:`(\sum v_i)^2 / \sum (v_i^2 / f_i)`: a part that dominates and has
    few levels makes it wide. Scenes have S - 1.

    Args:
        text (str): What is claimed; a positive difference is as claimed.
        runs (Sequence[PairedRun]): At least one, all of the same scenes.

    Returns:
        Contrast: Without an interval where there are fewer than two seeds or
        scenes, or where two seeds of a column are one and the same run.

    Raises:
        BadInput: No run.
    """
    if not runs:
        raise BadInput(f"'{text}' has no run that both sides have.")
    left, right = (
        np.stack([getattr(run, side) for run in runs])
        for side in ('left', 'right'))
    margins = miou_of(left.sum(1)) - miou_of(right.sum(1))
    found = split_variance(margins, [run.seed for run in runs],
                           [run.subset for run in runs])
    scenes = left.shape[1]
    parts = dict(found.of_mean, scene=0.)
    free = dict(found.free, scene=scenes - 1)
    if scenes > 1:
        # A bootstrap's variance is (S - 1) / S of what it stands for.
        parts['scene'] = scenes / (scenes - 1) * float(
            resample_scenes(left, right).var(ddof=1))
    levels = dict(
        seeds=len({run.seed
                   for run in runs}),
        subsets=len({run.subset
                     for run in runs}),
        scenes=scenes)
    total = sum(parts.values())
    mean, low, high, p_value, freedom = found.mean, *4 * (math.nan, )
    if levels['seeds'] > 1 and scenes > 1 and total > 0 and not _repeats(runs):
        freedom = total**2 / sum(part**2 / free[name]
                                 for name, part in parts.items() if part > 0)
        error = math.sqrt(total)
        reach = float(stats.t.ppf(.975, freedom)) * error
        low, high = mean - reach, mean + reach
        p_value = float(2 * stats.t.sf(abs(mean) / error, freedom))
    spread = float(margins.std(ddof=1)) if len(margins) > 1 else math.nan
    finding = Finding(text, mean, spread, low, high, levels['seeds'],
                      verdict_of_interval(low, high), p_value)
    return Contrast(finding, {
        name: math.sqrt(part)
        for name, part in parts.items()
    }, freedom, levels)


def paired_tests(left: Mapping[int, dict],
                 right: Mapping[int, dict],
                 names: tuple[str, str] = ('left', 'right'),
                 subset: str = 'no label') -> list[PairedRun]:
    """Pair the tests of two columns by seed, scene by scene.

    Args:
        left, right (Mapping[int, dict]): Seed to the metrics of a test, with
            its ``scenes`` (:func:`.pack_scenes`).
        names (tuple[str, str]): Names of the columns, for errors.
        subset (str): Labels that both were trained on. Defaults to 'no label'.

    Returns:
        list[PairedRun]: Nothing where a test kept no scenes.

    Raises:
        BadInput: They were tested on different scenes.
    """
    seeds = [seed for seed in left if seed in right]
    if not all('scenes' in side[seed] for side in (left, right)
               for seed in seeds):
        return []
    runs = []
    for seed in seeds:
        mine, other = (
            unpack_scenes(side[seed]['scenes']) for side in (left, right))
        if mine.scenes != other.scenes:
            raise BadInput(f"'{names[0]}' and '{names[1]}' were tested on "
                           f'other scenes with seed {seed}: run them again.')
        runs.append(PairedRun(seed, subset, mine.counts, other.counts))
    return runs


def _repeats(runs: Sequence[PairedRun]) -> bool:
    """Whether a column has one run under two seeds, as a probe of one file."""
    for side in ('left', 'right'):
        known: dict[bytes, Hashable] = {}
        for run in runs:
            matrices = np.ascontiguousarray(getattr(run, side)).tobytes()
            if known.setdefault(matrices, run.seed) != run.seed:
                return True
    return False
