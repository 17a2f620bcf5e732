"""Compare features read at the pairs with maps of the images' size."""
import tempfile
from pathlib import Path
from typing import Any

import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reldistill_mm.functional import (dense_features, pair_points_with_pixels,
                                      sample_bilinear, unit_rows)
from reldistill_mm.teacher_cache import frame_fingerprint, read_pairs
from .cached import write_random_cache
from .keyframe import Keyframe, load_keyframe
from .measure import OTHER, OURS, Settings, Work, compare

SIZE = (224, 416)
WIDTH, PATCH, CAMERAS, PAIRS = 512, 16, 6, 4096
TOWER = 'ViT-B-16-quickgelu'
OTHER_WAY = 'maps upsampled to the images, then read'


def run(settings: Settings) -> list[dict[str, Any]]:
    """Read maps at the pairs, then cached features instead."""
    common = f'{CAMERAS} images {SIZE[1]}x{SIZE[0]}, {PAIRS} pairs'
    return [
        dict(
            case=f'maps of {WIDTH} channels, {common}',
            other_way=OTHER_WAY,
            goal='at least 5 times less memory, ratio at least 1',
            **compare(prepare, (), settings)),
        dict(
            case=f'cached features, {common}',
            other_way=f'live {TOWER}',
            goal='ratio at least 20',
            **compare(prepare_cached, (settings.data, ), settings))
    ]


def prepare(device: str) -> dict[str, Work]:
    """Make random maps of a ViT-B/16."""
    torch.manual_seed(0)
    maps = torch.randn(
        CAMERAS, WIDTH, SIZE[0] // PATCH, SIZE[1] // PATCH, device=device)
    return implementations(maps, *make_pairs(CAMERAS, SIZE, PAIRS, device),
                           SIZE)


def make_pairs(cameras: int, size: tuple, count: int, device: str) -> tuple:
    """Draw cameras (P,) and whole pixels (P, 2), where both ways agree."""
    height, width = size
    image = torch.randint(cameras, (count, ), device=device)
    uv = torch.rand(
        count, 2, device=device) * torch.tensor([width, height], device=device)
    return image, uv.floor()


def implementations(maps: Tensor, image: Tensor, uv: Tensor,
                    size: tuple) -> dict[str, Work]:
    """Return both ways to read maps (M, D, h, w)."""
    return {
        OURS: lambda: sample_bilinear(maps, image, uv, size),
        OTHER: lambda: upsampled(maps, image, uv, size)
    }


def upsampled(maps: Tensor, image: Tensor, uv: Tensor, size: tuple) -> Tensor:
    """Compute the features of every pixel, then read those of the pairs."""
    full = F.interpolate(maps, size=size, mode='bilinear', align_corners=False)
    column, row = uv.long().unbind(1)
    return full[image, :, row, column]


def prepare_cached(data: str | None, device: str) -> dict[str, Work]:
    """Prepare the cache's reader and a real tower with random weights."""
    torch.manual_seed(0)
    clip = open_clip.create_model(TOWER, load_weights=False, device=device)
    visual = clip.eval().requires_grad_(False).visual
    images = torch.randn(CAMERAS, 3, *SIZE, device=device)
    return cached_implementations(load_keyframe(data), visual, images, PAIRS)


def cached_implementations(frame: Keyframe, visual: nn.Module, images: Tensor,
                           count: int) -> dict[str, Work]:
    """Return both ways to unit rows (count, D) on the images' device.

    The cached way pays for all that its transform does: the keyframe's
    fingerprint, checksums and the copy to the device.
    """
    size, device = tuple(images.shape[-2:]), images.device
    xyz = frame.points[:, :3]
    cameras = {
        f'CAM_{index}': dict(img_path=f'{index}.jpg', **camera._asdict())
        for index, camera in enumerate(frame.cameras)
    }
    pairs = pair_points_with_pixels(
        xyz, [camera.lidar2cam for camera in frame.cameras],
        [camera.cam2img for camera in frame.cameras],
        [(camera.height, camera.width) for camera in frame.cameras])
    folder = tempfile.TemporaryDirectory()
    path, key = write_random_cache(
        Path(folder.name), 'frame', pairs, xyz, cameras, visual.output_dim)
    place = make_pairs(len(images), size, count, device)

    def cached() -> Tensor:
        fingerprint = frame_fingerprint(xyz, cameras)
        # The folder must exist as long as its reader.
        found = read_pairs(
            Path(folder.name, path.name), key, fingerprint, count)
        return unit_rows(torch.from_numpy(found.features).to(device))

    @torch.no_grad()
    def live() -> Tensor:
        maps = dense_features(visual, images)
        return unit_rows(sample_bilinear(maps, *place, size))

    return {OURS: cached, OTHER: live}
