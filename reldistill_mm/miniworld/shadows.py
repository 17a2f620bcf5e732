"""Shadows on the ground, drawn once for what stands still."""
from typing import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .culling import CORNERS
from .solids import BALL
from .world import World

Array = np.ndarray
_CELL = .2
_X, _Y = 140., 90.
_FACES = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4),
          (1, 3, 7, 5))


class ShadowMap:
    """Which places of the ground lie in shadow.

    Args:
        world: the scene. Shadows of what stands still are drawn at once.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        still = [not thing.moves for thing in world.things] + [False]
        self._still = np.array(still)[world.solids.thing]
        size = (int(2 * _X / _CELL), int(2 * _Y / _CELL))
        self._base = Image.new('L', size, 0)
        self._draw(self._base, np.flatnonzero(self._still), 0.)

    def _draw(self, image: Image.Image, which: Sequence[int],
              time: float) -> None:
        """Draws the shadows of solids ``which`` as white polygons."""
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
            for face in _FACES:
                pen.polygon([tuple(flat[n, k]) for k in face], fill=255)

    def at(self, time: float) -> Array:
        """(rows, columns) float32 in 0..1; 1 is full shadow."""
        image = self._base.copy()
        self._draw(image, np.flatnonzero(~self._still), time)
        image = image.filter(ImageFilter.BoxBlur(1))
        return np.asarray(image, np.float32) / 255

    @staticmethod
    def look_up(shadow: Array, x: Array, y: Array) -> Array:
        """(N,) shadow at world (x, y)."""
        i = ((x + _X) / _CELL).astype(np.int64)
        j = ((y + _Y) / _CELL).astype(np.int64)
        inside = ((i >= 0) & (i < shadow.shape[1]) & (j >= 0) &
                  (j < shadow.shape[0]))
        return np.where(inside, shadow[np.where(inside, j, 0),
                                       np.where(inside, i, 0)], 0)
