"""Features and scores of the points of one scan."""
from typing import NamedTuple

import numpy as np
import torch
from mmdet3d.structures import Det3DDataSample, PointData
from torch import Tensor

from ..errors import BadInput
from ..functional.finite_scores import finite_scores
from ..models import ZeroShotHead, ZeroShotSegmentor


class ScanFeatures(NamedTuple):
    """What the student knows of N points in M voxels.

    Attributes:
        voxels (Tensor): (M, D) projected features, not normalised.
        point2voxel (Tensor): (N,) int64, the voxel of each point.
    """
    voxels: Tensor
    point2voxel: Tensor

    @torch.no_grad()
    def scores(self, head: ZeroShotHead) -> np.ndarray:
        """Cosine scores (N, K) float32 of a head's classes, finite."""
        scores = finite_scores(head(self.voxels))
        return scores[self.point2voxel].cpu().numpy()


@torch.no_grad()
def scan_features(model: ZeroShotSegmentor,
                  points: np.ndarray) -> ScanFeatures:
    """Run the student once; any words can be asked for afterwards.

    Args:
        model (ZeroShotSegmentor): Model from :func:`load_segmentor`.
        points (np.ndarray): (N, 4) float32, x, y, z in metres and intensity
            from 0 to 255, in the LiDAR's frame.

    Returns:
        ScanFeatures: Features on the model's device.

    Raises:
        BadInput: The student takes more columns.
    """
    backbone = model.cfg.model.backbone
    wanted = backbone.get('network', backbone).get('in_channels', 4)
    if wanted > points.shape[1]:
        raise BadInput(f'The model takes {wanted} values per point, a scan '
                       f'has {points.shape[1]}.')
    cloud = torch.from_numpy(np.ascontiguousarray(points[:, :wanted]))
    batch = dict(
        inputs=dict(points=[cloud]),
        data_samples=[Det3DDataSample(gt_pts_seg=PointData())])
    data = model.data_preprocessor(batch, False)
    voxels = model(**data, mode='tensor')
    return ScanFeatures(voxels, data['data_samples'][0].point2voxel_map)
