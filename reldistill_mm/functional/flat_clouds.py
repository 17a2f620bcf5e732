"""Coordinates of clouds that are flatter than a U-Net is deep."""
from torch import Tensor

# mmdet3d's MinkUNet halves the grid four times.
MINKUNET_STRIDE = 16


def pad_flat_grids(coors: Tensor, stride: int = MINKUNET_STRIDE) -> Tensor:
    """Shift the axes along which a batch has fewer cells than the stride.

    MinkUNet takes the largest coordinates for the size of the grid and
    halves it, rounding down, at every stage: it fails where nothing is left,
    because spconv refuses a grid of size 0. The last cell of a flat axis is
    moved to ``stride - 1``: the grid is then one stride long, so that the
    deepest stage has one cell and none is rounded away. Convolutions do not
    depend on where the voxels lie. Source: ours.

    Args:
        coors (Tensor): (M, 4) integer (batch, x, y, z), counted from 0.
        stride (int): Stride of the deepest stage. Defaults to 16.

    Returns:
        Tensor: (M, 4), the same where no axis is flat.

    Example:
        A cloud of the second sample that is 3 x 17 x 1 cells large:

        >>> import torch
        >>> coors = torch.tensor([[1, 0, 0, 0], [1, 2, 16, 0]])
        >>> pad_flat_grids(coors)
        tensor([[ 1, 13,  0, 15],
                [ 1, 15, 16, 15]])
    """
    if len(coors) == 0:
        return coors
    shift = (stride - 1 - coors.amax(0)).clamp(min=0)
    # Column 0 is the batch index.
    shift[0] = 0
    return coors + shift
