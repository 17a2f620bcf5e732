"""Time a step on cached features while workers run SLIC on its images."""
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from torch.utils.data import DataLoader, Dataset

from reldistill_mm.io.paths import config_path, use_project
from .measure import OTHER, OURS, Settings, clock, in_fresh_process, summary
from .recipe import CACHED, Recipe, build_model, load, on_keyframe, write_cache

WORKERS = 2
# So many steps before a reading: batches that were ready are used up.
WARM_UP = WORKERS + 1
STEPS = 3
WHILE, PLAIN = 'cached step while workers run SLIC', 'the same without SLIC'
ALONE = 'SLIC and what it reads, in a worker alone'
GOAL = 'ratio at least 0.95'


class _Copies(Dataset):
    """The first keyframe again and again, each time augmented anew."""

    def __init__(self, dataset: Any, count: int) -> None:
        self.dataset, self.count = dataset, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> dict:
        return self.dataset[0]


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run the cached recipe on the real keyframe, else on MiniWorld."""
    with TemporaryDirectory() as folder:
        case, recipe = 'nuScenes keyframe', None
        if settings.data is None:
            case, recipe = 'MiniWorld keyframe', on_miniworld(Path(folder))
        recipe = recipe or on_keyframe(settings.data, CACHED)
        seconds = in_fresh_process(time_steps, recipe,
                                   settings.device, settings.repetitions,
                                   torch.get_num_threads())
    return make_rows(f'{case}, {WORKERS} workers', seconds)


def on_miniworld(folder: Path) -> Recipe:
    """Make one keyframe of MiniWorld; return its cached recipe."""
    use_project('MiniWorld')
    from miniworld import ensure_miniworld
    from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
    ensure_miniworld(folder, 'nuscenes', 2, scenes=(1, 1), keyframes=1)
    convert_nuscenes(
        folder, folder, version='v1.0-mini', camera_instances=False)
    return Recipe(
        config_path('reldistill_miniworld_cached.py'),
        {'train_dataloader.dataset.data_root': str(folder)})


def with_slic(config: Config) -> list[dict]:
    """The cached pipeline, with SLIC on the images that it does not need."""
    points, pairs, *rest = config.train_dataloader.dataset.pipeline
    return [
        points, pairs, config.load_images, config.whole_images, config.slic,
        *rest
    ]


def time_steps(recipe: Recipe, device: str, repetitions: int,
               threads: int) -> dict[str, list[float]]:
    """Measure seconds of a step with and without SLIC, in turn, and of SLIC.

    One keyframe per step, which is the least that a step can take. The ways
    take turns, each with workers of its own that end with its turn.
    """
    torch.set_num_threads(threads)
    config = load(recipe)
    with TemporaryDirectory() as folder:
        write_cache(config, folder)
        options = config.train_dataloader.dataset
        datasets = {
            OTHER: DATASETS.build(options),
            OURS: DATASETS.build(dict(options, pipeline=with_slic(config)))
        }
        model = build_model(config.model, device).train()
        optimiser = build_optim_wrapper(model, config.optim_wrapper)
        seconds: dict[str, list[float]] = {OURS: [], OTHER: [], ALONE: []}
        for _ in range(repetitions):
            for way in (OTHER, OURS):
                batches = _batches(datasets[way])
                for _ in range(WARM_UP):
                    model.train_step(next(batches), optimiser)
                start = clock(device)
                for _ in range(STEPS):
                    model.train_step(next(batches), optimiser)
                seconds[way].append((clock(device) - start) / STEPS)
                # Its workers end.
                del batches
            started = time.perf_counter()
            datasets[OURS][0]
            middle = time.perf_counter()
            datasets[OTHER][0]
            seconds[ALONE].append(2 * middle - started - time.perf_counter())
    return seconds


def _batches(dataset: Any) -> Iterator[dict]:
    return iter(
        DataLoader(
            _Copies(dataset, WARM_UP + STEPS),
            num_workers=WORKERS,
            prefetch_factor=1,
            collate_fn=pseudo_collate))


def make_rows(case: str, seconds: dict[str,
                                       list[float]]) -> list[dict[str, Any]]:
    """Make the row of the step, and the one of SLIC alone."""
    ratios = sorted(other / ours
                    for ours, other in zip(seconds[OURS], seconds[OTHER]))
    step = {
        'case':
        f'{case}: {WHILE}',
        'other_way':
        PLAIN,
        'goal':
        GOAL,
        'ratio':
        dict(
            median=ratios[len(ratios) // 2], least=ratios[0], most=ratios[-1]),
        OURS:
        summary(seconds[OURS]),
        OTHER:
        summary(seconds[OTHER])
    }
    alone = {
        'case': f'{case}: {ALONE}',
        'other_way': PLAIN,
        'goal': '',
        OURS: summary(seconds[ALONE]),
        OTHER: summary(seconds[OTHER])
    }
    return [step, alone]
