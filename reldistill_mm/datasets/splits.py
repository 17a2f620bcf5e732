"""Named subsets of scenes and keyframes; tables name the one they used."""
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ..errors import BadInput

_LIST = Path(__file__).parent / 'data' / 'slidr_held_out_scenes.txt'

SCENE_SUBSETS = ('slidr_600', 'slidr_100', 'every_100th_scene')


@cache
def slidr_held_out() -> frozenset[str]:
    """Return the 100 train scenes that the SLidR family keeps for tuning.

    Pretraining on the other 600 is the common setting in the field
    (Sautier et al., CVPR 2022); papers on all 700 exist, too.
    """
    return frozenset(_LIST.read_text().split())


def every_nth(subset: str, unit: str) -> int | None:
    """Parse the n in ``'every_<n>th_scene'``.

    Args:
        subset (str): Name of a subset.
        unit (str): Unit that it counts, e.g. ``'scene'``.

    Returns:
        int | None: n, or None for a name of another kind.
    """
    found = re.fullmatch(rf'every_([1-9]\d*)(?:st|nd|rd|th)_{unit}', subset)
    return int(found[1]) if found else None


def select_scenes(names: Iterable[str],
                  subset: str | list[str]) -> frozenset[str]:
    """Select a subset's scenes among those given.

    ``'every_100th_scene'`` takes the 100th, 200th, ... in the order of their
    names, which is that of the devkit's split lists: of the 700 train scenes
    the seven that the SLidR family calls 1 % (its ``dataset_skip_step``).

    Args:
        names (Iterable[str]): Scene names, e.g. ``'scene-0061'``.
        subset (str | List[str]): ``'slidr_600'`` (all but SLidR's held-out
            hundred), ``'slidr_100'`` (that hundred), ``'every_<n>th_scene'``,
            or scene names.

    Returns:
        FrozenSet[str]: Names that are both given and in the subset.

    Raises:
        BadInput: Unknown subset.
    """
    names = frozenset(names)
    if not isinstance(subset, str):
        return names & frozenset(subset)
    if subset == 'slidr_600':
        return names - slidr_held_out()
    if subset == 'slidr_100':
        return names & slidr_held_out()
    step = every_nth(subset, 'scene')
    if step is None:
        raise BadInput(f"Unknown scene subset '{subset}'; choose one of "
                       f'{SCENE_SUBSETS} (any number), or give a list of '
                       'scene names.')
    return frozenset(sorted(names)[step - 1::step])


def select_keyframes(count: int, subset: str) -> range:
    """Select a subset's keyframes among those of a dataset, in its order.

    ``'every_100th_keyframe'`` takes the first one, the 101st, ...: every
    hundredth is what CLIP2Scene (Chen et al., CVPR 2023) calls 1 %.

    Args:
        count (int): Number of keyframes.
        subset (str): ``'every_<n>th_keyframe'``.

    Returns:
        range: Their positions.

    Raises:
        BadInput: Unknown subset, or fewer than n keyframes.
    """
    step = every_nth(subset, 'keyframe')
    if step is None:
        raise BadInput(f"Unknown subset of keyframes '{subset}'; write "
                       "'every_100th_keyframe' (any number).")
    if step > count:
        raise BadInput(f"'{subset}' leaves none of {count} keyframes; "
                       'choose a smaller step.')
    return range(0, count, step)
