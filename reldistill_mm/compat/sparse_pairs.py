"""Which rows meet at which offset of a sparse convolution, tile by tile.

spconv lists for each of a kernel's K offsets the pairs of an input and an
output row. A tile is a range of rows that receive sums, with the pairs that
end there, offset after offset. Its products fit into the caches, however many
rows a batch has; whole arrays of them leave the caches and cost a page fault
for every 4 kB. Source: ours.
"""
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

# Bytes of a tile's products; fewer would make the single product too small
# for its overhead. Measured with MinkUNet34 and with a student of width 16.
TILE_BYTES = 16 << 20
_LEAST_ROWS = 128


class Tile:
    """The P pairs that end in the rows ``first`` to ``last``, excluded.

    Args:
        first, last (int): Range of the rows that receive.
        counts (Sequence[int]): Pairs of each of the K offsets; the rows below
            stand in that order.
        givers (Tensor): (P,) int32, the row at which each pair starts.
        receivers (Tensor): (P,) int32, the row at which it ends.
        spacing (int, optional): Each offset's pairs begin so many after those
            of the one before, and not where they end; what is between has no
            meaning. Only :attr:`begins` and :attr:`ends` know of it.
    """

    def __init__(self,
                 first: int,
                 last: int,
                 counts: Sequence[int],
                 givers: Tensor,
                 receivers: Tensor,
                 spacing: int | None = None) -> None:
        self.first, self.last, self.counts = first, last, tuple(counts)
        self.givers, self.receivers = givers, receivers
        self._spacing = spacing

    @cached_property
    def begins(self) -> Tensor:
        """(K,) int32, where each offset's pairs begin."""
        counts = torch.tensor(self.counts, dtype=torch.int32)
        if self._spacing is not None:
            return torch.arange(len(counts), dtype=torch.int32) * self._spacing
        return counts.cumsum(0, dtype=torch.int32) - counts

    @cached_property
    def ends(self) -> Tensor:
        """(K,) int32, where they end, excluded."""
        return self.begins + torch.tensor(self.counts, dtype=torch.int32)

    @cached_property
    def order(self) -> Tensor:
        """(P,) int64, the pairs sorted by receiver, then by offset."""
        return _stable_order(self.receivers)

    @cached_property
    def starts(self) -> Tensor:
        """(last - first,) int64, where each row's pairs begin in ``order``."""
        of_row = torch.bincount(
            self.receivers - self.first, minlength=self.last - self.first)
        return of_row.cumsum(0) - of_row


