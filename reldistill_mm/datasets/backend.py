"""Give every step of a config the one file backend that the config names."""
from typing import Any

from mmengine.config import Config

BACKEND = 'backend_args'


def fill_backend_args(part: Any, backend_args: dict | None) -> None:
    """Set ``backend_args`` wherever a part of a config has none, in place.

    A child config cannot do so itself: the steps of its base have their
    values before its own variables are read.

    Args:
        part (Any): A dataloader, a dataset or a pipeline. Steps that do not
            name ``backend_args`` stay, and the teacher cache, which has its
            own.
        backend_args (dict, optional): Arguments of mmengine's file backend;
            None or nothing changes nothing.
    """
    if not backend_args:
        return
    if isinstance(part, dict):
        if str(part.get('type')).endswith('LoadCachedPairs'):
            return
        if BACKEND in part and not part[BACKEND]:
            part[BACKEND] = dict(backend_args)
        part = list(part.values())
    if isinstance(part, (list, tuple)):
        for each in part:
            fill_backend_args(each, backend_args)


def fill_config(cfg: Config) -> None:
    """Do so in a config's loaders and its ``paired_pipeline``."""
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader',
                'paired_pipeline'):
        fill_backend_args(cfg.get(key), cfg.get(BACKEND))
