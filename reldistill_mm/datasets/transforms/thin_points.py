"""Keep a share of the points."""
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput


@TRANSFORMS.register_module()
class ThinPoints(BaseTransform):
    """Keep a share of the points, drawn anew for every sample.

    Draws from NumPy's generator, which :obj:`DistillRunner` seeds for every
    sample. Labels are thinned along, pairs of lost points are lost.

    Required Keys:

    - points (:obj:`BasePoints`)
    - pts_semantic_mask, pts_instance_mask (np.ndarray, optional): (N,)
    - eval_ann_info (dict, optional): with the same two

    Modified Keys: the same.

    Args:
        keep (float): Share of the points, above 0 and at most 1.

    Raises:
        BadInput: It is no such share.
    """
    random = True

    def __init__(self, keep: float) -> None:
        if not 0 < keep <= 1:
            raise BadInput(f'ThinPoints(keep={keep}) is not a share above 0 '
                           'and at most 1.')
        self.keep = float(keep)

    def transform(self, results: dict) -> dict:
        count = len(results['points'])
        kept = np.random.permutation(count)[:max(round(self.keep * count), 1)]
        kept.sort()
        results['points'] = results['points'][torch.from_numpy(kept)]
        for place in results, results.get('eval_ann_info') or {}:
            for name in ('pts_semantic_mask', 'pts_instance_mask'):
                if place.get(name) is not None:
                    place[name] = place[name][kept]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(keep={self.keep})'
