"""Find where a config's training reads the teacher's features."""
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..errors import BadInput

ROOT_KEY = 'teacher_cache_root'
BACKEND_KEY = 'teacher_cache_backend_args'


def fill_cache_root(dataloader: dict,
                    root: str | Path | None,
                    backend_args: dict | None = None) -> dict:
    """Give a cache to every ``LoadCachedPairs`` that names none.

    A config cannot do so itself: mmengine applies ``--cfg-options`` after a
    config's variables have their values.

    Args:
        dataloader (dict): A dataloader's config, its dataset however wrapped.
        root (str | Path, optional): The config's ``teacher_cache_root``.
        backend_args (dict, optional): Its ``teacher_cache_backend_args``.

    Returns:
        dict: Copy with the roots filled in; a root that a step has stays.
    """
    dataloader = copy.deepcopy(dataloader)
    for step in cached_steps(dataloader):
        if step.get('root') is None and root is not None:
            step['root'] = str(root)
            if backend_args:
                step.setdefault('backend_args', backend_args)
    return dataloader


def config_of(cfg: Config, dataset: Any) -> Config:
    """Return the config by which one of several datasets is cached.

    Args:
        cfg (Config): A distillation config; not changed.
        dataset (Any): A dataset, or its config; its own ``paired_pipeline``
            counts before the config's.
    """
    own = (
        dataset.get('paired_pipeline') if isinstance(dataset, dict) else
        getattr(dataset, 'paired_pipeline', None))
    if not own:
        return cfg
    return Config(
        dict(cfg.to_dict(), paired_pipeline=own), filename=cfg.filename)


def cached_steps(value: object) -> Iterator[dict]:
    """Find every ``LoadCachedPairs`` within a part of a config."""
    if isinstance(value, dict):
        if str(value.get('type')).rpartition('.')[2] == 'LoadCachedPairs':
            yield value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from cached_steps(entry)


def cache_root(cfg: Config) -> str:
    """Return the folder, or address, of the cache that training reads.

    Args:
        cfg (Config): A distillation config.

    Raises:
        BadInput: The config names none.
    """
    for step in cached_steps(cfg.get('train_dataloader')):
        if step.get('root') is not None:
            return str(step['root'])
    if cfg.get(ROOT_KEY) is None:
        raise BadInput(f"'{cfg.filename}' names no cache: set its folder "
                       f'by --out or by --cfg-options {ROOT_KEY}=PATH.')
    return str(cfg[ROOT_KEY])
