"""Kernels of the sparse convolution, compiled for this machine by LLVM.

llvmlite, which mmdet3d's Numba brings along, makes machine code of them in a
fraction of a second, once per process; no compiler need be installed. A kernel
reads rows where they lie, keeps a block of sums in registers and adds it where
it belongs: nothing is gathered, and no products are written. Source: ours.
"""
import ctypes
import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from .sparse_pairs import Tile

# Set to 0, plain PyTorch multiplies.
SWITCH = 'RELDISTILL_CPU_KERNELS'


class Kernels:
    """Two sums over pairs of rows, in machine code.

    Each call works in as many threads as torch would. Neither their number nor
    that of the tiles changes what :meth:`multiply` gives; :meth:`outer`'s sums
    have another order with other tiles.

    Args:
        block (tuple[int, int], optional): Rows and columns of a block.
            Defaults to None, what the machine's registers hold.

    Raises:
        Exception: Whatever LLVM says where it cannot.
    """

    def __init__(self, block: tuple[int, int] | None = None) -> None:
        import llvmlite.binding as llvm

        from . import sparse_kernel_code as code
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        features = llvm.get_host_cpu_features()
        # 32 registers of 16 floats, or fewer and shorter ones.
        rows, self._block = block or (
            (8, 32) if features.get('avx512f', False) else (4, 16))
        module = llvm.parse_assembly(code.write_module(rows, self._block))
        module.verify()
        machine = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=3)
        passes = llvm.create_pass_builder(
            machine, llvm.create_pipeline_tuning_options(speed_level=1))
        passes.getModulePassManager().run(module, passes)
        # The code lives as long as its engine.
        self._engine = llvm.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()
        kind = ctypes.CFUNCTYPE(
            None,
            *len(code.ROWS + code.TABLES) * [ctypes.c_void_p],
            *len(code.NUMBERS) * [ctypes.c_int64])
        self.columns = code.COLUMNS
        self._multiply, self._outer = (
            kind(self._engine.get_function_address(name))
            for name in ('multiply', 'outer'))

    def multiply(self, tiles: list[Tile], values: Tensor, weights: Tensor,
                 out: Tensor, mirrored: bool) -> None:
        """Add ``values[giver] @ weights[offset]`` to ``out[receiver]``.

        Args:
            tiles (list[Tile]): The pairs.
            values (Tensor): (N, C), float32, contiguous.
            weights (Tensor): (K, C, D).
            out (Tensor): (M, D), contiguous; D is a multiple of ``columns``.
            mirrored (bool): The tiles' offset k is the weights' K - 1 - k.
        """
        packed = self._packed(weights)
        calls = self._calls(self._multiply, tiles, values, packed, out,
                            mirrored)
        _in_threads(lambda call: call(0, len(packed)), calls)

    def outer(self, tiles: list[Tile], values: Tensor, weights: Tensor,
              out: Tensor, mirrored: bool) -> None:
        """Add ``outer(values[giver], out[receiver])`` to ``weights[offset]``.

        Args:
            tiles, values, out, mirrored: Those of :meth:`multiply`.
            weights (Tensor): (K, C, D), whose last dimension is contiguous.
        """
        calls = self._calls(self._outer, tiles, values, weights, out, mirrored)

        def some(first: int, last: int) -> None:
            for call in calls:
                call(first, last)

        if torch.get_num_threads() == 1:
            some(0, len(weights))
        else:
            _in_threads(lambda offset: some(offset, offset + 1),
                        range(len(weights)))

    def _packed(self, weights: Tensor) -> Tensor:
        """Copy weights, block of columns by block; (K, C, D) still.

        A block's rows follow each other: rows that are a power of two apart
        would keep each other from the first cache.
        """
        offsets, depth, columns = weights.shape
        whole = columns - columns % self._block
        packed = weights.new_empty(offsets, depth * columns)
        for part, width in ((slice(0, whole), self._block),
                            (slice(whole, columns), self.columns)):
            blocks = packed[:, part.start * depth:part.stop * depth]
            blocks.view(offsets, -1, depth,
                        width).copy_(weights[..., part].unflatten(
                            -1, (-1, width)).transpose(1, 2))
        return packed.view(weights.shape)

    @staticmethod
    def _calls(function: Callable[..., None], tiles: list[Tile],
               values: Tensor, weights: Tensor, out: Tensor,
               mirrored: bool) -> list[Callable[[int, int], None]]:
        """Make one call for each tile, of a range of offsets.

        The addresses are those of tensors that the caller and the tiles keep.

        Raises:
            TypeError: A tensor's memory is not what the code works on.
        """
        for each, fits in ((values, values.is_contiguous()),
                           (weights, weights.stride(-1) == 1),
                           (out, out.is_contiguous())):
            if each.dtype != torch.float32 or not fits:
                raise TypeError(
                    f'rows of float32 are wanted, not {each.dtype} '
                    f'with strides {each.stride()}')
        step, start = weights.stride(0), weights.data_ptr()
        if mirrored:
            start += (len(weights) - 1) * step * weights.element_size()
            step = -step
        rows = values.data_ptr(), start, out.data_ptr()
        sizes = values.shape[1], out.shape[1], step, weights.stride(1)
        return [
            partial(
                function, *rows,
                *(each.data_ptr()
                  for each in (tile.givers, tile.receivers, tile.begins,
                               tile.ends)), *sizes) for tile in tiles
        ]


@lru_cache(maxsize=1)
def find_kernels() -> Kernels | None:
    """Compile the kernels, once per process.

    Returns:
        Kernels | None: None where they are switched off, or where llvmlite is
        missing or cannot.
    """
    if os.environ.get(SWITCH) == '0':
        return None
    try:
        return Kernels()
    except Exception as error:
        warnings.warn(
            'Sparse convolutions on the CPU take plain PyTorch, which is '
            f'slower: {type(error).__name__}: {error}')
        return None


@lru_cache(maxsize=1)
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    # A forked process has the parent's pool without its threads.
    del process
    return ThreadPoolExecutor(threads)


def _in_threads(function: Callable[[Any], None], parts: Iterable) -> None:
    """Call it for each part; none touches what another does."""
    parts, threads = list(parts), torch.get_num_threads()
    if threads == 1 or len(parts) == 1:
        for part in parts:
            function(part)
    else:
        list(_pool(os.getpid(), threads).map(function, parts))
