"""Maps of a CLIP ResNet at a finer stride, with the same weights.

The tower halves its maps at the start of layers 2, 3 and 4. Where a halving
is left out (the 2 x 2 mean slides by one cell instead of two) and the
convolutions after it reach twice as far, the result holds the tower's maps
of the image moved by 0, 1, ... steps, interleaved: nothing is approximated
and nothing needs training. Source: the algorithme à trous, Holschneider et
al. 1989; "shift-and-stitch" and filter rarefaction in Long et al., CVPR 2015.
"""
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import BadInput
from .tower import check_size

COARSEST = 32
STRIDES = (COARSEST, 16, 8)


def resnet_maps(visual: nn.Module,
                images: Tensor,
                stride: int = COARSEST) -> Tensor:
    """Compute the last maps of a ``ModifiedResNet`` before its pool.

    Args:
        visual (nn.Module): open_clip's ``ModifiedResNet``.
        images (Tensor): (M, 3, H, W) float; H and W multiples of ``stride``.
        stride (int): Pixels from one cell to the next: 32, 16 or 8.

    Returns:
        Tensor: (M, C, (H - 32) / stride + 1, (W - 32) / stride + 1). Cell
        (i, j) stands for the 32 x 32 pixels whose first is
        (stride * i, stride * j): the middle of cell 0 is pixel 15.5 at every
        stride.

    Raises:
        BadInput: Another stride, or one that does not divide the size.
    """
    if stride not in STRIDES:
        raise BadInput(f'The stride must be one of {STRIDES}, not {stride}.')
    check_size(images, stride)
    # Channels-last is faster on a CPU, and in half precision on a GPU.
    images = images.contiguous(memory_format=torch.channels_last)
    # Any: nn.Module tells neither layers nor their attributes.
    tower: Any = visual
    maps = tower.stem(images)
    stride_so_far, dilation = 4, 1
    for layer in (tower.layer1, tower.layer2, tower.layer3, tower.layer4):
        for block in layer:
            slides = block.stride > 1 and stride_so_far >= stride
            maps = _bottleneck(block, maps, dilation, slides)
            if slides:
                dilation *= 2
            elif block.stride > 1:
                stride_so_far *= 2
    return maps


def widen(images: Tensor, stride: int) -> Tensor:
    """Repeat an image's border so that the cells of its maps tile it.

    With the result, :func:`resnet_maps` gives H / stride x W / stride cells,
    and the middle of cell (i, j) is the middle of the original's
    ``stride`` x ``stride`` pixels from (stride * i, stride * j).

    Args:
        images (Tensor): (M, 3, H, W) float; H and W multiples of ``stride``.
        stride (int): 32, 16 or 8 pixels.

    Returns:
        Tensor: (M, 3, H + 32 - stride, W + 32 - stride), of the same dtype.
    """
    margin = (COARSEST - stride) // 2
    if not margin:
        return images
    return F.pad(images, [margin] * 4, mode='replicate')


def _bottleneck(block: Any, maps: Tensor, dilation: int,
                slides: bool) -> Tensor:
    """Run a residual block whose neighbours are ``dilation`` cells away."""
    if dilation == 1 and not slides:
        return block(maps)
    out = block.act1(block.bn1(block.conv1(maps)))
    out = F.conv2d(
        out, block.conv2.weight, padding=dilation, dilation=dilation)
    out = block.act2(block.bn2(out))
    if slides:
        out, maps = _slide(out, dilation), _slide(maps, dilation)
    out = block.bn3(block.conv3(out))
    if block.downsample is not None:
        _, conv, norm = block.downsample
        maps = norm(conv(maps))
    return block.act3(out + maps)


def _slide(maps: Tensor, dilation: int) -> Tensor:
    """Average 2 x 2 cells that are ``dilation`` apart, at every cell."""
    rows = maps[:, :, :-dilation] + maps[:, :, dilation:]
    return (rows[..., :-dilation] + rows[..., dilation:]) / 4
