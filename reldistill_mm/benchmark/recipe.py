"""The recipe's own config, model and samples, on one key frame."""
from typing import Any, Callable, Dict, NamedTuple

from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from ..utils.paths import config_path
from .keyframe import FOLDER, INFOS

CONFIG = 'reldistill_nus.py'


class Recipe(NamedTuple):
    """A config file, and options as ``--cfg-options`` takes them."""
    config: str
    options: Dict[str, Any]


def on_keyframe(data: str) -> Recipe:
    """The recipe of nuScenes on the real key frame, CLIP's weights random."""
    options: Dict[str, Any] = {'model.teacher.pretrained': 'random'}
    for loader in ('train', 'test'):
        dataset = f'{loader}_dataloader.dataset'
        options[f'{dataset}.data_root'] = f'{data}/{FOLDER}'
        options[f'{dataset}.ann_file'] = INFOS
    return Recipe(config_path(CONFIG), options)


def load(recipe: Recipe) -> Config:
    """The config with its options; resolves names as mmdet3d does."""
    config = Config.fromfile(recipe.config)
    config.merge_from_dict(recipe.options)
    init_default_scope(config.default_scope)
    return config


def build_model(model: dict, device: str) -> Any:
    """A model with PyTorch's own initial weights."""
    return MODELS.build(model).to(device)


def sample_loader(dataset: dict) -> Callable[[], dict]:
    """A function that runs the pipeline and collates a batch of one."""
    dataset = DATASETS.build(dataset)
    return lambda: pseudo_collate([dataset[0]])
