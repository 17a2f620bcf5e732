"""Voxelise on the tensors' own device."""
from collections.abc import Sequence
from typing import Any

import torch
from mmdet3d.models import Det3DDataPreprocessor
from mmdet3d.registry import MODELS
from mmdet3d.structures.det3d_data_sample import SampleList
from torch import Tensor

from ..errors import BadInput
from ..functional import Voxels, pad_flat_grids, voxelize, voxelize_sweeps
from ..functional.voxelize import check_voxel_size


@MODELS.register_module()
class DistillDataPreprocessor(Det3DDataPreprocessor):
    """``Det3DDataPreprocessor`` whose ``minkunet`` voxels stay on the device.

    It has the same arguments, voxels and fields on the data samples as
    mmdet3d's, on any device. These things differ: ``point2voxel_map`` is -1
    for points whose voxel ``max_voxels`` dropped in training (mmdet3d's
    keeps indices into the full set), and coordinates are always
    (batch, x, y, z), which is what spconv wants. Batches too flat for
    MinkUNet's four halvings are padded (:func:`pad_flat_grids`), and samples
    with fewer cameras than others get black images, which no pair falls on.
    Sweeps (:class:`LoadSweeps`) share no voxel: each is a cloud of its own
    to the network, and column 0 of the coordinates counts them.
    Images of several sizes are not padded: ``imgs`` are then B tensors
    (V, 3, H, W) in place of one.

    Sets on each data sample ``point2voxel_map`` (N,) int64, into the
    sample's own voxels, and ``batch_idx`` (M,); with labels also
    ``gt_pts_seg.voxel_semantic_mask`` (M,).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        layer = kwargs.get('voxel_layer')
        if layer and 'voxel_size' in layer:
            check_voxel_size(layer['voxel_size'])
        super().__init__(*args, **kwargs)

    def forward(self, data: Any, training: bool = False) -> Any:
        """Take a batch that was packed, or several of them."""
        if isinstance(data, dict) and 'inputs' not in data:
            raise BadInput('The batch is not packed: end the pipeline with '
                           'PackPairs, or Pack3DDetInputs for points alone.')
        return super().forward(data, training)

    def collate_data(self, data: dict) -> dict:
        """Stack a batch, whose samples may differ in their cameras."""
        images = data['inputs'].get('img')
        if isinstance(images, (list, tuple)):
            images = pad_views(images)
            if len({image.shape[-2:] for image in images}) > 1:
                return self._collate_sizes(data, images)
            data = dict(data, inputs=dict(data['inputs'], img=images))
        return super().collate_data(data)

    def _collate_sizes(self, data: dict, images: list[Tensor]) -> dict:
        """Normalise images of several sizes, each as if it were alone."""
        alone = [
            super(DistillDataPreprocessor,
                  self).collate_data(dict(inputs=dict(img=[image])))
            for image in images
        ]
        inputs = {k: v for k, v in data['inputs'].items() if k != 'img'}
        data = super().collate_data(dict(data, inputs=inputs))
        data['inputs']['imgs'] = [each['inputs']['imgs'][0] for each in alone]
        return data

    @torch.no_grad()
    def voxelize(self, points: list[Tensor],
                 data_samples: SampleList) -> dict[str, Tensor]:
        """Voxelise a batch.

        Args:
            points (list[Tensor]): B clouds (N_b, C), metres.
            data_samples (list[:obj:`Det3DDataSample`]): B samples.

        Returns:
            dict[str, Tensor]: ``voxels`` (M, C), the first point of each
            voxel, and ``coors`` (M, 4) int32 (batch, x, y, z).
        """
        if self.voxel_type != 'minkunet':
            return super().voxelize(points, data_samples)
        if data_samples is None:
            raise BadInput('Voxelisation keeps its point-to-voxel map on '
                           'the data samples; pass data_samples.')
        for cloud, sample in zip(points, data_samples):
            if len(cloud) == 0:
                raise BadInput(
                    f"No point of '{sample.metainfo.get('lidar_path')}' is "
                    'left to voxelise; widen the range filter or drop the '
                    'sample.')
        # Not new_tensor(), which would wait for a GPU.
        size = torch.tensor(self.voxel_layer.voxel_size).to(
            points[0], non_blocking=True)
        batch = _voxelize([cloud[:, :3] for cloud in points], data_samples,
                          size)
        maps = batch.point2voxel.split([len(cloud) for cloud in points])
        voxels, coors, offset = [], [], 0
        for index, (cloud, sample) in enumerate(zip(points, data_samples)):
            start, end = batch.bounds[index:index + 2]
            first = batch.first_point[start:end] - offset
            rows, local = batch.coors[start:end], maps[index] - start
            chosen = self._choose(end - start, local.device)
            if chosen is not None:
                first, rows = first[chosen], rows[chosen]
                position = local.new_full((end - start, ), -1)
                position[chosen] = torch.arange(
                    len(chosen), device=local.device)
                local = position[local]
            sample.point2voxel_map = local
            sample.batch_idx = rows[:, 0]
            labels: Any = getattr(sample, 'gt_pts_seg', {})
            if 'pts_semantic_mask' in labels:
                labels.voxel_semantic_mask = labels.pts_semantic_mask[first]
            voxels.append(cloud.index_select(0, first))
            coors.append(rows)
            offset += len(cloud)
        return dict(
            voxels=torch.cat(voxels), coors=pad_flat_grids(torch.cat(coors)))

    def _choose(self, count: int, device: torch.device) -> Tensor | None:
        """Choose the voxels of a sample that stay, ascending; None for all."""
        if (not self.training or self.max_voxels is None
                or count <= self.max_voxels):
            return None
        drawn = torch.randperm(count, device=device)
        return drawn[:self.max_voxels].sort().values


def _voxelize(clouds: list[Tensor], data_samples: SampleList,
              size: Tensor) -> Voxels:
    """Voxelise clouds, those with sweeps sweep by sweep."""
    if not any('sweep' in sample for sample in data_samples):
        return voxelize(clouds, size)
    sweeps = [
        sample.sweep if 'sweep' in sample else torch.zeros(
            len(cloud), dtype=torch.long, device=cloud.device)
        for cloud, sample in zip(clouds, data_samples)
    ]
    return voxelize_sweeps(clouds, sweeps, size)


def pad_views(images: Sequence[Tensor]) -> list[Tensor]:
    """Give all samples as many images as the one with the most.

    Args:
        images (Sequence[Tensor]): B tensors (V_b, 3, H, W) or (3, H, W).

    Returns:
        list[Tensor]: B tensors (V, 3, H, W), black ones at the end; or what
        came, if that is single images.
    """
    if any(image.dim() != 4 for image in images):
        return list(images)
    most = max(len(image) for image in images)
    return [
        image if len(image) == most else torch.cat(
            [image,
             image.new_zeros((most - len(image), *image.shape[1:]))])
        for image in images
    ]
