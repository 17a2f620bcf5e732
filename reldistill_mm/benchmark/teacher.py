"""The teacher's features at the pairs against maps of the images' size."""
from typing import Any, Dict, List

import open_clip
import torch
from torch import Tensor
from torch.nn import functional as F

from ..functional import dense_features, sample_bilinear
from .measure import OTHER, OURS, Settings, Work, compare

SIZE = (224, 416)
WIDTH, PATCH, CAMERAS, PAIRS = 512, 16, 6, 4096
TOWER = 'ViT-B-16-quickgelu'
OTHER_WAY = 'maps upsampled to the images, then read'


def run(settings: Settings) -> List[Dict[str, Any]]:
    """Reading the maps alone, and together with the tower."""
    common = f'{CAMERAS} images {SIZE[1]}x{SIZE[0]}, {PAIRS} pairs'
    rows = []
    for case, goal, function in (
        (f'maps of {WIDTH} channels, {common}',
         'at least 5 times less memory, ratio at least 1', prepare),
        (f'{TOWER}, {common}', '', prepare_live)):
        rows.append(
            dict(
                case=case,
                other_way=OTHER_WAY,
                goal=goal,
                **compare(function, (), settings)))
    return rows


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
    uv = torch.rand(count, 2, device=device) * torch.tensor(
        [width, height], device=device)
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


@torch.no_grad()
def prepare_live(device: str) -> Dict[str, Work]:
    """Both ways behind a real tower with random weights."""
    torch.manual_seed(0)
    clip = open_clip.create_model(TOWER, load_weights=False, device=device)
    visual = clip.eval().requires_grad_(False).visual
    images = torch.randn(CAMERAS, 3, *SIZE, device=device)
    pairs = make_pairs(CAMERAS, SIZE, PAIRS, device)

    def behind_tower(read: Any) -> Work:
        return lambda: read(dense_features(visual, images), *pairs, SIZE)

    return {
        OURS: behind_tower(sample_bilinear),
        OTHER: behind_tower(upsampled)
    }
