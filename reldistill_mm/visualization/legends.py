"""Strips that explain a picture: a title above, classes below."""
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_INK, _PAPER = (235, 235, 235), (24, 24, 24)


def class_legend(width: int, classes: Sequence[str],
                 palette: np.ndarray) -> Image.Image:
    """Draw the colours of K classes in rows.

    Args:
        width (int): Width in pixels.
        classes (Sequence[str]): K names.
        palette (np.ndarray): (K, 3) uint8.
    """
    size = _text_size(width)
    font = ImageFont.load_default(size)
    names = [str(name).replace('_', ' ') for name in classes]
    widest = max((font.getlength(name) for name in names), default=0)
    cell = widest + 3 * size
    columns = max(int((width - size) // cell), 1)
    rows = -(-len(names) // columns)
    strip = Image.new('RGB', (width, int((rows + 0.5) * 1.6 * size)), _PAPER)
    canvas = ImageDraw.Draw(strip)
    for index, (name, colour) in enumerate(zip(names, palette)):
        left = size + index % columns * cell
        top = (0.4 + index // columns) * 1.6 * size
        canvas.rectangle((left, top, left + size, top + size),
                         fill=tuple(int(value) for value in colour))
        canvas.text((left + 1.5 * size, top + size / 2),
                    name,
                    fill=_INK,
                    font=font,
                    anchor='lm')
    return strip


def with_strips(picture: Image.Image,
                title: str,
                foot: Image.Image | None = None) -> Image.Image:
    """Put a title above a picture and a strip below it."""
    size = _text_size(picture.width)
    head = Image.new('RGB', (picture.width, 2 * size), _PAPER)
    ImageDraw.Draw(head).text((size, size),
                              title,
                              fill=_INK,
                              font=ImageFont.load_default(size),
                              anchor='lm')
    parts = [head, picture, *([] if foot is None else [foot])]
    whole = Image.new('RGB', (picture.width, sum(p.height for p in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return whole


def _text_size(width: int) -> int:
    """Readable where the picture is shown at half its size."""
    return max(width // 64, 10)
