"""Positional embeddings of another grid than a tower was trained with."""
import torch
from torch import Tensor
from torch.nn import functional as F


def resize_position_embedding(embedding: Tensor,
                              grid: tuple[int, int],
                              own: tuple[int, int] | None = None) -> Tensor:
    """Fit a positional embedding to another grid.

    Bicubic with antialiasing, as open_clip does on loading.

    Args:
        embedding (Tensor): (1 + rows * columns, C), the class token's row
            first.
        grid (tuple[int, int]): Requested rows and columns.
        own (tuple[int, int], optional): Rows and columns that it has.
            Defaults to None, as many rows as columns.

    Returns:
        Tensor: (1 + rows * columns, C); the same tensor if it fits.
    """
    side = round((len(embedding) - 1)**0.5)
    own = (side, side) if own is None else own
    if grid == tuple(own):
        return embedding
    first, rest = embedding[:1], embedding[1:]
    rest = rest.T.unflatten(1, tuple(own))[None].float()
    rest = F.interpolate(
        rest, size=grid, mode='bicubic', align_corners=False, antialias=True)
    return torch.cat([first, rest[0].flatten(1).T.to(first)])
