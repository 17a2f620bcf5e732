"""The point-pixel pairs of a batch."""
from typing import NamedTuple

import torch
from mmdet3d.structures.det3d_data_sample import SampleList
from torch import Tensor

from ..errors import BadInput


class BatchPairs(NamedTuple):
    """P pairs of a batch of samples with at most V images each.

    Attributes:
        voxel (Tensor): (P,) int64, row of the batch's voxels.
        image (Tensor): (P,) int64, ``sample * V + camera``.
        uv (Tensor): (P, 2) float32, pixel (u, v) in that image.
        pair_index (Tensor): (P,) int64, a pair's place among all pairs of
            the batch's samples, one sample after the other.
    """
    voxel: Tensor
    image: Tensor
    uv: Tensor
    pair_index: Tensor

    def select(self, chosen: Tensor) -> 'BatchPairs':
        """Select the pairs at a (P,) bool mask or at (Q,) int64 positions."""
        return BatchPairs(*(column[chosen] for column in self))


def batch_pairs(batch_data_samples: SampleList,
                num_cameras: int) -> BatchPairs:
    """Join the samples' pairs; leave out points without a voxel.

    Args:
        batch_data_samples (list[:obj:`Det3DDataSample`]): Samples with
            ``pairs``, ``point2voxel_map`` (N,) and ``batch_idx`` (M,).
        num_cameras (int): V, the largest number of images of a sample.

    Returns:
        BatchPairs: All pairs whose point has a voxel.

    Raises:
        BadInput: The samples carry no pairs.
    """
    voxels, images, uvs = [], [], []
    offset = 0
    for index, sample in enumerate(batch_data_samples):
        if 'pairs' not in sample:
            raise BadInput(
                'The data samples carry no point-pixel pairs: the training '
                'pipeline needs PairPointsWithPixels (or LoadCachedPairs) '
                'and PackPairs.')
        voxel = sample.point2voxel_map[sample.pairs.point]
        voxels.append(torch.where(voxel < 0, voxel, voxel + offset))
        images.append(sample.pairs.camera + index * num_cameras)
        uvs.append(sample.pairs.uv)
        offset += len(sample.batch_idx)
    voxel = torch.cat(voxels)
    # Positions wait for the device once, a mask would once per column.
    kept = (voxel >= 0).nonzero().flatten()
    return BatchPairs(voxel[kept],
                      torch.cat(images)[kept],
                      torch.cat(uvs)[kept], kept)
