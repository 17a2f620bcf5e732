"""Maps of large images from overlapping windows of a tower's own size."""
from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F


def over_windows(encode: Callable[[Tensor], Tensor], images: Tensor,
                 size: tuple[int, int], step: int, stride: int) -> Tensor:
    """Average the unit features of all windows that cover a position.

    Scores against words are linear in the features, so this averages the
    windows' scores, as SCLIP, ClearCLIP and NACLIP do. The last window of a
    row or column ends at the image's border.

    Args:
        encode (Callable): Maps windows (M, 3, h, w) to features
            (M, D, h / stride, w / stride).
        images (Tensor): (M, 3, H, W); H and W multiples of ``stride``.
        size (tuple[int, int]): Height and width of a window in pixels,
            multiples of ``stride``; what exceeds the image is cut off.
        step (int): Pixels from one window to the next, a multiple of
            ``stride``; at most a window's height and width.
        stride (int): Pixels from one feature to the next.

    Returns:
        Tensor: (M, D, H / stride, W / stride), means of unit vectors.

    Example:
        >>> import torch
        >>> images = torch.rand(1, 3, 4, 6)
        >>> over_windows(lambda x: x, images, (4, 4), 2, 1).shape
        torch.Size([1, 3, 4, 6])
    """
    height, width = (min(own, full)
                     for own, full in zip(size, images.shape[-2:]))
    total: Tensor | None = None
    for top in _starts(images.shape[-2], height, step):
        for left in _starts(images.shape[-1], width, step):
            window = images[..., top:top + height, left:left + width]
            found = F.normalize(encode(window).float(), dim=1)
            if total is None:
                total = found.new_zeros(
                    len(images), found.shape[1] + 1,
                    images.shape[-2] // stride, images.shape[-1] // stride)
            place = total[..., top // stride:(top + height) // stride,
                          left // stride:(left + width) // stride]
            place[:, :-1] += found
            place[:, -1] += 1
    assert total is not None
    return total[:, :-1] / total[:, -1:]


def _starts(full: int, size: int, step: int) -> list[int]:
    """First pixels of the windows along one side."""
    return [*range(0, full - size, step), full - size]
