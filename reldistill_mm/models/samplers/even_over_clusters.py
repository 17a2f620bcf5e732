"""As many pairs of a rare kind as of a common one."""
import torch
from mmdet3d.registry import MODELS
from torch import Tensor

from ...functional import cluster_centres, nearest_centres
from ..batch_pairs import BatchPairs
from .even_pairs import EvenPairs, features


@MODELS.register_module()
class EvenOverClusters(EvenPairs):
    """Draw pairs evenly over clusters of the teacher's features.

    What the teacher takes for one kind (road, say) has the same share as any
    other kind, without labels: k-means of each batch's features by cosine.
    The teacher's features of all pairs are read first, which costs nothing
    with a teacher cache. Source: ours.

    Args:
        clusters (int): Number of clusters. Defaults to 32.
        fit_on (int): Pairs, drawn at random, that the centres are found with.
            Defaults to 4096.
        steps (int): Rounds of k-means. Defaults to 10.
        count, at_most: See :class:`EvenPairs`.

    Raises:
        BadInput: A number is not positive.
    """
    needs_teacher = True

    def __init__(self,
                 clusters: int = 32,
                 fit_on: int = 4096,
                 steps: int = 10,
                 count: int = 4096,
                 at_most: int | None = None) -> None:
        super().__init__(count, at_most)
        self._check_positive(clusters=clusters, fit_on=fit_on, steps=steps)
        self.clusters, self.fit_on, self.steps = clusters, fit_on, steps

    def groups(self, pairs: BatchPairs) -> Tensor:
        rows = features(pairs)
        if len(rows) == 0:
            return pairs.voxel
        drawn = torch.randperm(len(rows), device=rows.device)[:self.fit_on]
        draws = torch.rand(self.clusters, device=rows.device)
        centres = cluster_centres(rows[drawn], draws, self.steps)
        return nearest_centres(rows, centres)
