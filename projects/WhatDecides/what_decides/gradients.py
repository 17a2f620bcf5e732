"""Norms of the gradients that each loss gives a student at its start."""
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from torch import Tensor

from reldistill_mm.cli.pipeline_errors import missing_steps
from reldistill_mm.cli.tables import markdown_table
from reldistill_mm.errors import BadInput


class Norms(NamedTuple):
    """Gradients of one loss, means over the keyframes.

    Attributes:
        loss: Its value.
        row: Mean norm of the gradient of a row (N, D) of the student's unit
            features, times N, so that the number of rows does not count.
        weights: Norm of the gradient of all of the student's weights.
        rows: Number of rows N.
    """
    loss: float
    row: float
    weights: float
    rows: float


def gradient_norms(cfg: Config, keyframes: int, seed: int = 0) -> Norms:
    """Measure a config's losses on the first keyframes of its training set.

    Args:
        cfg (Config): A distillation config, in whose scope the caller is.
        keyframes (int): Number of keyframes, one per step. Those that the set
            has are taken again, with other augmentations, if it has fewer.
        seed (int): Seed of weights and augmentations. Defaults to 0.

    Raises:
        BadInput: The training set is empty.
    """
    torch.manual_seed(seed)
    model = MODELS.build(cfg.model).to(get_device())
    model.train()
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    if not len(dataset):
        raise BadInput(f"'{cfg.filename}' has no keyframe to train on: check "
                       'data_root and ann_file.')
    found = []
    for index in range(keyframes):
        _seed_all(seed + index)
        with missing_steps():
            sample = dataset[index % len(dataset)]
        found.append(_one_step(model, sample))
    return Norms(*(sum(column) / len(found) for column in zip(*found)))


def _one_step(model: torch.nn.Module, sample: dict) -> Norms:
    rows: list[Tensor] = []
    hooks = [
        loss.register_forward_pre_hook(lambda _, given: rows.append(given[0])
                                       if not rows else None)
        for loss in model.distill_head.losses
    ]
    data = model.data_preprocessor(pseudo_collate([sample]), True)
    terms = model(**data, mode='loss')
    for hook in hooks:
        hook.remove()
    total = sum(value for name, value in terms.items() if 'loss' in name)
    weights = [each for each in model.parameters() if each.requires_grad]
    of_rows, *rest = torch.autograd.grad(
        total, [rows[0], *weights], allow_unused=True)
    squares = [part.square().sum() for part in rest if part is not None]
    count = len(of_rows)
    return Norms(
        float(total), float(of_rows.norm(dim=1).sum()),
        float(torch.stack(squares).sum().sqrt()), count)


def _seed_all(seed: int) -> None:
    import random

    import numpy as np
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def norms_table(found: Mapping[str, Norms], names: Sequence[str]) -> str:
    """Format one line per config; ratios are to the first of ``names``."""
    first = found[names[0]]
    return markdown_table([
        'config', 'rows', 'loss', 'gradient per row', 'ratio',
        'gradient of all weights', 'ratio'
    ], [[
        name, f'{each.rows:.0f}', f'{each.loss:.3f}', f'{each.row:.3g}',
        f'{each.row / first.row:.2f}', f'{each.weights:.3g}',
        f'{each.weights / first.weights:.2f}'
    ] for name in names for each in [found[name]]])
