"""Make spconv 2 correct and trainable on the CPU; patched only here.

spconv 2.3.8 has two bugs on the CPU, neither of which affects CUDA:

- The backward pass asks CUDA for its current stream before it looks at the
  device, although the CPU kernels never use it.
- Its scatter keeps the row pointers outside an OpenMP loop, so that threads
  overwrite each other's: with two threads or more, sums land in wrong rows
  now and then, in the forward and the backward pass.

A scatter without the race is slow when it is called for each of a kernel's
offsets. So on the CPU the two functions that every sparse convolution goes
through are ours, in plain PyTorch: one gather, one product per offset, one
sum. Results repeat to the bit and agree with dense convolution
(``tests/test_compat/test_spconv_cpu.py``). CUDA tensors still take spconv's
own path.
"""
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.weak import WeakTensorKeyDictionary


def enable_spconv_on_cpu() -> bool:
    """Patch spconv: CPU convolutions always, the stream where CUDA is not.

    Returns:
        bool: Whether spconv 2 is there to be patched.
    """
    try:
        from spconv.pytorch import ops
    except ImportError:
        return False
    if not torch.cuda.is_available():
        ops.get_current_stream = _no_stream
    for name, ours in (('indice_conv', indice_conv), ('indice_conv_backward',
                                                      indice_conv_backward)):
        theirs = getattr(ops, name)
        if not hasattr(theirs, '__wrapped__'):
            setattr(ops, name, _on_cpu(ours, theirs))
    return True


def _no_stream() -> int:
    """The null stream; CPU kernels take the argument and ignore it."""
    return 0


def _on_cpu(ours: Callable, theirs: Callable) -> Callable:

    @wraps(theirs)
    def choose(features: Tensor, *args: Any, **kwargs: Any) -> Any:
        # spconv itself refuses quantised features and fused activations.
        act = getattr(kwargs.get('act_type'), 'name', 'None_')
        if (features.is_cuda or not features.is_floating_point()
                or kwargs.get('bias') is not None or act != 'None_'):
            return theirs(features, *args, **kwargs)
        return ours(features, *args, **kwargs)

    return choose


class _Rows(NamedTuple):
    """One end of the pairs, offset after offset."""
    rows: Tensor  # (P,) int64, the row of each pair
    order: Tensor  # (P,) int64, the pairs sorted by row
    starts: Tensor  # (N,) int64, where each row's pairs begin in ``order``

    @classmethod
    def of(cls, rows: Tensor, num_rows: int) -> '_Rows':
        counts = torch.bincount(rows, minlength=num_rows)
        return cls(rows, rows.argsort(stable=True), counts.cumsum(0) - counts)

    def gather(self, values: Tensor) -> Tensor:
        return values.index_select(0, self.rows)

    def sums(self, values: Tensor) -> Tensor:
        """Sum of each row's pairs, in a fixed order, (P, C) to (N, C)."""
        if not len(values):
            return values.new_zeros(len(self.starts), values.shape[1])
        return F.embedding_bag(self.order, values, self.starts, mode='sum')


class _Pairs(NamedTuple):
    """Which input row meets which output row at which kernel offset."""
    counts: tuple[int, ...]  # pairs of each offset
    inputs: _Rows
    outputs: _Rows
    center: int | None  # the offset that maps each row to itself


# The layers of one level share spconv's table; it is sorted once for them.
_seen: Any = WeakTensorKeyDictionary()


def _pairs(table: Tensor, counts: Tensor, num_in: int, num_out: int,
           inverse: bool, subm: bool) -> _Pairs:
    """Read spconv's (2, K, N) table of pairs."""
    known = _seen.setdefault(table, {})
    if (inverse, subm) not in known:
        sizes = counts.tolist()
        center = None
        if subm:
            # spconv counts one half only; the other mirrors it.
            center = len(sizes) // 2
            sizes = [*sizes[:center], 0, *sizes[:center][::-1]]
        ends = [
            torch.cat([part[:size] for part, size in zip(end, sizes)]).long()
            for end in table
        ]
        if inverse:
            ends.reverse()
        known[inverse, subm] = _Pairs(
            tuple(sizes), _Rows.of(ends[0], num_in),
            _Rows.of(ends[1], num_out), center)
    return known[inverse, subm]


def _by_offset(filters: Tensor) -> Tensor:
    """Reshape (C_out, ..., C_in), as spconv 2 has it, to (K, C_out, C_in)."""
    return filters.flatten(1, -2).transpose(0, 1).contiguous()


def indice_conv(features: Tensor,
                filters: Tensor,
                indice_pairs: Tensor,
                indice_pair_num: Tensor,
                num_activate_out: int,
                inverse: bool = False,
                subm: bool = False,
                **_: Any) -> Tensor:
    """Sparse convolution: one gather, K products, one sum.

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
    x, weights = _single(features), _by_offset(_single(filters))
    pairs = _pairs(indice_pairs, indice_pair_num, len(x), num_activate_out,
                   inverse, subm)
    gathered = pairs.inputs.gather(x)
    products = x.new_empty(len(gathered), len(filters))
    for weight, source, out in zip(weights, gathered.split(pairs.counts),
                                   products.split(pairs.counts)):
        torch.mm(source, weight.T, out=out)
    sums = pairs.outputs.sums(products)
    if pairs.center is not None:
        sums.addmm_(x, weights[pairs.center].T)
    return sums.to(features.dtype)


def indice_conv_backward(features: Tensor,
                         filters: Tensor,
                         out_bp: Tensor,
                         indice_pairs: Tensor,
                         indice_pair_num: Tensor,
                         inverse: bool = False,
                         subm: bool = False,
                         **_: Any) -> tuple[Tensor, Tensor]:
    """Gradients of :func:`indice_conv`.

    Args:
        out_bp (Tensor): (N_out, C_out), gradient of the output. The others
            are those of :func:`indice_conv`.

    Returns:
        tuple[Tensor, Tensor]: Gradients of ``features`` and ``filters``, in
        their shapes and dtypes.
    """
    x, grad, weights = _single(features), _single(out_bp), _by_offset(
        _single(filters))
    pairs = _pairs(indice_pairs, indice_pair_num, len(x), len(grad), inverse,
                   subm)
    sources, targets = pairs.inputs.gather(x), pairs.outputs.gather(grad)
    products = torch.empty_like(sources)
    weight_grads = torch.empty_like(weights)
    for weight, weight_grad, source, target, out in zip(
            weights, weight_grads, sources.split(pairs.counts),
            targets.split(pairs.counts), products.split(pairs.counts)):
        torch.mm(target, weight, out=out)
        torch.mm(target.T, source, out=weight_grad)
    x_grad = pairs.inputs.sums(products)
    if pairs.center is not None:
        x_grad.addmm_(grad, weights[pairs.center])
        torch.mm(grad.T, x, out=weight_grads[pairs.center])
    return (x_grad.to(features.dtype),
            weight_grads.transpose(0,
                                   1).reshape(filters.shape).to(filters.dtype))


def _single(values: Tensor) -> Tensor:
    """Cast 16-bit types, which the CPU multiplies badly or not, to float32."""
    return values.float() if values.element_size() < 4 else values
