"""Named subsets of scenes and keyframes; tables name the one they used."""
import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from ..errors import BadInput
from ..functional.closest import closest

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
    if not isinstance(subset, str):
        return None
    found = re.fullmatch(rf'every_([1-9]\d*)(?:st|nd|rd|th)_{unit}', subset)
    return int(found[1]) if found else None


def known_names(wanted: object, names: Collection[str], unit: str,
                argument: str) -> list[str]:
    """Check a list of names against those that there are.

    Args:
        wanted (object): What should be a list of names.
        names (Collection[str]): The names that there are.
        unit (str): What they name, e.g. ``'scene'``.
        argument (str): The argument that holds the list.

    Returns:
        list[str]: ``wanted``.

    Raises:
        BadInput: It is not a list, it is empty, or a name is unknown; the
            message names the closest ones.
    """
    if not isinstance(wanted, Collection) or isinstance(wanted, str):
        raise BadInput(f'{argument}={wanted!r} is not a list of {unit} names'
                       f"; write {argument}=['NAME', ...].")
    if not wanted:
        raise BadInput(f'{argument}={wanted!r} names no {unit}'
                       f'{closest("", names)}')
    for name in wanted:
        if not isinstance(name, str):
            raise BadInput(
                f'{argument}={list(wanted)!r}: {name!r} is a number, but the '
                f'name of a {unit} is text{closest(name, names)} Quote it '
                f'on the command line: "{argument}=[\'{name}\']".')
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise BadInput(
            f"There is no {unit} '{unknown[0]}' among the {len(names)} here "
            f'({len(unknown)} of the {len(wanted)} of {argument} are '
            f'unknown){closest(unknown[0], names)}')
    return list(wanted)


def select_scenes(names: Iterable[str],
                  subset: str | list[str]) -> frozenset[str]:
    """Select a subset's scenes among those given.

    ``'every_100th_scene'`` takes the 100th, 200th, ... in the order of their
    names, which is that of the devkit's split lists: of the 700 train scenes
    the seven that the SLidR family calls 1 % (its ``dataset_skip_step``).

    Args:
        names (Iterable[str]): Scene names, e.g. ``'scene-0061'``.
        subset (str | list[str]): ``'slidr_600'`` (all but SLidR's held-out
            hundred), ``'slidr_100'`` (that hundred), ``'every_<n>th_scene'``,
            or scene names.

    Returns:
        FrozenSet[str]: Names that are both given and in the subset.

    Raises:
        BadInput: Unknown subset or scene.
    """
    names = frozenset(names)
    if not isinstance(subset, str):
        return frozenset(known_names(subset, names, 'scene', 'scenes'))
    if subset == 'slidr_600':
        return names - slidr_held_out()
    if subset == 'slidr_100':
        return names & slidr_held_out()
    step = every_nth(subset, 'scene')
    if step is None:
        raise BadInput(
            f"Unknown scene subset '{subset}'; choose one of {SCENE_SUBSETS} "
            '(any number), or give a list of scene names, [scene-0061] on '
            f'the command line{closest(subset, [*SCENE_SUBSETS, *names])}')
    return frozenset(sorted(names)[step - 1::step])


def select_keyframes(count: int, subset: str) -> range:
    """Select a subset's keyframes among those of a dataset, in its order.

    ``'every_100th_keyframe'`` takes the first one, the 101st, ...: every
    hundredth is what CLIP2Scene (Chen et al., CVPR 2023) calls 1 %.
    ``'every_100th_keyframe_from_7'`` takes those at places 7, 107, ...,
    counted from 0: another 1 %, of which there are a hundred.

    Args:
        count (int): Number of keyframes.
        subset (str): ``'every_<n>th_keyframe'``, or with ``'_from_<k>'`` and
            k below n.

    Returns:
        range: Their positions.

    Raises:
        BadInput: Unknown subset, fewer than n keyframes, or a k that is not
            below n.
    """
    name, _, start = str(subset).partition('_from_')
    step = every_nth(name, 'keyframe')
    if step is None or (name != subset and not re.fullmatch(r'\d+', start)):
        raise BadInput(f"Unknown subset of keyframes '{subset}'; write "
                       "'every_100th_keyframe' (any number), or with "
                       "'_from_7' to begin at the place 7, counted from 0.")
    if step > count:
        raise BadInput(f"'{subset}' leaves none of {count} keyframes; "
                       'choose a smaller step.')
    first = int(start or 0)
    if first >= step:
        raise BadInput(f"'{subset}': the place to begin at is from 0 to "
                       f'{step - 1}, or it would be another subset without '
                       'its first keyframes.')
    return range(first, count, step)
