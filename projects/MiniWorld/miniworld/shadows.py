"""Shadows on the ground, drawn once for what stands still."""
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .culling import CORNERS
from .solids import BALL
from .world import World

Array = np.ndarray
_CELL = .2
_X, _Y = 140., 90.
_BLUR = ImageFilter.BoxBlur(1)
_FACES = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4),
          (1, 3, 7, 5))


def _around(low: Array, high: Array, rim: int,
            size: tuple[int, int]) -> tuple[int, int, int, int]:
    """First columns and rows, then past-the-last ones, within an image."""
    first = np.clip(np.floor(low) - rim, 0, size).astype(int)
    last = np.clip(np.ceil(high) + rim + 1, first, size).astype(int)
    return (*first.tolist(), *last.tolist())


class ShadowMap:
    """Which places of the ground lie in shadow.

    Args:
        world (World): The scene. Shadows of what stands still are drawn at
            once.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        still = [not thing.moves for thing in world.things] + [False]
        self._still = np.array(still)[world.solids.thing]
        size = (int(2 * _X / _CELL), int(2 * _Y / _CELL))
        self._base = Image.new('L', size, 0)
        self._draw(self._base, np.flatnonzero(self._still), 0.)
        self._soft = self._base.filter(_BLUR)

    def _draw(self, image: Image.Image, which: Sequence[int],
              time: float) -> tuple[Array, Array]:
        """Draw the shadows of solids ``which`` as white polygons.

        Returns:
            (2,) lowest and highest column and row of their corners.
        """
        solids, sun = self.world.solids, self.world.light.sun
        centre, rot = self.world.placed(time)
        corners = np.einsum('nij,nkj->nki', rot[which],
                            CORNERS[None] * solids.reach[which][:, None])
        corners += centre[which][:, None]
        z = np.maximum(corners[..., 2:], 0)
        flat = corners[..., :2] - z * sun[:2] / sun[2]
        flat = (flat + (_X, _Y)) / _CELL
        pen = ImageDraw.Draw(image)
        for n, i in enumerate(which):
            if solids.kind[i] == BALL:
                low, high = flat[n].min(0), flat[n].max(0)
                trim = (high - low) * .14
                pen.ellipse([*(low + trim), *(high - trim)], fill=255)
                continue
            spots = [tuple(spot) for spot in flat[n].tolist()]
            for face in _FACES:
                pen.polygon([spots[k] for k in face], fill=255)
        return flat.min((0, 1)), flat.max((0, 1))

    def at(self, time: float) -> Array:
        """(rows, columns) uint8; 255 is full shadow."""
        image, soft = self._base.copy(), np.array(self._soft)
        low, high = self._draw(image, np.flatnonzero(~self._still), time)
        # Only what is drawn and its rim change; the blur sees a rim more.
        x0, y0, x1, y1 = _around(low, high, 2, image.size)
        box = _around(low, high, 4, image.size)
        blurred = np.asarray(image.crop(box).filter(_BLUR))
        soft[y0:y1, x0:x1] = blurred[y0 - box[1]:y1 - box[1],
                                     x0 - box[0]:x1 - box[0]]
        return soft

    @staticmethod
    def look_up(shadow: Array, x: Array, y: Array) -> Array:
        """(N,) float32 shadow at world (x, y), 0..1; 1 is full shadow."""
        i = ((x + _X) / _CELL).astype(np.int64)
        j = ((y + _Y) / _CELL).astype(np.int64)
        inside = ((i >= 0) & (i < shadow.shape[1]) & (j >= 0) &
                  (j < shadow.shape[0]))
        value = shadow[np.where(inside, j, 0), np.where(inside, i, 0)]
        return np.where(inside, value, 0).astype(np.float32) / 255
