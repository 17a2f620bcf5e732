"""Crops around things that are picked by class, at the dense path's scale."""
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..classes import SURFACE_INDEX, SURFACE_NAMES
from .pictures import Pictures
from .recipe import SCALES

Array = np.ndarray
HALF = 2


class Crops(NamedTuple):
    """B crops, each with P pixels whose surface is known.

    Attributes:
        image (Array): (B, S, S, 3) uint8.
        surface (Array): (B,) int64 surface class in the middle.
        metres (Array): (B,) float, how far away that is.
        rgb (Array): (B, 3) its colour.
        uv (Array): (B, P, 2) float32 pixel positions in the crop.
        pixel (Array): (B, P) int64 their surface classes.
    """
    image: Array
    surface: Array
    metres: Array
    rgb: Array
    uv: Array
    pixel: Array


class CropSampler:
    """Draw crops, with rare surfaces more often than they occur.

    A surface class is drawn with a power of its share of all pixels, then a
    picture with the root of how much of it is there, then a pixel of it.
    The middle must belong to the class: most of the pixels around do.

    Args:
        pictures (Pictures): Pictures to crop.
        size (int): Side of a crop in pixels. Defaults to 224.
        points (int): P, pixels of each crop. Defaults to 128.
        scales (tuple[float, float]): Range of the magnification.
        power (float): Exponent of the shares. Defaults to 0.4.
        pixel_power (float): A crop's pixels are drawn with their class's share
            to minus this power. With 0.5 rare classes become so likely that
            they are seen everywhere, with 0 people stay walls. Defaults to
            0.2.
    """

    def __init__(self,
                 pictures: Pictures,
                 size: int = 224,
                 points: int = 128,
                 scales: tuple[float, float] = SCALES,
                 power: float = .4,
                 pixel_power: float = .2) -> None:
        self.pictures = pictures
        self.size, self.points, self.scales = size, points, scales
        count = np.stack([
            np.bincount(s.ravel(), minlength=len(SURFACE_NAMES))
            for s in pictures.surface
        ]).astype(np.float64)
        share = count.sum(0) / count.sum()
        chance = share**power
        # No LiDAR point falls on the sky.
        chance[SURFACE_INDEX['sky']] *= .2
        self.chance = chance / chance.sum()
        self.weight = np.maximum(share, 1e-4)**-pixel_power
        self.weight[SURFACE_INDEX['sky']] = .2
        root = np.sqrt(count)
        self.picture = root / np.maximum(root.sum(0), 1)

    def _middle(self, rng: np.random.Generator) -> tuple[int, int, int, int]:
        """Draw a surface class, a picture and a pixel, row and column."""
        for _ in range(50):
            surface = int(rng.choice(len(self.chance), p=self.chance))
            n = int(rng.choice(len(self.picture), p=self.picture[:, surface]))
            found = np.flatnonzero(self.pictures.surface[n] == surface)
            row, column = np.divmod(
                int(rng.choice(found)), self.pictures.surface.shape[2])
            around = self.window(self.pictures.surface, n, row, column)
            if (around == surface).mean() > .5:
                break
        return surface, n, int(row), int(column)

    @staticmethod
    def window(stack: Array, n: int, row: int, column: int) -> Array:
        """The 5 x 5 pixels around a pixel, fewer at the border."""
        return stack[n,
                     max(row - HALF, 0):row + HALF + 1,
                     max(column - HALF, 0):column + HALF + 1]

    def _box(self, rng: np.random.Generator, row: int,
             column: int) -> tuple[float, float, float]:
        """Draw left and top edge and side of a crop inside the picture."""
        low, high = np.log(self.scales)
        height, width = self.pictures.surface.shape[1:]
        side = self.size / float(np.exp(rng.uniform(low, high)))
        side = min(side, height, width)
        # The middle is jittered by less than a pixel.
        left = column + rng.uniform(0, 1) - side / 2
        top = row + rng.uniform(0, 1) - side / 2
        return (float(np.clip(left, 0, width - side)),
                float(np.clip(top, 0, height - side)), side)

    def _pixels(self, rng: np.random.Generator, n: int,
                box: tuple[float, float, float]) -> tuple[Array, Array]:
        """Draw P pixels of a crop: positions (P, 2) and surfaces (P,)."""
        left, top, side = box
        row = slice(int(np.ceil(top)), int(top + side))
        column = slice(int(np.ceil(left)), int(left + side))
        inside = self.pictures.surface[n, row, column]
        weight = self.weight[inside].ravel()
        picked = rng.choice(weight.size, self.points, p=weight / weight.sum())
        y, x = np.divmod(picked, inside.shape[1])
        uv = np.stack([x + column.start - left, y + row.start - top], 1)
        # Pixel centres move as in functional.crop_pixels.
        uv = (uv + .5) * (self.size / side) - .5
        return uv.astype(np.float32), inside.ravel()[picked].astype(np.int64)

    def one(self, rng: np.random.Generator) -> tuple:
        """The parts of one crop."""
        surface, n, row, column = self._middle(rng)
        box = left, top, side = self._box(rng, row, column)
        around = self.window(self.pictures.image, n, row, column)
        same = self.window(self.pictures.surface, n, row, column) == surface
        image = Image.fromarray(self.pictures.image[n]).resize(
            (self.size, self.size),
            Image.BICUBIC if rng.random() < .7 else Image.BILINEAR,
            box=(left, top, left + side, top + side))
        uv, pixel = self._pixels(rng, n, box)
        return (np.asarray(image), surface,
                float(self.pictures.metres[n, row, column]),
                np.median(around[same], 0), uv, pixel)

    def draw(self, rng: np.random.Generator, count: int) -> Crops:
        """Draw ``count`` crops; the same ``rng`` gives the same ones."""
        parts = zip(*(self.one(rng) for _ in range(count)))
        return Crops(*(np.stack(part) for part in parts))


def augment(crops: Crops, generator: torch.Generator, mean: Tensor,
            std: Tensor) -> tuple[Tensor, Tensor]:
    """Flip, tint, and normalise crops.

    Args:
        crops (Crops): B crops.
        generator (torch.Generator): Generator that draws the changes.
        mean, std (Tensor): (3,) normalisation of the model, in 0..1.

    Returns:
        tuple[Tensor, Tensor]: Images (B, 3, S, S) float32 and the positions
        (B, P, 2) of the crops' pixels there.
    """

    def draw(low: float, high: float, channels: int = 1) -> Tensor:
        shape = (len(images), channels, 1, 1)
        return torch.rand(shape, generator=generator) * (high - low) + low

    images = torch.from_numpy(crops.image).permute(0, 3, 1, 2) / 255.
    uv = torch.from_numpy(crops.uv).clone()
    flip = torch.rand(len(images), generator=generator) < .5
    images[flip] = images[flip].flip(3)
    uv[flip, :, 0] = images.shape[3] - 1 - uv[flip, :, 0]
    images = images * draw(.8, 1.2) * draw(.95, 1.05, 3)
    centre = images.mean((1, 2, 3), keepdim=True)
    images = (images - centre) * draw(.8, 1.2) + centre
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * draw(.75, 1.25)
    images = images.clamp(0, 1)
    return (images - mean.view(3, 1, 1)) / std.view(3, 1, 1), uv
