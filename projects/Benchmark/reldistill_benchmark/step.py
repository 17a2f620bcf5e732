"""Time the parts of a training iteration of the recipe."""
import statistics
from collections import defaultdict
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.optim import build_optim_wrapper

from .measure import Settings, clock, in_fresh_process, summary
from .memory import extra_mb
from .recipe import (CACHED, Recipe, build_model, load, on_keyframe,
                     sample_loader, write_cache)

# Parts of the training step in order; the loader's workers prepare the data
# meanwhile.
DATA, INPUT, TEACHER, STUDENT = ('data (in the workers)',
                                 'to the device, voxels', 'teacher',
                                 'student, forward')
LOSS, BACKWARD, OPTIMISER, REST = ('loss', 'backward', 'optimiser', 'rest')
PARTS = (INPUT, TEACHER, STUDENT, LOSS, BACKWARD, OPTIMISER, REST)
LEARNING = 'student, forward + backward + optimiser'
MEMORY = 'peak memory'
GOALS = {LEARNING: 'at least 85 %, cached', LOSS: 'at most 10 %, cached'}


class Stopwatch:
    """Add up the seconds of the methods that it wraps."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.seconds: dict[str, float] = defaultdict(float)

    def on(self, owner: Any, method: str, part: str) -> None:
        """Time every call of ``owner.method``."""
        original = getattr(owner, method)
        setattr(owner, method, self.timed(original, part))

    def timed(self, function: Callable, part: str) -> Callable:
        """Wrap a function; its seconds are added to those of ``part``."""

        def call(*args, **kwargs) -> Any:
            start = clock(self.device)
            result = function(*args, **kwargs)
            self.seconds[part] += clock(self.device) - start
            return result

        return call

    def take(self) -> dict[str, float]:
        """Return the seconds since the last call."""
        seconds, self.seconds = self.seconds, defaultdict(float)
        return seconds


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run the recipe on the real keyframe: cached, full batch, and live."""
    cached = on_keyframe(settings.data, CACHED)
    full = load(cached).train_dataloader.batch_size
    narrow = cached._replace(
        options={
            **cached.options, 'model.distill_head.losses':
            [dict(type='RelationalLoss', products='bfloat16')]
        })
    cases = {
        'cached features, one keyframe': (cached, 1),
        "cached features, one keyframe, products='bfloat16'": (narrow, 1),
        f"cached features, the recipe's batch of {full}": (cached, full),
        'live teacher, one keyframe': (on_keyframe(settings.data), 1),
    }
    rows = []
    for case, (recipe, batch) in cases.items():
        found = in_fresh_process(time_steps, recipe, batch, settings.device,
                                 settings.repetitions, torch.get_num_threads())
        rows += make_rows(case, *found)
    return rows


def time_steps(recipe: Recipe, batch: int, device: str, repetitions: int,
               threads: int) -> tuple[list[dict[str, float]], float]:
    """Measure seconds of each part of each step, and peak memory in MB.

    The steps are the model's own ``train_step``, with a stopwatch on what it
    calls. ``batch`` copies of the keyframe, each with its own augmentation.
    """
    torch.set_num_threads(threads)
    config = load(recipe)
    # This reference must outlive the steps: the folder is deleted with it.
    folder = TemporaryDirectory()
    if any(step.type == 'LoadCachedPairs'
           for step in config.train_dataloader.dataset.pipeline):
        write_cache(config, folder.name, batch)
    model = build_model(config.model, device).train()
    optimiser = build_optim_wrapper(model, config.optim_wrapper)
    watch = Stopwatch(device)
    read = watch.timed(
        sample_loader(config.train_dataloader.dataset, batch), DATA)
    watch.on(model.data_preprocessor, 'forward', INPUT)
    watch.on(model, 'extract_feat', STUDENT)
    watch.on(model.projector, 'forward', STUDENT)
    watch.on(model.teacher, 'features_at', TEACHER)
    watch.on(model.distill_head, 'loss', LOSS)
    watch.on(optimiser, 'backward', BACKWARD)
    for method in ('step', 'zero_grad'):
        watch.on(optimiser, method, OPTIMISER)
    step = watch.timed(model.train_step, 'step')

    memory = extra_mb(lambda: step(read(), optimiser), device)
    watch.take()
    readings = []
    for _ in range(repetitions):
        step(read(), optimiser)
        seconds = watch.take()
        # A part that never ran took no time.
        reading = {part: seconds[part] for part in (DATA, *PARTS)}
        reading[REST] = seconds['step'] - sum(seconds[part]
                                              for part in PARTS[:-1])
        readings.append(reading)
    return readings, memory


def make_rows(case: str, readings: list[dict[str, float]],
              memory: float) -> list[dict[str, Any]]:
    """Make a row per part, with its share of the step without the data."""
    steps = [sum(reading[part] for part in PARTS) for reading in readings]
    rows = []
    for part in (DATA, *PARTS, LEARNING):
        parts = (STUDENT, BACKWARD,
                 OPTIMISER) if part == LEARNING else (part, )
        seconds = [sum(reading[p] for p in parts) for reading in readings]
        row = dict(
            case=case, part=part, goal=GOALS.get(part, ''), **summary(seconds))
        if part != DATA:
            row['share'] = statistics.median(
                taken / step for taken, step in zip(seconds, steps))
        rows.append(row)
    rows.append(dict(case=case, part=MEMORY, goal='', extra_mb=memory))
    return rows
