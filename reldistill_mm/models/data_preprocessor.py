"""Voxelise on the tensors' own device."""
from typing import Dict, List

import torch
from mmdet3d.models import Det3DDataPreprocessor
from mmdet3d.registry import MODELS
from mmdet3d.structures.det3d_data_sample import SampleList
from torch import Tensor
from torch.nn import functional as F

from ..functional import lift_flat_axes, unique_voxels, voxel_grid


@MODELS.register_module()
class DistillDataPreprocessor(Det3DDataPreprocessor):
    """``Det3DDataPreprocessor`` whose ``minkunet`` voxels stay on the device.

    Same arguments, same voxels and the same fields on the data samples as
    mmdet3d's, on any device. Three things differ: ``point2voxel_map`` is -1
    for points whose voxel ``max_voxels`` dropped in training (mmdet3d's
    keeps indices into the full set), and coordinates are always
    (batch, x, y, z), which is what spconv wants. Batches too flat for
    MinkUNet's four halvings are lifted (:func:`lift_flat_axes`).

    Sets on each data sample ``point2voxel_map`` (N,) int64, into the
    sample's own voxels, and ``batch_idx`` (M,); with labels also
    ``gt_pts_seg.voxel_semantic_mask`` (M,).
    """

    @torch.no_grad()
    def voxelize(self, points: List[Tensor],
                 data_samples: SampleList) -> Dict[str, Tensor]:
        """Voxelise a batch.

        Args:
            points (List[Tensor]): B clouds (N_b, C), metres.
            data_samples (List[:obj:`Det3DDataSample`]): B samples.

        Returns:
            Dict[str, Tensor]: ``voxels`` (M, C), the first point of each
            voxel, and ``coors`` (M, 4) int32 (batch, x, y, z).
        """
        if self.voxel_type != 'minkunet':
            return super().voxelize(points, data_samples)
        if data_samples is None:
            raise ValueError('Voxelisation keeps its point-to-voxel map on '
                             'the data samples; pass data_samples.')
        for cloud, sample in zip(points, data_samples):
            if len(cloud) == 0:
                raise ValueError(
                    f"No point of '{sample.metainfo.get('lidar_path')}' is "
                    'left to voxelise; widen the range filter or drop the '
                    'sample.')
        size = points[0].new_tensor(self.voxel_layer.voxel_size)
        coors = torch.cat([
            F.pad(voxel_grid(cloud[:, :3], size), (1, 0), value=index)
            for index, cloud in enumerate(points)
        ])
        voxels = unique_voxels(coors)
        bounds = self._bounds(voxels.coors, len(points))
        sizes = [len(cloud) for cloud in points]
        maps = voxels.point2voxel.split(sizes)
        kept = []
        offset = 0
        for index, sample in enumerate(data_samples):
            start, end = bounds[index], bounds[index + 1]
            chosen = self._choose(start, end, coors.device)
            local = maps[index] - start
            if len(chosen) < end - start:
                position = local.new_full((end - start, ), -1)
                position[chosen - start] = torch.arange(
                    len(chosen), device=local.device)
                local = position[local]
            sample.point2voxel_map = local
            sample.batch_idx = voxels.coors[chosen, 0]
            labels = getattr(sample, 'gt_pts_seg', {})
            if 'pts_semantic_mask' in labels:
                labels.voxel_semantic_mask = labels.pts_semantic_mask[
                    voxels.first_point[chosen] - offset]
            offset += sizes[index]
            kept.append(chosen)
        kept = torch.cat(kept)
        return dict(
            voxels=torch.cat(points)[voxels.first_point[kept]],
            coors=lift_flat_axes(voxels.coors[kept]))

    @staticmethod
    def _bounds(coors: Tensor, batch_size: int) -> List[int]:
        """Row at which each sample's voxels start, and the end."""
        edges = torch.arange(batch_size + 1, device=coors.device)
        batch = coors[:, 0].contiguous()
        return torch.searchsorted(batch, edges.to(batch)).tolist()

    def _choose(self, start: int, end: int, device: torch.device) -> Tensor:
        """Rows of a sample's voxels that stay, ascending."""
        if (not self.training or self.max_voxels is None
                or end - start <= self.max_voxels):
            return torch.arange(start, end, device=device)
        drawn = torch.randperm(end - start, device=device)
        return drawn[:self.max_voxels].sort().values + start
