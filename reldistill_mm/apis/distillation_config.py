"""Read a config that names a teacher and its pairs."""
import copy
from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope

from ..datasets.backend import fill_config
from ..datasets.wrapped import wrapped_datasets
from ..errors import BadInput
from ..io.config_file import read_config
from ..teacher_cache.root import (BACKEND_KEY, ROOT_KEY, cached_steps,
                                  fill_cache_root)


def distillation_config(path: str | Path,
                        options: dict | None = None) -> Config:
    """Read a config of this package's distillation and enter its scope.

    Args:
        path (str | Path): The config.
        options (dict, optional): Changes to it, as by ``--cfg-options``.

    Returns:
        Config: The config, with ``model.teacher`` and ``paired_pipeline``.

    Raises:
        MissingInput: No such file.
        BadInput: A config of something else, or none.
    """
    cfg = read_config(path, options)
    if 'paired_pipeline' not in cfg or 'teacher' not in cfg.get('model', {}):
        raise BadInput(
            f"'{path}' is not a distillation config: it needs model.teacher "
            'and paired_pipeline, as configs/reldistill_*.py and their '
            'children have them.')
    init_default_scope(cfg.get('default_scope', 'mmdet3d'))
    fill_config(cfg)
    return cfg


def split_dataset(cfg: Config, split: str, cached: bool = False) -> ConfigDict:
    """Return the config of a split's dataset with the paired pipeline.

    Args:
        cfg (Config): Config from :func:`distillation_config`; not changed.
        split (str): 'train' or 'val'.
        cached (bool): Take the ``cached_paired_pipeline``, which reads the
            ``teacher_cache_root``. Defaults to False.

    Returns:
        ConfigDict: The dataset, in mmengine's wrappers as it was; one that has
        a ``paired_pipeline`` of its own is read by that.

    Raises:
        BadInput: The config has no such split, or no such pipeline.
    """
    key = 'cached_paired_pipeline' if cached else 'paired_pipeline'
    if key not in cfg:
        raise BadInput(f"'{cfg.filename}' has no {key}, which reads labels "
                       'and cached features: add one, as '
                       'configs/_base_/datasets/nuscenes_distill.py has it.')
    loader = cfg.get(f'{split}_dataloader')
    if not loader or 'dataset' not in loader:
        given = [
            name for name in ('train', 'val') if cfg.get(f'{name}_dataloader')
        ]
        raise BadInput(f"'{cfg.filename}' has no {split}_dataloader: choose "
                       f'--split among {given}.')
    dataset = copy.deepcopy(loader.dataset)
    for each in wrapped_datasets(dataset):
        each['pipeline'] = each.get(key) or cfg[key]
    if cached:
        dataset = fill_cache_root(dataset, cfg.get(ROOT_KEY),
                                  cfg.get(BACKEND_KEY))
        if any(step.get('root') is None for step in cached_steps(dataset)):
            raise BadInput(f"'{cfg.filename}' names no cache to read: "
                           f'--cfg-options {ROOT_KEY}=FOLDER.')
    return dataset
