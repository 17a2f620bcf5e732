"""Voxel quantisation on the tensors' own device."""
from typing import NamedTuple

import torch
from torch import Tensor

# Bits per axis in the packed key: 3 x 18 leave 9 bits for the batch index in
# a non-negative int64, i.e. 262 144 voxels an axis (13 km at 0.05 m) and 512
# samples.
_BITS = 18


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
    """
    if xyz.numel() == 0:
        return xyz.new_zeros((0, 3), dtype=torch.int64)
    grid = torch.round(xyz / voxel_size).long()
    return grid - grid.amin(0)


def unique_voxels(coors: Tensor) -> Voxels:
    """Merge equal coordinates without leaving the device.

    Args:
        coors (Tensor): (N, 4) integer (batch, x, y, z), non-negative.

    Returns:
        Voxels: Coordinates, first points and the point-to-voxel map.

    Raises:
        ValueError: A coordinate does not fit the packed key: a point lies
            kilometres away or the voxel size is far too small.
    """
    coors = coors.long()
    limit = 1 << _BITS
    if coors.numel() and bool((coors >= limit).any()):
        worst = int(coors.max())
        raise ValueError(
            f'Voxel coordinate {worst} is beyond {limit - 1}: check the '
            'cloud for stray points (PointsRangeFilter drops them) and the '
            'voxel size.')
    batch, x, y, z = coors.unbind(1)
    key = ((batch << _BITS | x) << _BITS | y) << _BITS | z
    unique, point2voxel = torch.unique(key, return_inverse=True)
    order = torch.arange(len(key), device=key.device)
    first = order.new_full((len(unique), ), len(key))
    first = first.scatter_reduce(0, point2voxel, order, 'amin')
    mask = limit - 1
    merged = torch.stack([
        unique >> 3 * _BITS, unique >> 2 * _BITS & mask,
        unique >> _BITS & mask, unique & mask
    ], 1)
    return Voxels(merged.int(), first, point2voxel)
