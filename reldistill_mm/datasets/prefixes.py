"""Check the names in a dataset's ``data_prefix``."""
import logging
from typing import Any

from mmengine.logging import print_log

from ..errors import BadInput
from ..functional.closest import closest

# What mmdet3d's datasets read, and the cameras of public datasets, of which
# an info file may have fewer.
_KNOWN = frozenset([
    'pts', 'img', 'sweeps', 'pts_semantic_mask', 'pts_instance_mask',
    'pts_panoptic_mask', 'CAM0', 'CAM1', 'CAM2', 'CAM3', 'CAM4', 'CAM_FRONT',
    'CAM_FRONT_LEFT', 'CAM_FRONT_RIGHT', 'CAM_SIDE_LEFT', 'CAM_SIDE_RIGHT',
    'CAM_BACK', 'CAM_BACK_LEFT', 'CAM_BACK_RIGHT'
])
_READERS = ('mmdet3d', __name__.partition('.')[0])


def check_prefixes(dataset: Any) -> None:
    """Refuse a mistyped key of ``data_prefix``, which nothing would read.

    Args:
        dataset (BaseDataset): Dataset of mmdet3d.

    Raises:
        BadInput: A key is neither read nor a camera of any info, and much
            like one that is. One that is like none is warned about.
    """
    unknown = set(getattr(dataset, 'data_prefix', None) or ()) - _KNOWN
    cameras: set[str] = set()
    for index in range(len(dataset) if unknown else 0):
        cameras.update(dataset.get_data_info(index).get('images') or ())
        unknown -= cameras
        if not unknown:
            return
    for key in sorted(unknown):
        hint = closest(key, _KNOWN | cameras, 1)
        text = f"data_prefix has '{key}', which nothing reads"
        # A dataset of one's own may read keys of its own.
        known = type(dataset).__module__.partition('.')[0] in _READERS
        if known and hint.startswith('; did'):
            raise BadInput(text + hint)
        print_log(
            f'{text}: it is not a camera of the infos'
            f'{closest(key, cameras)}',
            logger='current',
            level=logging.WARNING)
