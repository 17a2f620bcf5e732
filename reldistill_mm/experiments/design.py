"""Which labelled subsets there are, and which seed sees which."""
from collections.abc import Sequence

from ..datasets.splits import every_nth
from ..errors import BadInput


def other_subsets(subset: str, count: int) -> list[str]:
    """Name several subsets of as many keyframes, spread over all there are.

    Of the n subsets that every n-th keyframe makes, the k-th of ``count``
    begins about k n / count: far apart, and at other times of the scenes.

    Args:
        subset (str): ``'every_<n>th_keyframe'``.
        count (int): How many.

    Returns:
        list[str]: ``'every_<n>th_keyframe_from_<k>'``, which share nothing.

    Raises:
        BadInput: The name is of another kind, or there are fewer than that.

    Example:
        >>> other_subsets('every_80th_keyframe', 3)[1:]
        ['every_80th_keyframe_from_27', 'every_80th_keyframe_from_55']
        >>> other_subsets('every_4th_keyframe', 2)
        ['every_4th_keyframe_from_0', 'every_4th_keyframe_from_3']
    """
    step = every_nth(subset, 'keyframe')
    if step is None:
        raise BadInput(f"--subsets takes protocols on every n-th keyframe "
                       f"(keyframes='every_80th_keyframe'), not '{subset}'.")
    if not 1 <= count <= step:
        raise BadInput(f"--subsets {count}: '{subset}' is one of {step} "
                       f'subsets; take 1 to {step}.')
    room = step // count
    starts = [k * step // count + k % room for k in range(count)]
    return [f'{subset}_from_{start}' for start in starts]


def pair_up(seeds: Sequence[int], subsets: Sequence[str],
            per_subset: int) -> list[tuple[int, str]]:
    """Choose the seeds that see each subset, evenly and connected.

    A full table of 5 seeds and 8 subsets is 40 trainings; two seeds for each
    subset are 16 and tell the variances of seeds and of subsets apart, too:
    :func:`.split_variance`.

    Args:
        seeds (Sequence[int]): Seeds.
        subsets (Sequence[str]): Subsets.
        per_subset (int): Seeds for each subset; all if there are fewer.

    Returns:
        list[tuple[int, str]]: Seed and subset of every run, by seed.
    """
    step = 1 if len(seeds) < 4 else 2
    cells = {(seeds[(k + step * turn) % len(seeds)], name)
             for k, name in enumerate(subsets)
             for turn in range(min(per_subset, len(seeds)))}
    if len(cells) < len(subsets) * min(per_subset, len(seeds)):
        # The step met a seed twice, as two of four seeds do.
        cells = {(seeds[(k + turn) % len(seeds)], name)
                 for k, name in enumerate(subsets)
                 for turn in range(min(per_subset, len(seeds)))}
    order = {seed: n for n, seed in enumerate(seeds)}
    place = {name: n for n, name in enumerate(subsets)}
    return sorted(cells, key=lambda cell: (order[cell[0]], place[cell[1]]))
