"""Pictures of point-pixel pairs."""
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw, ImageFont

from ..functional import PointPixelPairs

# Ordered as the cameras are mounted around the car.
NUSCENES_ORDER = ('CAM_FRONT_LEFT', 'CAM_FRONT', 'CAM_FRONT_RIGHT',
                  'CAM_BACK_LEFT', 'CAM_BACK', 'CAM_BACK_RIGHT')
# Metres between which the colours of depth change.
NEAR, FAR = 2., 60.


def paint_pairs(images: Sequence[np.ndarray],
                pairs: PointPixelPairs,
                colours: np.ndarray | None = None,
                radius: float | None = None,
                opacity: float = 1.) -> list[Image.Image]:
    """Mark every pair in its image.

    Args:
        images (Sequence[np.ndarray]): V arrays (H, W, 3) uint8, RGB.
        pairs (PointPixelPairs): P pairs.
        colours (np.ndarray, optional): (P, 3) uint8. Defaults to None,
            colours of depth on a logarithmic scale from red (near) to blue.
        radius (float, optional): Radius of a mark, pixels. Defaults to
            a 400th of the image's width.
        opacity (float): From 0 to 1, of the marks. Defaults to 1.

    Returns:
        list[Image.Image]: V pictures.
    """
    alpha = round(255 * opacity)
    if colours is None:
        colours = depth_colours(pairs.depth)
    pictures = []
    for camera, image in enumerate(images):
        picture = Image.fromarray(np.asarray(image)).convert('RGBA')
        # On a layer of their own, so that marks do not add up.
        layer = Image.new('RGBA', picture.size)
        canvas = ImageDraw.Draw(layer)
        size = radius or max(picture.width / 400, 0.5)
        mine = np.flatnonzero(pairs.camera == camera)
        # Far pairs are drawn first, so that near ones stay on top.
        for row in mine[np.argsort(-pairs.depth[mine])]:
            u, v = pairs.uv[row]
            canvas.ellipse((u - size, v - size, u + size, v + size),
                           fill=(*(int(c) for c in colours[row]), alpha))
        pictures.append(Image.alpha_composite(picture, layer).convert('RGB'))
    return pictures


def depth_colours(depth: np.ndarray,
                  near: float = NEAR,
                  far: float = FAR) -> np.ndarray:
    """Colour (P,) metres, (P, 3) uint8: red at ``near``, blue at ``far``."""
    span = np.log(np.clip(depth, near, far) / near) / np.log(far / near)
    return (255 * colormaps['turbo'](1 - span)[:, :3]).astype(np.uint8)


def camera_grid(pictures: Sequence[Image.Image],
                names: Sequence[str],
                columns: int = 3,
                width: int = 640) -> Image.Image:
    """Lay pictures out in a grid, nuScenes' cameras as mounted.

    Args:
        pictures (Sequence[Image.Image]): V pictures.
        names (Sequence[str]): V camera names, written into the corners.
        columns (int): Pictures per row. Defaults to 3.
        width (int): Width in pixels of each picture. Defaults to 640.

    Returns:
        Image.Image: The grid.
    """
    by_name = dict(zip(names, pictures))
    if set(names) == set(NUSCENES_ORDER):
        names = NUSCENES_ORDER
    columns = min(columns, len(names))
    height = max(
        round(width * picture.height / picture.width) for picture in pictures)
    rows = -(-len(names) // columns)
    grid = Image.new('RGB', (columns * width, rows * height))
    canvas = ImageDraw.Draw(grid)
    for index, name in enumerate(names):
        corner = index % columns * width, index // columns * height
        picture = by_name[name]
        scaled = round(width * picture.height / picture.width)
        grid.paste(picture.resize((width, scaled)), corner)
        canvas.text((corner[0] + 8, corner[1] + 6),
                    name,
                    fill='white',
                    font=ImageFont.load_default(max(width // 32, 10)),
                    stroke_width=1,
                    stroke_fill='black')
    return grid
