"""Subsets of a list of scans, by name."""
from collections.abc import Sequence

from mmengine.logging import print_log

from ..errors import BadInput
from ..functional.closest import closest
from .splits import every_nth, known_names

Subset = str | list[str]


def select_scans(ids: Sequence[str], subset: Subset) -> list[int]:
    """Find the positions of a subset's scans, in ascending order.

    ``'every_100th_scan'`` takes scans 0, 100, 200, ... of the whole list,
    across sequences: the "1 %" of SemanticKITTI in the SLidR family
    (Sautier et al., CVPR 2022).

    Args:
        ids (Sequence[str]): Ids of the N scans at hand, in order.
        subset (str | list[str]): ``'every_<n>th_scan'`` with any n, or ids.

    Returns:
        list[int]: M positions.

    Raises:
        BadInput: Unknown subset or scan.
    """
    if not isinstance(subset, str):
        wanted = set(known_names(subset, set(ids), 'scan', 'scans'))
        twice = [name for name in wanted if ids.count(name) > 1]
        if twice:
            raise BadInput(
                f"{ids.count(twice[0])} scans share the id '{twice[0]}', as "
                "in mmdet3d's infos of SemanticKITTI: give each its own by "
                '`python tools/add_kitti_cameras.py`.')
        return [i for i, name in enumerate(ids) if name in wanted]
    step = every_nth(subset, 'scan')
    if step is None:
        raise BadInput(f"Unknown subset of scans '{subset}'; write "
                       "'every_100th_scan' (any number), or give a list of "
                       f"sample ids, as in ['00_000001']"
                       f'{closest(subset, ids)}')
    return list(range(0, len(ids), step))


def keep_scans(infos: list[dict], subset: Subset, source: str) -> list[dict]:
    """Keep the infos of a subset and log its size.

    Args:
        infos (list[dict]): Infos with ``sample_id``.
        subset (str | list[str]): See :func:`select_scans`.
        source (str): Origin of the infos, for messages.

    Returns:
        list[dict]: Infos of the subset, at least one.

    Raises:
        BadInput: Unknown subset, or one without scans.
    """
    ids = [info['sample_id'] for info in infos]
    chosen = select_scans(ids, subset)
    if not chosen:
        span = f"ids '{ids[0]}' to '{ids[-1]}'" if ids else 'it has none'
        raise BadInput(f'scans={subset!r} leaves none of the {len(ids)} '
                       f"scans of '{source}' ({span}).")
    print_log(
        f'Subset {subset}: {len(chosen)} of {len(ids)} scans of {source}.',
        logger='current')
    return [infos[position] for position in chosen]
