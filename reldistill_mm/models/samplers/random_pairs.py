"""Pairs of a batch chosen at random."""
import torch
from mmdet3d.registry import MODELS

from ...errors import BadInput
from ..batch_pairs import BatchPairs
from .base import PairSampler


@MODELS.register_module()
class RandomPairs(PairSampler):
    """Draw a number of pairs from each batch, without replacement.

    Each pair is as likely as any other, whichever sample it belongs to. The
    draw uses torch's global generator. Source: the recipe of PPKT (Liu et al.,
    2021) and SLidR (Sautier et al., CVPR 2022).

    Args:
        count (int): Pairs per batch; all of them if there are fewer.
            Defaults to 4096.

    Raises:
        BadInput: ``count`` is not positive.
    """

    def __init__(self, count: int = 4096) -> None:
        if count < 1:
            raise BadInput(f'RandomPairs needs a positive count, got {count}; '
                           'pair_sampler=None takes all pairs.')
        self.count = count

    def __call__(self, pairs: BatchPairs) -> BatchPairs:
        total = len(pairs.voxel)
        if total <= self.count:
            return pairs
        device = pairs.voxel.device
        return pairs.select(torch.randperm(total, device=device)[:self.count])
