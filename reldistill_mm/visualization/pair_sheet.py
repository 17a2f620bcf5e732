"""Bare images beside the same with their pairs, and a scale of depth."""
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..functional import PointPixelPairs
from .pairs import FAR, NEAR, NUSCENES_ORDER, depth_colours

# Cells of a picture's width in which one pair is drawn.
_ACROSS = 120
# Width of a picture, pixels.
_LEAST = 800
_TICKS = 2, 5, 10, 20, 40, 60
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def thin_pairs(pairs: PointPixelPairs,
               widths: Sequence[int],
               across: int = _ACROSS) -> PointPixelPairs:
    """Keep the nearest pair of every square cell of each image.

    Args:
        pairs (PointPixelPairs): P pairs.
        widths (Sequence[int]): Widths of the V images in pixels.
        across (int): Cells in a row. Defaults to 120.

    Returns:
        PointPixelPairs: At most one per cell, farthest first.

    Example:
        >>> pairs = PointPixelPairs(
        ...     np.arange(3), np.zeros(3, np.int64),
        ...     np.float32([[0, 0], [1, 1], [50, 0]]), np.float32([9, 5, 7]))
        >>> thin_pairs(pairs, [100], across=10).point.tolist()
        [2, 1]
    """
    if not len(pairs.point):
        return pairs
    cell = np.asarray(widths, np.float64)[pairs.camera] / across
    place = (pairs.uv / cell[:, None]).astype(np.int64)
    key = np.column_stack([pairs.camera, place])
    order = np.argsort(pairs.depth, kind='stable')
    _, first = np.unique(key[order], axis=0, return_index=True)
    kept = order[np.sort(first)]
    return pairs.select(kept[::-1])


def enlarge(images: Sequence[np.ndarray],
            pairs: PointPixelPairs,
            least: int = _LEAST) -> tuple[list[np.ndarray], PointPixelPairs]:
    """Enlarge small images, whose marks would hide what is below them.

    Args:
        images (Sequence[np.ndarray]): V arrays (H, W, 3) uint8.
        pairs (PointPixelPairs): P pairs.
        least (int): Width in pixels that is reached by whole factors.
            Defaults to 800.

    Returns:
        tuple[list[np.ndarray], PointPixelPairs]: The images, and the pairs
        at their pixels.

    Example:
        >>> pairs = PointPixelPairs(
        ...     np.arange(1), np.zeros(1, int), np.zeros((1, 2)), np.ones(1))
        >>> images, pairs = enlarge([np.zeros((2, 3, 3))], pairs, least=9)
        >>> images[0].shape, pairs.uv.tolist()
        ((6, 9, 3), [[1.0, 1.0]])
    """
    factors = np.array([max(-(-least // i.shape[1]), 1) for i in images], int)
    large = [
        np.repeat(np.repeat(image, factor, 0), factor, 1)
        for image, factor in zip(images, factors)
    ]
    scale = factors[pairs.camera][:, None]
    return large, pairs._replace(uv=(pairs.uv + 0.5) * scale - 0.5)


def pair_sheet(images: Sequence[np.ndarray],
               overlays: Sequence[Image.Image],
               names: Sequence[str],
               captions: Sequence[str] | None = None,
               widest: int = 1600) -> Image.Image:
    """Lay bare images beside their overlays, a camera in each row.

    Args:
        images (Sequence[np.ndarray]): V arrays (H, W, 3) uint8.
        overlays (Sequence[Image.Image]): V pictures of the same sizes.
        names (Sequence[str]): V names of the cameras.
        captions (Sequence[str], optional): V texts for the overlays' corners.
        widest (int): Width in pixels from which images are made smaller.
            Defaults to 1600.

    Returns:
        Image.Image: The sheet, with a scale of depth at its foot.
    """
    order = list(range(len(names)))
    if set(names) == set(NUSCENES_ORDER):
        order = [list(names).index(name) for name in NUSCENES_ORDER]
    width = min(widest, max((o.width for o in overlays), default=widest))
    rows = []
    for index in order:
        bare = Image.fromarray(np.asarray(images[index]))
        height = round(bare.height * width / bare.width)
        row = Image.new('RGB', (2 * width, height))
        for column, picture in enumerate((bare, overlays[index])):
            if picture.size != (width, height):
                picture = picture.resize((width, height))
            row.paste(picture, (column * width, 0))
        caption = captions[index] if captions else ''
        _label(row, names[index], 0)
        _label(row, caption, width)
        rows.append(row)
    scale = depth_scale(2 * width)
    sheet = Image.new('RGB', (2 * width, sum(row.height
                                             for row in rows) + scale.height))
    top = 0
    for part in (*rows, scale):
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def depth_scale(width: int) -> Image.Image:
    """Draw the colours of depth from 2 to 60 m, in the size of a caption."""
    size = _text_size(width)
    scale = Image.new('RGB', (width, 3 * size), _BLACK)
    left, right = width // 20, width - width // 20
    depth = NEAR * (FAR / NEAR)**np.linspace(0, 1, right - left)
    bar = np.tile(depth_colours(depth)[None], (size, 1, 1))
    scale.paste(Image.fromarray(bar), (left, size // 4))
    canvas, font = ImageDraw.Draw(scale), ImageFont.load_default(size)
    for tick in _TICKS:
        place = np.log(tick / NEAR) / np.log(FAR / NEAR)
        canvas.text((left + place * (right - left), 1.5 * size),
                    f'{tick} m',
                    fill=_WHITE,
                    font=font,
                    anchor='mt')
    return scale


def _label(picture: Image.Image, text: str, left: int) -> None:
    size = _text_size(picture.width)
    ImageDraw.Draw(picture).text((left + size // 2, size // 3),
                                 text,
                                 fill=_WHITE,
                                 font=ImageFont.load_default(size),
                                 stroke_width=max(size // 10, 1),
                                 stroke_fill=_BLACK)


def _text_size(width: int) -> int:
    return max(width // 90, 8)
