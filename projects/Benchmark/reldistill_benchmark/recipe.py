"""The recipe's config, model and samples, on one keyframe."""
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from reldistill_mm.io.paths import config_path
from reldistill_mm.teacher_cache import frame_name
from .cached import write_random_cache
from .keyframe import FOLDER, INFOS

CONFIG = 'reldistill_nus.py'
CACHED = 'reldistill_nus_cached.py'
# Pairs per loss, whatever the batch size.
PAIRS = 4096


class Recipe(NamedTuple):
    """A config file, and options as ``--cfg-options`` takes them."""
    config: str
    options: dict[str, Any]


def on_keyframe(data: str, config: str = CONFIG) -> Recipe:
    """Return a nuScenes recipe on the real keyframe, with random CLIP."""
    options: dict[str, Any] = {'model.teacher.pretrained': 'random'}
    for loader in ('train', 'test'):
        dataset = f'{loader}_dataloader.dataset'
        options[f'{dataset}.data_root'] = f'{data}/{FOLDER}'
        options[f'{dataset}.ann_file'] = INFOS
    return Recipe(config_path(config), options)


def load(recipe: Recipe) -> Config:
    """Load the config with its options; resolve names as mmdet3d does."""
    config = Config.fromfile(recipe.config)
    config.merge_from_dict(recipe.options)
    init_default_scope(config.default_scope)
    return config


def build_model(model: dict, device: str) -> Any:
    """Build a model with PyTorch's own initial weights."""
    return MODELS.build(model).to(device)


def sample_loader(dataset: dict, batch: int = 1) -> Callable[[], dict]:
    """Return a function that collates copies of the first keyframe."""
    dataset = DATASETS.build(dataset)
    return lambda: pseudo_collate([dataset[0] for _ in range(batch)])


def write_cache(config: Config, root: str, batch: int = 1) -> None:
    """Let a cached recipe read random features of its first keyframe.

    Each sample reads the recipe's number of pairs, or more where the loss
    would otherwise get too few.
    """
    options = config.train_dataloader.dataset
    steps = [
        config.load_points,
        dict(type='LoadCameraImages', decode=False),
        dict(type='PairPointsWithPixels')
    ]
    dataset = DATASETS.build(dict(options, pipeline=steps))
    info = dataset.get_data_info(0)
    name = frame_name(info, dataset.data_root)
    results = dataset.pipeline(info)
    write_random_cache(
        Path(root), name, results['pairs'],
        results['points'].tensor[:, :3].numpy(), results['images'],
        config.model.projector.out_channels)
    for step in options.pipeline:
        if step.type == 'LoadCachedPairs':
            step.update(
                root=root, num_pairs=max(step.num_pairs, PAIRS // batch))
