"""Voxel quantisation on the tensors' own device."""
import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import BadInput
from .hints import fits

# Three axes of at most 18 bits leave 9 bits for the batch index in a
# non-negative int64 key: 262 144 voxels per axis (13 km at 0.05 m) and 512
# samples.
LIMIT = 1 << 18


class Voxels(NamedTuple):
    """M occupied voxels of the N points of B samples.

    Attributes:
        coors (Tensor): (M, 4) int32 (batch, x, y, z), sorted, so that rows
            of one sample are contiguous and the last row has the last batch
            index.
        first_point (Tensor): (M,) int64, the lowest index of a point in
            each voxel.
        point2voxel (Tensor): (N,) int64, the voxel of each point.
        bounds (list[int]): B + 1 rows of ``coors``: where each sample's
            voxels start, and the end.
    """
    coors: Tensor
    first_point: Tensor
    point2voxel: Tensor
    bounds: list[int]


def voxelize(clouds: Sequence[Tensor], voxel_size: Tensor) -> Voxels:
    """Quantise a batch of clouds; waits for the device once.

    Coordinates are rounded to the nearest voxel and counted from each
    sample's minimum, as mmdet3d's ``minkunet`` voxelisation does, so that
    backbones can be exchanged. The number of voxels depends on the data:
    that one synchronisation is unavoidable.

    Args:
        clouds (Sequence[Tensor]): B clouds (N_b, 3) float, metres.
        voxel_size (Tensor): (3,) float, metres.

    Returns:
        Voxels: Points are numbered over the batch.

    Raises:
        BadInput: A cloud is empty, or a point lies too far from the others
            or is not finite.

    Example:
        Three points of one sample, two of them in one voxel of 0.1 m:

        >>> cloud = torch.tensor([[1., 0., 0.], [0., 0., 0.], [1.01, 0., 0.]])
        >>> voxels = voxelize([cloud], torch.tensor([0.1, 0.1, 0.1]))
        >>> voxels.coors.tolist()
        [[0, 0, 0, 0], [0, 10, 0, 0]]
        >>> voxels.point2voxel, voxels.first_point
        (tensor([1, 0, 1]), tensor([1, 0]))
    """
    sizes = [len(cloud) for cloud in clouds]
    if 0 in sizes:
        raise BadInput(f'The cloud of sample {sizes.index(0)} of the batch '
                       'has no points.')
    grids = [_grid(cloud, voxel_size) for cloud in clouds]
    # In float, before a far point can overflow; NaN fails the comparison.
    most = torch.stack([grid.amax(1) for grid in grids])
    fits = (most < LIMIT).all(1)
    axes = torch.cat([grid.int() for grid in grids], 1)
    key, volume = _keys(axes, most.amax(0).long() + 1)
    for index, part in enumerate(key.split(sizes)):
        part += index * volume
    key, order = torch.sort(key, stable=True)
    is_first = torch.ones_like(key, dtype=torch.bool)
    torch.ne(key[1:], key[:-1], out=is_first[1:])
    rank = torch.cumsum(is_first, 0)
    edges = torch.arange(len(clouds) + 1, device=key.device) * volume
    edges = F.pad(rank, (1, 0))[torch.searchsorted(key, edges)]
    found = torch.cat([fits, edges]).tolist()
    _check(found[:len(clouds)], clouds, voxel_size)
    bounds = found[len(clouds):]

    rank -= 1
    point2voxel = torch.empty_like(rank).scatter_(0, order, rank)
    # The sort is stable: the first of equal keys has the lowest index. The
    # others go to a place of their own, which is dropped.
    first = order.new_empty(bounds[-1] + 1)
    first.scatter_(0, rank.masked_fill_(~is_first, bounds[-1]), order)
    first = first[:-1]
    return Voxels(_rows(axes, first, bounds), first, point2voxel, bounds)


def voxelize_sweeps(clouds: Sequence[Tensor], sweeps: Sequence[Tensor],
                    voxel_size: Tensor) -> Voxels:
    """Quantise the sweeps of each cloud apart: they share no voxel.

    Args:
        clouds (Sequence[Tensor]): B clouds (N_b, 3) float, metres.
        sweeps (Sequence[Tensor]): (N_b,) int64, the sweep of each point.
        voxel_size (Tensor): (3,) float, metres.

    Returns:
        Voxels: As of :func:`voxelize`, but column 0 of ``coors`` counts the
        sweeps of all samples; ``bounds`` are those of samples.

    Example:
        Two sweeps with a point each at the same place:

        >>> cloud = torch.zeros(2, 3)
        >>> one = torch.ones(3)
        >>> voxelize_sweeps([cloud], [torch.tensor([1, 0])], one).point2voxel
        tensor([1, 0])
    """
    parts, orders, numbers, offset = [], [], [0], 0
    for cloud, sweep in zip(clouds, sweeps):
        # Ascending within a sweep, so that the lowest index stays first.
        order = torch.argsort(sweep, stable=True)
        counts = sweep.unique(return_counts=True)[1].tolist()
        parts += cloud.index_select(0, order).split(counts)
        orders.append(order + offset)
        numbers.append(numbers[-1] + len(counts))
        offset += len(cloud)
    found, order = voxelize(parts, voxel_size), torch.cat(orders)
    point2voxel = torch.empty_like(order)
    point2voxel[order] = found.point2voxel
    return Voxels(found.coors, order[found.first_point], point2voxel,
                  [found.bounds[number] for number in numbers])


def check_voxel_size(voxel_size: Sequence[float]) -> None:
    """Refuse edges that are not lengths.

    Args:
        voxel_size (Sequence[float]): Three edges in metres.

    Raises:
        BadInput: There are not three, or one is not positive and finite.

    Example:
        >>> check_voxel_size([0.1, 0.1, 0.1])
    """
    if not fits(voxel_size, list[float]) or len(voxel_size) != 3 or not all(
            0 < edge < math.inf for edge in voxel_size):
        raise BadInput('voxel_size is three positive lengths in metres, not '
                       f'{voxel_size!r}.')


def _grid(xyz: Tensor, voxel_size: Tensor) -> Tensor:
    """Compute integral float coordinates (3, N), counted from zero.

    Columns are contiguous: rows of three are slow to walk.
    """
    grid = (xyz.T.contiguous() / voxel_size[:, None]).round_()
    return grid.sub_(grid.amin(1, keepdim=True))


def _keys(axes: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Compute an int64 key per point, ordered as (x, y, z), and their range.

    As few bits as the clouds need: radix sorts take a pass for each eight.
    """
    x, y, z = axes.long()
    width, depth, height = size
    return (x * depth + y) * height + z, width * depth * height


def _rows(axes: Tensor, point: Tensor, bounds: list[int]) -> Tensor:
    """Compute coordinates (M, 4) int32 of the voxels' first points."""
    rows = axes.new_empty((len(point), 4))
    for index, (start, end) in enumerate(zip(bounds, bounds[1:])):
        rows[start:end, 0] = index
    for column, values in enumerate(axes, 1):
        rows[:, column] = values.index_select(0, point)
    return rows


def _check(fits: list[int], clouds: Sequence[Tensor],
           voxel_size: Tensor) -> None:
    if all(fits):
        return
    index = fits.index(0)
    raise BadInput(
        f'The cloud of sample {index} of the batch reaches '
        f'{float(clouds[index].abs().amax()):g} m, more than {LIMIT} voxels '
        f'of {voxel_size.tolist()} m from end to end: check it for stray '
        'points (PointsRangeFilter drops them) and the voxel size.')
