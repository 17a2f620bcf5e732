"""Compare sparse convolutions on the CPU with the products they consist of."""
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import torch
from mmdet3d.registry import MODELS
from torch import Tensor

from reldistill_mm.compat.sparse_convolution import (indice_conv,
                                                     indice_conv_backward)
from .measure import OTHER, OURS, Settings, Work, compare
from .recipe import Recipe, load, on_keyframe, sample_loader

# A student for quick experiments, as MiniWorld has it.
SMALL = {
    'base_channels': 16,
    'encoder_channels': [16, 32, 64, 128],
    'decoder_channels': [64, 64, 32, 32],
    'encoder_blocks': [1, 1, 1, 1],
    'decoder_blocks': [1, 1, 1, 1],
}
SMALL_VOXEL = 0.4
BATCH = 8
PRODUCTS = 'torch.mm of the same products, rows gathered, no sum'
ONE_BY_ONE = 'the keyframes one by one'
SPCONV = "spconv's own functions"
GOAL = 'ratio at least 0.7'


class Layer(NamedTuple):
    """A convolution as spconv calls it, with random values."""
    features: Tensor  # (N_in, C_in)
    filters: Tensor  # (C_out, *kernel_size, C_in)
    table: Tensor  # (2, K, N) int32
    counts: Tensor  # (K,) int32
    grad: Tensor  # (N_out, C_out)
    inverse: bool
    subm: bool

    def forward(self) -> Tensor:
        """Compute the layer's output as the plugin does."""
        return indice_conv(self.features, self.filters, self.table,
                           self.counts, len(self.grad), self.inverse,
                           self.subm)

    def backward(self) -> tuple[Tensor, Tensor]:
        """Compute both gradients as the plugin does."""
        return indice_conv_backward(self.features, self.filters, self.grad,
                                    self.table, self.counts, self.inverse,
                                    self.subm)

    def sizes(self) -> list[int]:
        """Return the rows of each product."""
        sizes = self.counts.tolist()
        if self.subm:
            half = sizes[:len(sizes) // 2]
            sizes = [*half, len(self.features), *half[::-1]]
        return sizes


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run all convolutions of a student on the real keyframe, on the CPU."""
    settings = settings._replace(device='cpu')
    recipe = on_keyframe(str(settings.data))
    cases = {
        'MinkUNet34, forward': (PRODUCTS, GOAL, (products, recipe, {}, True)),
        'MinkUNet34, backward':
        (PRODUCTS, GOAL, (products, recipe, {}, False)),
        f'MinkUNet34, batch of {BATCH}, forward and backward':
        (ONE_BY_ONE, f'ratio at least {BATCH / 8.5:.2f}', (batch, recipe)),
        'width 16, forward and backward':
        (SPCONV, 'ratio at least 2', (spconv_own, recipe, SMALL)),
    }
    return [
        dict(
            case=case,
            other_way=other,
            goal=goal,
            **compare(prepare, args, settings))
        for case, (other, goal, (prepare, *args)) in cases.items()
    ]


def products(recipe: Recipe, widths: dict[str, Any], forward: bool,
             device: str) -> dict[str, Work]:
    """Prepare one direction, and its products on rows of their own."""
    layers = record(recipe, widths)
    if forward:
        return {
            OURS: lambda: [layer.forward() for layer in layers],
            OTHER: lambda: [_multiply(layer) for layer in layers]
        }
    return {
        OURS: lambda: [layer.backward() for layer in layers],
        OTHER: lambda: [_multiply_back(layer) for layer in layers]
    }


def batch(recipe: Recipe, device: str) -> dict[str, Work]:
    """Prepare a batch, and as many times a single keyframe."""
    together, alone = record(recipe, {}, BATCH), record(recipe, {})

    def one_by_one() -> None:
        for _ in range(BATCH):
            _both_directions(alone)

    return {OURS: lambda: _both_directions(together), OTHER: one_by_one}


def spconv_own(recipe: Recipe, widths: dict[str, Any],
               device: str) -> dict[str, Work]:
    """Prepare ours and what spconv would do; one thread, as its sums race."""
    from spconv.pytorch import ops
    torch.set_num_threads(1)
    layers = record(recipe, widths, voxel=SMALL_VOXEL)
    forward = ops.indice_conv.__wrapped__
    backward = ops.indice_conv_backward.__wrapped__

    def theirs() -> None:
        for layer in layers:
            x, filters, table, counts, grad, inverse, subm = layer
            forward(x, filters, table, counts, len(grad), inverse, subm)
            backward(x, filters, grad, table, counts, inverse, subm)

    return {OURS: lambda: _both_directions(layers), OTHER: theirs}


def _both_directions(layers: list[Layer]) -> None:
    for layer in layers:
        layer.forward()
        layer.backward()


def record(recipe: Recipe,
           widths: dict[str, Any],
           count: int = 1,
           voxel: float | None = None) -> list[Layer]:
    """Record the convolutions of a student on copies of the keyframe.

    Args:
        recipe (Recipe): Config and options.
        widths (dict[str, Any]): Options of the student.
        count (int): Copies of the keyframe. Defaults to 1.
        voxel (float, optional): Edge of a voxel in metres. Defaults to None,
            the recipe's.

    Returns:
        list[Layer]: In the order of the calls.
    """
    config = load(recipe)
    model = config.model
    if voxel is not None:
        model.data_preprocessor.voxel_layer.voxel_size = [voxel] * 3
    student = MODELS.build(dict(model.backbone, **widths))
    data = MODELS.build(model.data_preprocessor)(sample_loader(
        config.test_dataloader.dataset, count)(), False)
    voxels = data['inputs']['voxels']
    layers: list[Layer] = []
    with torch.no_grad(), _recording(layers):
        student(voxels['voxels'], voxels['coors'])
    return layers


@contextmanager
def _recording(layers: list[Layer]) -> Iterator[None]:
    """Append every convolution that spconv is asked for."""
    from spconv.pytorch import ops
    original = ops.indice_conv

    def call(features: Tensor,
             filters: Tensor,
             table: Tensor,
             counts: Tensor,
             num_out: int,
             inverse: bool = False,
             subm: bool = False,
             **more: Any) -> Tensor:
        layers.append(
            Layer(
                _random(len(features), features.shape[1]), filters.detach(),
                table, counts, _random(num_out, len(filters)), inverse, subm))
        return original(features, filters, table, counts, num_out, inverse,
                        subm, **more)

    ops.indice_conv = call
    try:
        yield
    finally:
        ops.indice_conv = original


def _multiply(layer: Layer) -> None:
    sizes, width = layer.sizes(), len(layer.filters)
    sources = _random(sum(sizes), layer.features.shape[1]).split(sizes)
    results = _memory(sum(sizes), width).split(sizes)
    weights = layer.filters.flatten(1, -2).permute(1, 2, 0).unbind(0)
    for source, weight, result in zip(sources, weights, results):
        torch.mm(source, weight, out=result)


def _multiply_back(layer: Layer) -> None:
    sizes, width = layer.sizes(), layer.features.shape[1]
    sources = _random(sum(sizes), width).split(sizes)
    targets = _random(sum(sizes), len(layer.filters)).split(sizes)
    results = _memory(sum(sizes), width).split(sizes)
    weights = layer.filters.flatten(1, -2).unbind(1)
    of_weights = _memory(len(layer.filters) * len(sizes),
                         width).view(len(layer.filters), len(sizes),
                                     width).unbind(1)
    for source, target, weight, result, of_weight in zip(
            sources, targets, weights, results, of_weights):
        torch.mm(target, weight, out=result)
        torch.mm(target.T, source, out=of_weight)


@cache
def _random(rows: int, width: int) -> Tensor:
    """Make values once for all layers of a shape."""
    return torch.randn(rows, width)


@cache
def _memory(rows: int, width: int) -> Tensor:
    return torch.empty(rows, width)
