"""Sparse convolution by compiled kernels, forward and backward; ours."""
import torch
from torch import Tensor
from torch.nn import functional as F

from .sparse_kernels import Kernels
from .sparse_pairs import Pairs, Tile

# Bytes of a tile's rows, given and received, that stay in the second cache.
_TILE_BYTES = 4 << 20


def convolve(kernels: Kernels, pairs: Pairs, x: Tensor,
             kernel: Tensor) -> Tensor:
    """Sparse convolution.

    Args:
        kernels (Kernels): Machine code.
        pairs (Pairs): From the rows of ``x`` to those of the result.
        x (Tensor): (N_in, C_in), float32.
        kernel (Tensor): (C_out, K, C_in), float32.

    Returns:
        Tensor: (N_out, C_out), float32.
    """
    width = len(kernel)
    weights = _padded(kernel.permute(1, 2, 0), kernels.columns)
    x = x.contiguous()
    out = _start(pairs, x, weights, pairs.num_rows[1])
    kernels.multiply(
        _tiles(pairs, x, out, False, torch.get_num_threads()),
        x,
        weights,
        out,
        mirrored=False)
    return out[:, :width]


def convolve_back(kernels: Kernels, pairs: Pairs, x: Tensor, kernel: Tensor,
                  grad: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of :func:`convolve`.

    Args:
        kernels, pairs, x, kernel: Those of :func:`convolve`.
        grad (Tensor): (N_out, C_out), gradient of its result.

    Returns:
        tuple[Tensor, Tensor]: Gradients of ``x`` and ``kernel``.
    """
    width = x.shape[1]
    x, grad = _padded(x.contiguous(), kernels.columns), grad.contiguous()
    kernel = _padded(kernel.contiguous(), kernels.columns)
    weights = kernel.transpose(0, 1)
    kernel_grad = torch.zeros_like(kernel)
    weight_grads = kernel_grad.transpose(0, 1)
    out = _start(pairs, grad, weights, len(x))
    # A submanifold's way back is its way there, the offsets mirrored.
    mirrored = pairs.center is not None
    backward = not mirrored
    kernels.multiply(
        _tiles(pairs, x, grad, backward, torch.get_num_threads()), grad,
        weights, out, mirrored)
    # Its threads share the offsets; the order of the sums stays.
    kernels.outer(
        _tiles(pairs, x, grad, backward, 1), grad, weight_grads, x, mirrored)
    if pairs.center is not None:
        weight_grads[pairs.center] = _product(grad.T, x)
    return out[:, :width], kernel_grad[..., :width]


def _padded(values: Tensor, multiple: int) -> Tensor:
    """Fill the columns with zeros up to a multiple."""
    missing = -values.shape[-1] % multiple
    return F.pad(values, (0, missing)) if missing else values


def _start(pairs: Pairs, values: Tensor, weights: Tensor,
           num_rows: int) -> Tensor:
    """What the centre, which maps each row to itself, gives; or zeros."""
    if pairs.center is None:
        return values.new_zeros(num_rows, weights.shape[2])
    return _product(values, weights[pairs.center])


def _product(one: Tensor, other: Tensor) -> Tensor:
    """Multiply in float32, under autocast, too."""
    out = one.new_empty(len(one), other.shape[1])
    return torch.mm(one, other, out=out)


def _tiles(pairs: Pairs, one: Tensor, other: Tensor, backward: bool,
           count: int) -> list[Tile]:
    """Cut into ``count`` tiles at least, each within the second cache."""
    total = pairs.num_rows[0 if backward else 1]
    row_bytes = (one.shape[1] + other.shape[1]) * one.element_size()
    rows = min(_TILE_BYTES // row_bytes, -(-total // count))
    if rows < total:
        return pairs.tiles_of_rows(rows, backward)
    return [pairs.whole(backward)]
