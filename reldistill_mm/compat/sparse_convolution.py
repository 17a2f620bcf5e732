"""Sparse convolution on the CPU, forward and backward.

Compiled kernels add the products of a convolution's pairs where they belong
(:mod:`.sparse_sums`). Where there are none, or for other types than float32,
PyTorch does: for each tile of rows that receive (:mod:`.sparse_pairs`), the
products of its pairs (:mod:`.sparse_products`) and one sum per row. Either way
every sum has a fixed order, so that results repeat to the bit. Source: ours.
"""
import torch
from torch import Tensor
from torch.nn import functional as F

from . import sparse_products, sparse_sums
from .sparse_kernels import find_kernels
from .sparse_pairs import Pairs, Tile, read_pairs


def indice_conv(features: Tensor,
                filters: Tensor,
                indice_pairs: Tensor,
                indice_pair_num: Tensor,
                num_activate_out: int,
                inverse: bool = False,
                subm: bool = False) -> Tensor:
    """Sparse convolution.

    Args:
        features (Tensor): (N_in, C_in), floating point; 16-bit types are
            computed in float32.
        filters (Tensor): ``(C_out, *kernel_size, C_in)``.
        indice_pairs (Tensor): (2, K, N) int32, input and output rows.
        indice_pair_num (Tensor): (K,) int32, pairs of each offset.
        num_activate_out (int): N_out.
        inverse (bool): Swap the two ends of the pairs.
        subm (bool): Submanifold: the centre maps each row to itself.

    Returns:
        Tensor: (N_out, C_out), dtype of ``features``.
    """
    x, kernel = _single(features), _single(filters).flatten(1, -2)
    pairs = read_pairs(indice_pairs, indice_pair_num, len(x), num_activate_out,
                       inverse, subm)
    kernels = find_kernels() if x.dtype == torch.float32 else None
    if kernels is not None:
        found = sparse_sums.convolve(kernels, pairs, x, kernel)
        return found.to(features.dtype)
    weights = kernel.permute(1, 2, 0)
    width = len(filters)
    sums = _Sums(x, num_activate_out, width)
    for tile in pairs.tiles(width * x.element_size()):
        products = sparse_products.multiply(tile, x, weights)
        sums.add(tile, products, x, _center(pairs, weights))
    return sums.total.to(features.dtype)


def indice_conv_backward(features: Tensor,
                         filters: Tensor,
                         out_bp: Tensor,
                         indice_pairs: Tensor,
                         indice_pair_num: Tensor,
                         inverse: bool = False,
                         subm: bool = False) -> tuple[Tensor, Tensor]:
    """Gradients of :func:`indice_conv`.

    Args:
        out_bp (Tensor): (N_out, C_out), gradient of the output. The others
            are those of :func:`indice_conv`.

    Returns:
        tuple[Tensor, Tensor]: Gradients of ``features`` and ``filters``, in
        their shapes and dtypes.
    """
    x, grad, kernel = _single(features), _single(out_bp), _single(filters)
    pairs = read_pairs(indice_pairs, indice_pair_num, len(x), len(grad),
                       inverse, subm)
    kernels = find_kernels() if x.dtype == torch.float32 else None
    if kernels is not None:
        found, kernel_grad = sparse_sums.convolve_back(kernels, pairs, x,
                                                       kernel.flatten(1, -2),
                                                       grad)
        return (found.to(features.dtype),
                kernel_grad.view(filters.shape).to(filters.dtype))
    kernel_grad = torch.zeros_like(
        kernel, memory_format=torch.contiguous_format)
    weights = kernel.flatten(1, -2).transpose(0, 1)
    weight_grads = kernel_grad.flatten(1, -2).transpose(0, 1)
    width = x.shape[1]
    sums = _Sums(x, len(x), width)
    for tile in pairs.tiles(width * x.element_size(), backward=not subm):
        # A submanifold's way back is its way there, the offsets mirrored.
        products = sparse_products.multiply_back(
            tile, grad, x, weights, weight_grads, mirrored=subm)
        sums.add(tile, products, grad, _center(pairs, weights))
        if pairs.center is not None:
            rows = slice(tile.first, tile.last)
            weight_grads[pairs.center].addmm_(grad[rows].T, x[rows])
    return sums.total.to(features.dtype), kernel_grad.to(filters.dtype)


class _Sums:
    """Receive the products of tile after tile.

    Args:
        like (Tensor): A tensor of the sums' dtype.
        num_rows, width (int): Shape of all sums.
    """

    def __init__(self, like: Tensor, num_rows: int, width: int) -> None:
        self.shape = num_rows, width
        self.total = like.new_empty(0, width)

    def add(self, tile: Tile, products: Tensor, values: Tensor,
            center: Tensor | None) -> None:
        """Sum each row's products in a fixed order, and its own part.

        Args:
            tile (Tile): Where the products belong.
            products (Tensor): (P, C).
            values (Tensor): Rows that the centre's weights are applied to.
            center (Tensor, optional): The centre's weights.
        """
        if len(products):
            sums = F.embedding_bag(
                tile.order, products, tile.starts, mode='sum')
        else:
            sums = products.new_zeros(tile.last - tile.first, self.shape[1])
        if center is not None:
            sums.addmm_(values[tile.first:tile.last], center)
        if len(sums) == self.shape[0]:
            self.total = sums
            return
        if tile.first == 0:
            self.total = products.new_empty(self.shape)
        self.total[tile.first:tile.last] = sums


def _center(pairs: Pairs, weights: Tensor) -> Tensor | None:
    return None if pairs.center is None else weights[pairs.center]


def _single(values: Tensor) -> Tensor:
    """Cast 16-bit types, which the CPU multiplies badly or not, to float32."""
    return values.float() if values.element_size() < 4 else values
