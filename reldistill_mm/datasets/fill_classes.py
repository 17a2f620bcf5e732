"""Let a config that states its own table of labels state it once."""
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config

from .layouts import LAYOUTS
from .layouts.own_table import read_layout
from .wrapped import wrapped_datasets

_LOADERS = 'train_dataloader', 'val_dataloader', 'test_dataloader'


def fill_classes(cfg: Config) -> None:
    """Fill in what follows from the table of labels, in place.

    A child config cannot do so itself: its base has its values before the
    child's variables are read. An empty ``layout`` and ``data_root=None``
    of a loader become those of training, and where the head's
    ``num_classes`` is None, it and ``ignore_index`` become the number of
    classes.

    Args:
        cfg (Config): A config; others than these stay as they are.

    Raises:
        BadInput: The table of a layout is not right.
    """
    sets = [
        dataset for name in _LOADERS
        for dataset in wrapped_datasets(_part(_part(cfg, name), 'dataset'))
        if 'layout' in dataset
    ]
    for key in ('layout', 'data_root'):
        first = next((each[key] for each in sets if each.get(key)), None)
        for each in sets:
            if not each.get(key) and first is not None:
                each[key] = first
    head = _part(_part(cfg, 'model'), 'decode_head')
    if not head or not sets or head.get('num_classes', 0) is not None:
        return
    layout = sets[0].get('layout')
    if not layout:
        # The dataset says how to write one.
        return
    classes = (sets[0].get('metainfo') or {}).get('classes')
    if classes is None:
        table = (
            LAYOUTS[layout]
            if isinstance(layout, str) else read_layout(layout))
        classes = table.classes
    head.num_classes = head.ignore_index = len(classes)


def _part(cfg: Mapping, name: str) -> Any:
    """Return a part that is still a config, not an object built of it."""
    part = cfg.get(name)
    return part if isinstance(part, Mapping) else {}
