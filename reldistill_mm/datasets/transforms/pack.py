"""Pack a sample together with its point-pixel pairs."""
import numpy as np
import torch
from mmdet3d.datasets.transforms import Pack3DDetInputs
from mmdet3d.registry import TRANSFORMS
from mmengine.structures import InstanceData

from ...functional import PointPixelPairs


@TRANSFORMS.register_module()
class PackPairs(Pack3DDetInputs):
    """``Pack3DDetInputs`` that also carries pairs and visibility.

    Pairs whose point was dropped on the way are dropped; the others point
    at the row where their point lies now. Adds to the data sample:

    - pairs (:obj:`InstanceData`): ``point`` (P,) int64, ``camera`` (P,)
      int64, ``uv`` (P, 2) float32 and ``depth`` (P,) float32 (metres).
    - gt_pts_seg.camera_visible (N,) bool, in ``eval_ann_info`` too.

    Required Keys: points, camera_imgs (optional), and, behind
    :class:`PairPointsWithPixels`, pairs, pair_tag and camera_visible.
    """

    def pack_single_results(self, results: dict) -> dict:
        if 'camera_imgs' in results:
            results['img'] = results.pop('camera_imgs')
        if 'pairs' not in results:
            return super().pack_single_results(results)
        points = results['points'].tensor
        points, source = points[:, :-2], point_sources(points,
                                                       results['pair_tag'])
        results['points'] = points.contiguous()
        pairs = follow_points(results['pairs'], source,
                              len(results['camera_visible']))
        visible = results['camera_visible'][source] & (source >= 0)
        if results.get('eval_ann_info') is not None:
            results['eval_ann_info']['camera_visible'] = visible
        packed = super().pack_single_results(results)
        sample = packed['data_samples']
        sample.gt_pts_seg.camera_visible = torch.from_numpy(visible)
        sample.pairs = InstanceData(
            **{
                name: torch.from_numpy(column)
                for name, column in pairs._asdict().items()
            })
        return packed


def point_sources(points: torch.Tensor, tag: int) -> np.ndarray:
    """Index of each row in the cloud that was paired.

    Args:
        points (Tensor): (M, C + 2), the last columns being index and tag.
        tag (int): Tag of the paired cloud.

    Returns:
        np.ndarray: (M,) int64, -1 for a row mixed in from another cloud.
    """
    index, tags = points[:, -2:].numpy().T
    return np.where(tags == tag, index, -1).astype(np.int64)


def follow_points(pairs: PointPixelPairs, source: np.ndarray,
                  count: int) -> PointPixelPairs:
    """Point the pairs at the rows to which their points have moved.

    Args:
        pairs (PointPixelPairs): P pairs of the original cloud.
        source (np.ndarray): (M,) int64, original index of each row now, -1
            for a foreign one.
        count (int): Number of points of the original cloud.

    Returns:
        PointPixelPairs: Those whose point is still there; a point that was
        repeated keeps its first row.
    """
    rows = np.flatnonzero(source >= 0)[::-1]
    position = np.full(count, -1, np.int64)
    # Assigned from the last row to the first, so the first row stays.
    position[source[rows]] = rows
    moved = pairs._replace(point=position[pairs.point])
    return moved.select(moved.point >= 0)
