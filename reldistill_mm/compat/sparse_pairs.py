"""Which rows meet at which offset of a sparse convolution, tile by tile.

spconv lists for each of a kernel's K offsets the pairs of an input and an
output row. A tile is a range of rows that receive sums, with the pairs that
end there, offset after offset. Its products fit into the caches, however many
rows a batch has; whole arrays of them leave the caches and cost a page fault
for every 4 kB. Source: ours.
"""
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

# Bytes of a tile's products; fewer would make the single product too small
# for its overhead. Measured with MinkUNet34 and with a student of width 16.
TILE_BYTES = 16 << 20
_LEAST_ROWS = 128


class Tile(NamedTuple):
    """The P pairs that end in the rows ``first`` to ``last``, excluded.

    Attributes:
        first, last: Range of the rows that receive.
        counts: Pairs of each offset; the rows below stand in that order.
        ends (Tensor): (K,) int32, where each offset's pairs end.
        givers (Tensor): (P,) int32, the row at which each pair starts.
        receivers (Tensor): (P,) int32, the row at which it ends.
        order (Tensor): (P,) int64, the pairs sorted by receiver, then offset.
        starts (Tensor): (last - first,) int64, where each row's pairs begin
            in ``order``.
    """
    first: int
    last: int
    counts: tuple[int, ...]
    ends: Tensor
    givers: Tensor
    receivers: Tensor
    order: Tensor
    starts: Tensor


class Pairs:
    """The pairs of one convolution, cut into tiles on demand.

    Args:
        counts (tuple[int, ...]): Pairs of each offset.
        inputs, outputs (Tensor): (P,) int32 rows, offset after offset.
        num_rows (tuple[int, int]): N_in and N_out.
        center (int, optional): Offset that maps each row to itself and is
            left out of the pairs; submanifold convolutions have it, and
            their offsets k and K - 1 - k mirror each other.
    """

    def __init__(self, counts: tuple[int,
                                     ...], inputs: Tensor, outputs: Tensor,
                 num_rows: tuple[int, int], center: int | None) -> None:
        self.counts, self.center = counts, center
        self._ends, self._num_rows = (inputs, outputs), num_rows
        self._cut: dict[tuple[bool, int], list[Tile]] = {}

    def tiles(self, row_bytes: int, backward: bool = False) -> list[Tile]:
        """Cut the pairs into tiles by the rows that receive.

        Args:
            row_bytes (int): Bytes of one product.
            backward (bool): Input rows receive from output rows.

        Returns:
            list[Tile]: In the order of the rows; at least one.
        """
        givers, receivers = self._ends[::-1] if backward else self._ends
        total = self._num_rows[0 if backward else 1]
        rows = TILE_BYTES * total // max(len(givers) * row_bytes, 1)
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
        inputs, outputs = (
            torch.cat([part[:size] for part, size in zip(end, sizes)])
            for end in (reversed(table) if inverse else table))
        known[inverse, subm] = Pairs(
            tuple(sizes), inputs, outputs, (num_in, num_out), center)
    return known[inverse, subm]


def _cut(counts: tuple[int, ...], givers: Tensor, receivers: Tensor,
         total: int, side: int) -> list[Tile]:
    """Cut pairs into tiles of ``side`` receiving rows."""
    if side >= total:
        return [_tile(0, total, counts, givers, receivers)]
    num_tiles, offsets = -(-total // side), len(counts)
    offset = torch.repeat_interleave(
        torch.arange(offsets), torch.tensor(counts))
    place = receivers.long() // side * offsets + offset
    by_place = _stable_order(place)
    sizes = torch.bincount(
        place, minlength=num_tiles * offsets).view(num_tiles, offsets)
    of_tile = sizes.sum(1).tolist()
    return [
        _tile(first, min(first + side, total), tuple(size), *ends)
        for first, size, *ends in zip(
            range(0, total, side), sizes.tolist(), givers[by_place].split(
                of_tile), receivers[by_place].split(of_tile))
    ]


def _tile(first: int, last: int, counts: tuple[int, ...], givers: Tensor,
          receivers: Tensor) -> Tile:
    of_row = torch.bincount(receivers - first, minlength=last - first)
    ends = torch.tensor(counts).cumsum(0, dtype=torch.int32)
    return Tile(first, last, counts, ends, givers, receivers,
                _stable_order(receivers),
                of_row.cumsum(0) - of_row)


def _stable_order(keys: Tensor) -> Tensor:
    """Sort by merging the ascending runs, which spconv's tables are made of.

    NumPy's stable sort looks for such runs; torch's does not.
    """
    return torch.from_numpy(np.argsort(keys.numpy(), kind='stable'))
