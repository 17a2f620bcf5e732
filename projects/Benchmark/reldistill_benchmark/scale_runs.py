"""What a run of the recipe needs on 1, 8 and 64 GPUs."""
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from mmengine.optim import build_optim_wrapper

from .batch_memory import SHARE, make_row, memory_of_step
from .growth import busy
from .measure import Settings, in_fresh_process
from .recipe import (CACHED, Recipe, build_model, load, on_keyframe,
                     sample_loader, write_cache)
from .scale_cache import DATASETS, GPUS, PER_SECOND
from .scale_gather import RECIPE_PAIRS, WIDTH
from .superpixels import on_miniworld

_FLOAT = 4
_STEPS = 2


class RecipeCost(NamedTuple):
    """What was measured of the recipe, and what its config says.

    Attributes:
        case: Whose keyframe it was.
        batch: Keyframes per step of a GPU.
        rate, base_batch: Learning rate, and the samples per step it is for.
        parameters: Those that learn.
        always_mb, frame_mb: MB that a step holds whatever the batch, and of
            each keyframe more.
        seconds: Seconds of the processor of a step, by keyframes.
    """
    case: str
    batch: int
    rate: float
    base_batch: int
    parameters: int
    always_mb: float
    frame_mb: float
    seconds: dict[int, float]

    def step_s(self) -> float:
        """Seconds of a step of the whole batch: a line through two sizes."""
        (few, less), (many, more) = sorted(self.seconds.items())
        return less + (more - less) / (many - few) * (self.batch - few)


def measure_recipe(settings: Settings, folder: str) -> RecipeCost:
    """Measure steps of one and three keyframes on cached features.

    Args:
        settings (Settings): Where the real keyframe is, if there is one.
        folder (str): Place for one of MiniWorld otherwise.
    """
    if settings.data is None:
        case, recipe = 'MiniWorld', on_miniworld(Path(folder))
    else:
        case, recipe = 'nuScenes', on_keyframe(settings.data, CACHED)
    config = load(recipe)
    device = settings.device
    one, three = (
        in_fresh_process(memory_of_step, recipe, device, False, count)
        for count in (1, 3))
    memory = make_row('', one[1], one[0], three[0])
    seconds = {}
    for count in (1, 3):
        seconds[count], parameters = in_fresh_process(seconds_of_step, recipe,
                                                      device, count,
                                                      torch.get_num_threads())
    return RecipeCost(case, config.train_dataloader.batch_size,
                      config.optim_wrapper.optimizer.lr,
                      config.auto_scale_lr.base_batch_size, parameters,
                      memory['fixed_mb'], memory['frame_mb'], seconds)


def seconds_of_step(recipe: Recipe, device: str, count: int,
                    threads: int) -> tuple[float, int]:
    """Least seconds of the processor of a step, and learning parameters."""
    torch.set_num_threads(threads)
    config = load(recipe)
    with TemporaryDirectory() as folder:
        write_cache(config, folder)
        batch = sample_loader(config.train_dataloader.dataset, count)()
    model = build_model(config.model, device).train()
    optimiser = build_optim_wrapper(model, config.optim_wrapper)
    taken = []
    # The first one warms up.
    for _ in range(1 + _STEPS):
        start = busy(device)
        model.train_step(batch, optimiser)
        taken.append(busy(device) - start)
    return min(taken[1:]), sum(each.numel() for each in model.parameters()
                               if each.requires_grad)


def run_table(recipe: RecipeCost) -> dict[str, Any]:
    """Memory, rates and traffic of so many GPUs, computed."""
    keyframes = DATASETS[0].keyframes
    rows_mb = RECIPE_PAIRS * 2 * WIDTH * _FLOAT / 1e6
    cells = []
    for gpus in GPUS:
        batch = gpus * recipe.batch
        memory = recipe.always_mb + recipe.batch * recipe.frame_mb
        # A ring sends and receives nearly twice what is averaged.
        gradients = 2 * (gpus - 1) / gpus * recipe.parameters * _FLOAT / 1e6
        cells.append([
            str(gpus), f'{batch}', f'{math.ceil(keyframes / batch):,}',
            f'{recipe.rate * batch / recipe.base_batch:g}',
            f'{memory / 1024:.1f} GB', f'{RECIPE_PAIRS:,}',
            f'{gpus * RECIPE_PAIRS:,}, {gpus * rows_mb / 1e3:.2f} GB',
            f'{gpus * PER_SECOND:,}', f'{gradients:.0f} MB',
            f'{(gpus - 1) * rows_mb:.0f} MB'
        ])
    return dict(
        case='What a run needs',
        head=[
            'GPUs', 'batch', 'steps per epoch of nuScenes', 'learning rate',
            'memory of a GPU', 'pairs in a loss', 'with gather=True',
            'cache reads per second', 'gradients, per GPU and step',
            'gathering, per GPU and step'
        ],
        cells=cells,
        notes=[
            f'Computed. Memory: the count of `batch_memory` in float32, '
            f'{recipe.always_mb:.0f} MB and {recipe.frame_mb:.0f} MB for each '
            f'keyframe, measured on the {recipe.case} keyframe; a GPU needs '
            f'{1 / SHARE - 1:.0%} more (see Performance).',
            f'Learning rate: {recipe.rate:g} for {recipe.base_batch} samples '
            'per step, scaled linearly, as `auto_scale_lr.enable=True` does; '
            'that it is right for the largest batch has not been tried.',
            f'Cache reads: {PER_SECOND} keyframes per second of each GPU, '
            'assumed.',
            f'Traffic received: a ring of all-reduce over the '
            f'{recipe.parameters / 1e6:.1f} million parameters in float32, '
            f'and both rows of {RECIPE_PAIRS} pairs of every other rank, '
            f'D = {WIDTH}, in float32. Batch statistics are small beside.',
        ])
