"""One row for each superpixel."""
import torch
from mmdet3d.registry import MODELS
from torch import Tensor

from ...errors import BadInput
from ..batch_pairs import BatchPairs
from .base import PairSampler


@MODELS.register_module()
class SuperpixelPool(PairSampler):
    """Pool the pairs of each superpixel of each image into one row.

    Pairs in no superpixel are left out. A superpixel without pairs has no
    row. Source: SLidR (Sautier et al., CVPR 2022).

    Args:
        count (int, optional): Superpixels per batch, drawn without
            replacement; all of them if there are fewer. Defaults to None,
            all.

    Raises:
        BadInput: ``count`` is not positive, or pairs come without segments.
    """

    def __init__(self, count: int | None = None) -> None:
        if count is not None and count < 1:
            raise BadInput(f'SuperpixelPool needs a positive count, got '
                           f'{count}; None takes all superpixels.')
        self.count = count

    def __call__(self, pairs: BatchPairs) -> BatchPairs:
        segment = pairs.segment
        if segment is None:
            raise BadInput(
                'SuperpixelPool finds no segments in the pairs: put '
                'SlicSuperpixels or LoadSuperpixels after '
                'PairPointsWithPixels in the training pipeline or, for cached '
                'features, in paired_pipeline, and build the cache again.')
        kept = (segment >= 0).nonzero().flatten()
        pairs, segment = pairs.select(kept), segment[kept]
        # Renumbered first, so that no product of ids leaves int64.
        ids, segment = segment.unique(return_inverse=True)
        group = pairs.image * len(ids) + segment
        pairs = pairs._replace(group=group)
        return pairs if self.count is None else _draw(pairs, group, self.count)


def _draw(pairs: BatchPairs, group: Tensor, count: int) -> BatchPairs:
    """Keep the pairs of ``count`` groups."""
    groups, place = group.unique(return_inverse=True)
    if len(groups) <= count:
        return pairs
    rank = torch.randperm(len(groups), device=place.device)
    return pairs.select((rank[place] < count).nonzero().flatten())
