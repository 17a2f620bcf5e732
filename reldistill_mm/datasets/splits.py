"""Named subsets of nuScenes scenes; a table names the one it was made on."""
from functools import lru_cache
from pathlib import Path
from typing import FrozenSet, Iterable, List, Union

_LIST = Path(__file__).parent / 'data' / 'slidr_held_out_scenes.txt'

SCENE_SUBSETS = ('slidr_600', 'slidr_100')


@lru_cache(maxsize=None)
def slidr_held_out() -> FrozenSet[str]:
    """The 100 train scenes that the SLidR family keeps for tuning.

    Pretraining on the other 600 is the common setting in the field
    (Sautier et al., CVPR 2022); 700 is in print too.
    """
    return frozenset(_LIST.read_text().split())


def select_scenes(names: Iterable[str],
                  subset: Union[str, List[str]]) -> FrozenSet[str]:
    """The scenes of a subset among those at hand.

    Args:
        names (Iterable[str]): Scene names, e.g. ``'scene-0061'``.
        subset (str | List[str]): ``'slidr_600'`` (all but SLidR's held-out
            hundred), ``'slidr_100'`` (that hundred), or scene names.

    Returns:
        FrozenSet[str]: Names that are both at hand and in the subset.

    Raises:
        ValueError: Unknown subset.
    """
    names = frozenset(names)
    if not isinstance(subset, str):
        return names & frozenset(subset)
    if subset == 'slidr_600':
        return names - slidr_held_out()
    if subset == 'slidr_100':
        return names & slidr_held_out()
    raise ValueError(f"Unknown scene subset '{subset}'; choose one of "
                     f'{SCENE_SUBSETS}, or give a list of scene names.')
