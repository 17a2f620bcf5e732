"""As many pairs from a sparse place as from a dense one."""
import torch
from mmdet3d.registry import MODELS
from torch import Tensor

from ..batch_pairs import BatchPairs
from .even_pairs import EvenPairs, positions, samples


@MODELS.register_module()
class EvenOverVoxels(EvenPairs):
    """Draw pairs evenly over the occupied voxels of all samples.

    LiDARs sample near surfaces a hundred times as densely as far ones; drawn
    over voxels, pairs follow the surface. Source: ours, after the voxel grids
    by which clouds are thinned out.

    Args:
        voxel_size (float): Edge of the voxels, metres; they need not be the
            student's. Defaults to 0.5.
        count, at_most: See :class:`EvenPairs`; ``at_most=1`` takes one pair
            of each voxel.

    Raises:
        BadInput: A number is not positive.
    """

    def __init__(self,
                 voxel_size: float = 0.5,
                 count: int = 4096,
                 at_most: int | None = None) -> None:
        super().__init__(count, at_most)
        self._check_positive(voxel_size=voxel_size)
        self.voxel_size = voxel_size

    def groups(self, pairs: BatchPairs) -> Tensor:
        xyz = positions(pairs)
        voxel = (xyz / self.voxel_size).floor().long()
        # Positions of two samples have nothing to do with each other.
        key = torch.cat([samples(pairs)[:, None], voxel], 1)
        return key.unique(dim=0, return_inverse=True)[1]
