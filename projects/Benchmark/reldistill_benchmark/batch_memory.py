"""Measure how many keyframes a training step can hold on a GPU."""
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.optim import build_optim_wrapper

from .measure import Settings, in_fresh_process
from .memory import held_mb
from .recipe import (CACHED, Recipe, build_model, load, on_keyframe,
                     sample_loader, write_cache)

GPUS = (8, 16, 24, 80)
# Usable share of a GPU's memory; the rest is for CUDA itself, for temporary
# buffers of convolutions and gradients, and for what the allocator cannot use.
SHARE = 0.8
# Values: mixed precision, and the model's key `checkpoint`.
CASES = {
    'float32': (False, False),
    'float32, checkpoint': (False, True),
    'mixed precision': (True, False),
    'mixed precision, checkpoint': (True, True),
}
# spconv only knows CUDA's autocast: on a CPU it stays in float32.
ONLY_ON_CUDA = ('mixed precision', 'mixed precision, checkpoint')


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run the recipe on cached features with one and three keyframes."""
    rows = []
    for case, (amp, checkpoint) in CASES.items():
        if case in ONLY_ON_CUDA and not settings.device.startswith('cuda'):
            continue
        recipe = on_keyframe(settings.data, CACHED)
        recipe.options['model.checkpoint'] = checkpoint
        one, three = (
            in_fresh_process(memory_of_step, recipe, settings.device, amp,
                             count) for count in (1, 3))
        rows.append(make_row(case, one[1], one[0], three[0]))
    return rows


def make_row(case: str, fixed: float, one: float,
             three: float) -> dict[str, Any]:
    """Compute the batch sizes that fit.

    Args:
        case (str): Name of the case.
        fixed (float): MB whatever the batch.
        one, three (float): MB that one and three keyframes hold.

    Returns:
        dict: ``fixed_mb``, ``frame_mb`` (of each keyframe more) and
        ``batch``, by GB of memory.
    """
    frame = (three - one) / 2
    always = fixed + one - frame
    return dict(
        case=case,
        fixed_mb=always,
        frame_mb=frame,
        batch={
            str(gb): max(int((SHARE * gb * 1024 - always) / frame), 0)
            for gb in GPUS
        })


def memory_of_step(recipe: Recipe, device: str, amp: bool,
                   count: int) -> tuple[float, float]:
    """Measure memory held between forward and backward, and always.

    Args:
        recipe (Recipe): Recipe on cached features.
        device (str): Device, as torch names it.
        amp (bool): Whether to autocast to float16, on CUDA.
        count (int): Copies of the keyframe, each with its own augmentation.

    Returns:
        tuple[float, float]: MB that the graph of the losses holds; MB of
        weights, gradients and the optimiser's state.
    """
    config = load(recipe)
    with TemporaryDirectory() as folder:
        write_cache(config, folder)
        batch = sample_loader(config.train_dataloader.dataset, count)()
    model = build_model(config.model, device).train()
    optimiser = build_optim_wrapper(model, config.optim_wrapper)

    def forward() -> dict[str, torch.Tensor]:
        with torch.autocast('cuda', torch.float16, enabled=amp):
            return model(**model.data_preprocessor(batch, True), mode='loss')

    held, losses = held_mb(forward, device)
    loss, _ = model.parse_losses(losses)
    optimiser.update_params(loss)
    return held, _always_mb(model, optimiser.optimizer)


def _always_mb(model: torch.nn.Module,
               optimiser: torch.optim.Optimizer) -> float:
    tensors = list(model.buffers())
    for parameter in model.parameters():
        # A gradient is as large as its weights.
        tensors += [parameter] * (1 + parameter.requires_grad)
    for state in optimiser.state.values():
        tensors += [
            value for value in state.values() if torch.is_tensor(value)
        ]
    return sum(t.numel() * t.element_size() for t in tensors) / (1 << 20)
