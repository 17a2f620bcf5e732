"""Read a coarse feature map at sub-pixel image positions."""

import torch
from torch import Tensor


def sample_bilinear(maps: Tensor, image: Tensor, uv: Tensor,
                    image_size: tuple[int, int]) -> Tensor:
    """Sample features bilinearly at P pixels, reading four cells each.

    Equals upsampling the map to the image (``align_corners=False``, border
    padding) and reading it there, but costs O(P D) memory whatever the
    image's size. Source: ours.

    Args:
        maps (Tensor): (M, D, h, w) feature maps of M images.
        image (Tensor): (P,) int64, the image of each position.
        uv (Tensor): (P, 2) float, pixel positions (u, v) in the image.
        image_size (tuple[int, int]): (height, width) of the images in
            pixels.

    Returns:
        Tensor: (P, D) of the maps' dtype.

    Example:
        One row of two cells for an image of 1 x 4 pixels: their centres lie
        between pixels 0 and 1 and between pixels 2 and 3.

        >>> maps = torch.tensor([10., 20.]).reshape(1, 1, 1, 2)
        >>> uv = torch.tensor([[0., 0.], [0.5, 0.], [1.5, 0.], [2.5, 0.]])
        >>> image = torch.zeros(4, dtype=torch.long)
        >>> sample_bilinear(maps, image, uv, (1, 4)).flatten()
        tensor([10., 10., 15., 20.])
    """
    _, channels, rows, columns = maps.shape
    # Pixel centres to map cells: (u + 0.5) w / W - 0.5, held at the border.
    scale = uv.new_tensor([columns / image_size[1], rows / image_size[0]])
    limit = uv.new_tensor([columns - 1, rows - 1])
    position = ((uv + 0.5) * scale - 0.5).clamp_min(0).minimum(limit)
    low = position.floor()
    high = (low + 1).minimum(limit).long()
    weight = (position - low).to(maps.dtype)
    low = low.long()

    # (M h w, D) is a view of channels-last maps, else one small copy.
    table = maps.permute(0, 2, 3, 1).reshape(-1, channels)
    base = image * (rows * columns)

    def read(x: Tensor, y: Tensor) -> Tensor:
        return table[base + y * columns + x]

    (x0, y0), (x1, y1) = low.unbind(1), high.unbind(1)
    wx, wy = weight[:, :1], weight[:, 1:]
    top = torch.lerp(read(x0, y0), read(x1, y0), wx.expand(-1, channels))
    bottom = torch.lerp(read(x0, y1), read(x1, y1), wx.expand(-1, channels))
    return torch.lerp(top, bottom, wy.expand(-1, channels))
