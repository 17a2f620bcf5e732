"""The products of a sparse convolution's pairs.

The rows of a few offsets are gathered at a time, with one product per offset.
What is gathered stays in the second cache, and the products' memory is used
again by every tile and layer. Filters are multiplied where they lie, without
a copy. A small tile is gathered at once and multiplied in one call, where
torch has it: calling its many short products would cost a fifth of them.
Source: ours.
"""
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .sparse_pairs import Tile

# Bytes that are gathered at a time, unless one offset alone has more.
_GATHERED_BYTES = 256 << 10
# Bytes of rows up to which a tile is multiplied in one call.
_SMALL_BYTES = 8 << 20
# Since torch 2.10: one product per group of rows.
_grouped_mm: Callable[..., Tensor] | None = getattr(F, 'grouped_mm', None)


def multiply(tile: Tile, values: Tensor, weights: Tensor) -> Tensor:
    """Multiply the rows that the pairs start at by their offsets' weights.

    Args:
        tile (Tile): P pairs.
        values (Tensor): (N, C_in), float32 or float64.
        weights (Tensor): (K, C_in, C_out).

    Returns:
        Tensor: (P, C_out); the next call may overwrite it.
    """
    width = weights.shape[2]
    if _grouped_mm is not None and _fits_one_call(tile, values, width):
        return _grouped_mm(
            _gather('givers', values, tile.givers), weights, offs=tile.ends)
    products = _scratch('products', len(tile.givers), width, values)
    of_offset = weights.unbind(0)
    for part in _parts(tile, values.shape[1] * values.element_size()):
        sources = _gather('givers', values, part.givers)
        for offset, source, product in zip(
                part.offsets, sources.split(part.sizes),
                products[part.rows].split(part.sizes)):
            torch.mm(source, of_offset[offset], out=product)
    return products


def multiply_back(tile: Tile, grad: Tensor, values: Tensor, weights: Tensor,
                  weight_grads: Tensor, mirrored: bool) -> Tensor:
    """Multiply gradients by weights, and add to the weights' gradients.

    Args:
        tile (Tile): P pairs, from the rows of ``grad`` to those of ``values``.
        grad (Tensor): (N_out, C_out), float32 or float64.
        values (Tensor): (N_in, C_in), of that dtype.
        weights, weight_grads (Tensor): (K, C_out, C_in); the latter change.
        mirrored (bool): The tile's offset k is the weights' K - 1 - k.

    Returns:
        Tensor: (P, C_in), gradients of the receivers; the next call may
        overwrite it.
    """
    if _grouped_mm is not None and _fits_one_call(tile, grad, values.shape[1]):
        targets = _gather('givers', grad, tile.givers)
        sources = _gather('receivers', values, tile.receivers)
        found = _grouped_mm(targets.T, sources, offs=tile.ends)
        weight_grads += found.flip(0) if mirrored else found
        return _grouped_mm(
            targets, weights.flip(0) if mirrored else weights, offs=tile.ends)
    products = _scratch('products', len(tile.givers), values.shape[1], values)
    step = -1 if mirrored else 1
    of_offset, grads = (
        each.unbind(0)[::step] for each in (weights, weight_grads))
    row_bytes = max(grad.shape[1], values.shape[1]) * values.element_size()
    for part in _parts(tile, row_bytes):
        targets = _gather('givers', grad, part.givers)
        sources = _gather('receivers', values, part.receivers)
        for offset, target, source, product in zip(
                part.offsets, targets.split(part.sizes),
                sources.split(part.sizes),
                products[part.rows].split(part.sizes)):
            torch.mm(target, of_offset[offset], out=product)
            grads[offset].addmm_(target.T, source)
    return products


def _fits_one_call(tile: Tile, values: Tensor, width: int) -> bool:
    """Whether a tile is small, and its rows are what torch's call takes.

    Args:
        tile (Tile): P pairs.
        values (Tensor): (N, C), rows that are multiplied.
        width (int): Columns of the products.
    """
    widths = values.shape[1], width
    return (values.dtype == torch.float32
            and not any(each % 4 for each in widths)
            and 0 < len(tile.givers) * max(widths) * 4 <= _SMALL_BYTES)


class _Part(NamedTuple):
    """Successive offsets of a tile whose rows are gathered at once."""
    rows: slice  # among the tile's pairs
    givers: Tensor
    receivers: Tensor
    offsets: list[int]
    sizes: list[int]


def _parts(tile: Tile, row_bytes: int) -> Iterator[_Part]:
    """Divide a tile's offsets; those without a pair are left out."""
    limit = _GATHERED_BYTES // row_bytes
    start = stop = 0
    offsets: list[int] = []
    sizes: list[int] = []

    def part() -> _Part:
        rows = slice(start, stop)
        return _Part(rows, tile.givers[rows], tile.receivers[rows], offsets,
                     sizes)

    for offset, size in enumerate(tile.counts):
        if offsets and stop - start + size > limit:
            yield part()
            start, offsets, sizes = stop, [], []
        if size:
            offsets.append(offset)
            sizes.append(size)
            stop += size
    if offsets:
        yield part()


class _Memory(threading.local):
    """Memory of one thread that is used again and again."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, torch.dtype], Tensor] = {}


_memory = _Memory()


def _scratch(role: str, rows: int, width: int, like: Tensor) -> Tensor:
    """Return (rows, width) of memory that the next call overwrites.

    It is kept, since fresh memory would cost more than what is done in it.
    """
    kept = _memory.kept.get((role, like.dtype))
    if kept is None or kept.numel() < rows * width:
        # Later calls may be outside the inference mode of this one.
        with torch.inference_mode(False):
            kept = torch.empty(rows * width, dtype=like.dtype)
        _memory.kept[role, like.dtype] = kept
    return kept[:rows * width].view(rows, width)


def _gather(role: str, values: Tensor, rows: Tensor) -> Tensor:
    out = _scratch(role, len(rows), values.shape[1], values)
    return torch.index_select(values, 0, rows, out=out)
