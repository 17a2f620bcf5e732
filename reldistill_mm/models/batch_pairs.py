"""The point-pixel pairs of a batch."""
from collections.abc import Sequence
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
        segment (Tensor, optional): (P,) int64, superpixel of that image,
            negative for none. Defaults to None: not all samples have them.
        group (Tensor, optional): (P,) int64. Pairs of one number count as
            one, whose features are the means of theirs. Defaults to None,
            each pair for itself.
        sample (Tensor, optional): (P,) int64, the pair's sample in the batch.
            Defaults to None, unknown.
        xyz (Tensor, optional): (P, 3) float32, metres, where the student sees
            the point: in the LiDAR's frame after augmentation. Defaults to
            None, unknown.
        teacher (Tensor, optional): (P, D) float32, the teacher's features,
            for a sampler with ``needs_teacher``; not normalised if they were
            projected in a cache. Defaults to None, not read yet.
    """
    voxel: Tensor
    image: Tensor
    uv: Tensor
    pair_index: Tensor
    segment: Tensor | None = None
    group: Tensor | None = None
    sample: Tensor | None = None
    xyz: Tensor | None = None
    teacher: Tensor | None = None

    def select(self, chosen: Tensor) -> 'BatchPairs':
        """Select the pairs at a (P,) bool mask or at (Q,) int64 positions."""
        return BatchPairs(
            **{
                name: column[chosen]
                for name, column in self._asdict().items()
                if column is not None
            })


def batch_pairs(batch_data_samples: SampleList,
                num_cameras: int,
                clouds: Sequence[Tensor] | None = None) -> BatchPairs:
    """Join the samples' pairs; leave out points without a voxel.

    Args:
        batch_data_samples (list[:obj:`Det3DDataSample`]): Samples with
            ``pairs``, ``point2voxel_map`` (N,) and ``batch_idx`` (M,).
        num_cameras (int): V, the largest number of images of a sample; 0
            where there are no images, and the pairs say it.
        clouds (Sequence[Tensor], optional): Points (N, C) of each sample, x, y
            and z first. Defaults to None: the pairs get no ``xyz``.

    Returns:
        BatchPairs: All pairs whose point has a voxel.

    Raises:
        BadInput: The samples carry no pairs.
    """
    voxels, images, uvs, segments = [], [], [], []
    offset = 0
    for sample in batch_data_samples:
        if 'pairs' not in sample:
            raise BadInput(
                'The data samples carry no point-pixel pairs: the training '
                'pipeline needs PairPointsWithPixels (or LoadCachedPairs) '
                'and PackPairs.')
        voxel = sample.point2voxel_map[sample.pairs.point]
        voxels.append(torch.where(voxel < 0, voxel, voxel + offset))
        images.append(sample.pairs.camera)
        uvs.append(sample.pairs.uv)
        segments.append(sample.pairs.get('segment'))
        offset += len(sample.batch_idx)
    voxel = torch.cat(voxels)
    segment = xyz = None
    if clouds is not None:
        xyz = torch.cat([
            cloud[sample.pairs.point, :3]
            for cloud, sample in zip(clouds, batch_data_samples)
        ])
    if segments and all(each is not None for each in segments):
        segment = torch.cat(segments)
    pairs = BatchPairs(
        voxel,
        _number_images(images, num_cameras),
        torch.cat(uvs),
        torch.arange(len(voxel), device=voxel.device),
        segment,
        sample=torch.cat([
            torch.full_like(camera, index)
            for index, camera in enumerate(images)
        ]),
        xyz=xyz)
    # Positions wait for the device once, a mask would once per column.
    return pairs.select((voxel >= 0).nonzero().flatten())


def _number_images(cameras: list[Tensor], num_cameras: int) -> Tensor:
    """Number the images of all samples by the cameras (P_b,) of each."""
    total: int | Tensor = num_cameras
    if not num_cameras and any(map(len, cameras)):
        # Cached pairs come without images. A tensor waits for no device.
        total = torch.cat(cameras).max() + 1
    return torch.cat(
        [camera + index * total for index, camera in enumerate(cameras)])