class Pairs:
    """The pairs of one convolution, cut into tiles on demand.

    Args:
        counts (tuple[int, ...]): Pairs of each offset.
        inputs, outputs (Tensor): (K, N) int32 rows; each offset's stand first.
        num_rows (tuple[int, int]): N_in and N_out.
        center (int, optional): Offset that maps each row to itself and is
            left out of the pairs; submanifold convolutions have it, and
            their offsets k and K - 1 - k mirror each other.
    """

    def __init__(self, counts: tuple[int,
                                     ...], inputs: Tensor, outputs: Tensor,
                 num_rows: tuple[int, int], center: int | None) -> None:
        self.counts, self.center, self.num_rows = counts, center, num_rows
        self._table = inputs, outputs
        self._cut: dict[tuple[bool, int], list[Tile]] = {}
        self._whole: dict[bool, Tile] = {}

    @cached_property
    def _ends(self) -> tuple[Tensor, ...]:
        """(P,) int32 each, input and output rows, offset after offset."""
        return tuple(
            torch.cat([part[:size] for part, size in zip(end, self.counts)])
            for end in self._table)

    def whole(self, backward: bool = False) -> Tile:
        """All pairs as they lie in spconv's table, for compiled kernels."""
        if backward not in self._whole:
            givers, receivers = self._table[::-1] if backward else self._table
            self._whole[backward] = Tile(0,
                                         self.num_rows[0 if backward else 1],
                                         self.counts, givers, receivers,
                                         givers.shape[1])
        return self._whole[backward]

    def tiles(self, row_bytes: int, backward: bool = False) -> list[Tile]:
        """Cut the pairs into tiles whose products fit into the caches.

        Args:
            row_bytes (int): Bytes of one product.
            backward (bool): Input rows receive from output rows.

        Returns:
            list[Tile]: In the order of the rows; at least one.
        """
        total = self.num_rows[0 if backward else 1]
        products = max(sum(self.counts) * row_bytes, 1)
        return self.tiles_of_rows(TILE_BYTES * total // products, backward)

    def tiles_of_rows(self, rows: int, backward: bool = False) -> list[Tile]:
        """Cut the pairs into tiles of ``rows`` rows that receive, or fewer.

        Args:
            rows (int): Few enough are made 128.
            backward (bool): Input rows receive from output rows.

        Returns:
            list[Tile]: In the order of the rows; at least one.
        """
        givers, receivers = self._ends[::-1] if backward else self._ends
        total = self.num_rows[0 if backward else 1]
        if rows >= total:
            rows = total
        else:
            # Powers of two: layers of other widths share the tiles.
            rows = 1 << max(rows, _LEAST_ROWS).bit_length() - 1
        if (backward, rows) not in self._cut:
            self._cut[backward, rows] = _cut(self.counts, givers, receivers,
                                             total, rows)
        return self._cut[backward, rows]


# The layers of one level share spconv's table; it is cut once for them.
_seen: Any = WeakTensorKeyDictionary()


def read_pairs(table: Tensor, counts: Tensor, num_in: int, num_out: int,
               inverse: bool, subm: bool) -> Pairs:
    """Read spconv's table of pairs; a table is read once while it lives.

    Args:
        table (Tensor): (2, K, N) int32, input and output rows.
        counts (Tensor): (K,) int32, pairs of each offset.
        num_in, num_out (int): Rows of the input and of the output.
        inverse (bool): Swap the two ends.
        subm (bool): Submanifold convolution.

    Returns:
        Pairs: The pairs.
    """
    known = _seen.setdefault(table, {})
    if (inverse, subm) not in known:
        sizes = counts.tolist()
        center = None
        if subm:
            # spconv counts one half only; the other mirrors it.
            center = len(sizes) // 2
            sizes = [*sizes[:center], 0, *sizes[:center][::-1]]
        # Of the same memory, but not a view, which would keep the key alive.
        ends = table.new_empty(0).set_(table.untyped_storage(),
                                       table.storage_offset(), table.shape,
                                       table.stride()).contiguous()
        inputs, outputs = ends.flip(0) if inverse else ends
        known[inverse, subm] = Pairs(
            tuple(sizes), inputs, outputs, (num_in, num_out), center)
    return known[inverse, subm]


def _cut(counts: tuple[int, ...], givers: Tensor, receivers: Tensor,
         total: int, side: int) -> list[Tile]:
    """Cut pairs into tiles of ``side`` receiving rows."""
    if side >= total:
        return [Tile(0, total, counts, givers, receivers)]
    num_tiles, offsets = -(-total // side), len(counts)
    offset = torch.repeat_interleave(
        torch.arange(offsets), torch.tensor(counts))
    place = receivers.long() // side * offsets + offset
    by_place = _stable_order(place)
    sizes = torch.bincount(
        place, minlength=num_tiles * offsets).view(num_tiles, offsets)
    of_tile = sizes.sum(1).tolist()
    return [
        Tile(first, min(first + side, total), size, *ends)
        for first, size, *ends in zip(
            range(0, total, side), sizes.tolist(), givers[by_place].split(
                of_tile), receivers[by_place].split(of_tile))
    ]


def _stable_order(keys: Tensor) -> Tensor:
    """Sort by merging the ascending runs, which spconv's tables are made of.

    NumPy's stable sort looks for such runs; torch's does not.
    """
    return torch.from_numpy(np.argsort(keys.numpy(), kind='stable'))
