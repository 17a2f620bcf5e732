"""The teacher's features at the pairs against maps of the images' size."""
from typing import Any, Dict, List

import torch
from torch import Tensor
from torch.nn import functional as F

from ..functional import sample_bilinear
from .measure import OTHER, OURS, Settings, Work, compare

SIZE = (224, 416)
WIDTH, PATCH, CAMERAS, PAIRS = 512, 16, 6, 4096
OTHER_WAY = 'maps upsampled to the images, then read'


def run(settings: Settings) -> List[Dict[str, Any]]:
    """The pairs of one key frame."""
    case = (f'maps of {WIDTH} channels, {CAMERAS} images '
            f'{SIZE[1]}x{SIZE[0]}, {PAIRS} pairs')
    return [
        dict(
            case=case,
            other_way=OTHER_WAY,
            goal='at least 5 times less memory, ratio at least 1',
            **compare(prepare, (), settings))
    ]


def prepare(device: str) -> Dict[str, Work]:
    """Random maps of a ViT-B/16."""
    torch.manual_seed(0)
    maps = torch.randn(
        CAMERAS, WIDTH, SIZE[0] // PATCH, SIZE[1] // PATCH, device=device)
    return ways(maps, *make_pairs(CAMERAS, SIZE, PAIRS, device), SIZE)


def make_pairs(cameras: int, size: tuple, count: int, device: str) -> tuple:
    """Cameras (P,) and whole pixels uv (P, 2), at which both ways agree."""
    height, width = size
    image = torch.randint(cameras, (count, ), device=device)
    uv = torch.rand(
        count, 2, device=device) * torch.tensor([width, height], device=device)
    return image, uv.floor()


def ways(maps: Tensor, image: Tensor, uv: Tensor,
         size: tuple) -> Dict[str, Work]:
    """Both ways to read maps (M, D, h, w)."""
    return {
        OURS: lambda: sample_bilinear(maps, image, uv, size),
        OTHER: lambda: upsampled(maps, image, uv, size)
    }


def upsampled(maps: Tensor, image: Tensor, uv: Tensor, size: tuple) -> Tensor:
    """Features of every pixel first; then those of the pairs."""
    full = F.interpolate(maps, size=size, mode='bilinear', align_corners=False)
    column, row = uv.long().unbind(1)
    return full[image, :, row, column]
