"""Voxel quantisation on the tensors' own device."""
from typing import NamedTuple

import torch
from torch import Tensor

# Bits per axis in the packed key: 3 x 18 leave 9 bits for the batch index in
# a non-negative int64, i.e. 262 144 voxels an axis (13 km at 0.05 m) and 512
# samples.
_BITS = 18
LIMIT = 1 << _BITS


class Voxels(NamedTuple):
    """M occupied voxels of N points.

    Attributes:
        coors (Tensor): (M, 4) int32 (batch, x, y, z), sorted, so that rows
            of one sample are contiguous and the last row has the last batch
            index.
        first_point (Tensor): (M,) int64, the lowest index of a point in
            each voxel.
        point2voxel (Tensor): (N,) int64, the voxel of each point.
    """
    coors: Tensor
    first_point: Tensor
    point2voxel: Tensor


def voxel_grid(xyz: Tensor, voxel_size: Tensor) -> Tensor:
    """Integer voxel coordinates of one sample, counted from zero.

    Rounds to the nearest voxel and subtracts the minimum, as mmdet3d's
    ``minkunet`` voxelisation does, so that backbones can be exchanged.

    Args:
        xyz (Tensor): (N, 3) float, metres.
        voxel_size (Tensor): (3,) float, metres.

    Returns:
        Tensor: (N, 3) int64, non-negative.

    Raises:
        ValueError: A point lies too far from the others, or is not finite.
    """
    if xyz.numel() == 0:
        return xyz.new_zeros((0, 3), dtype=torch.int64)
    grid = torch.round(xyz / voxel_size)
    grid = grid - grid.amin(0)
    # In float, before a far point can overflow; NaN fails the comparison.
    if not bool((grid < LIMIT).all()):
        far = float(xyz.abs().amax())
        raise ValueError(
            f'The cloud reaches {far:g} m, more than {LIMIT} voxels of '
            f'{voxel_size.tolist()} m from end to end: check it for stray '
            'points (PointsRangeFilter drops them) and the voxel size.')
    return grid.long()


def unique_voxels(coors: Tensor) -> Voxels:
    """Merge equal coordinates without leaving the device.

    Args:
        coors (Tensor): (N, 4) integer (batch, x, y, z), non-negative.

    Returns:
        Voxels: Coordinates, first points and the point-to-voxel map.

    Raises:
        ValueError: A coordinate does not fit the packed key.
    """
    coors = coors.long()
    if coors.numel() and bool(((coors < 0) | (coors >= LIMIT)).any()):
        raise ValueError(f'Voxel coordinates must be in [0, {LIMIT}), got '
                         f'{int(coors.min())} to {int(coors.max())}.')
    batch, x, y, z = coors.unbind(1)
    key = ((batch << _BITS | x) << _BITS | y) << _BITS | z
    unique, point2voxel = torch.unique(key, return_inverse=True)
    order = torch.arange(len(key), device=key.device)
    first = order.new_full((len(unique), ), len(key))
    first = first.scatter_reduce(0, point2voxel, order, 'amin')
    mask = LIMIT - 1
    merged = torch.stack([
        unique >> 3 * _BITS, unique >> 2 * _BITS & mask,
        unique >> _BITS & mask, unique & mask
    ], 1)
    return Voxels(merged.int(), first, point2voxel)
