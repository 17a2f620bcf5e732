"""Materials: a texture for the cameras, a reflectance for the LiDAR."""
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import textures
from .ground import KERB, OTHER, PARKING, ROAD, SIDEWALK, TERRAIN, Ground
from .textures import Surface, noise

Array = np.ndarray


class Material(NamedTuple):
    """How a surface looks to both sensors.

    Attributes:
        texture (Callable[[Surface], Array]): Colours (N, 3) in 0..1 of the
            points of a ``Surface``.
        intensity (float): Mean LiDAR intensity, 0..255.
        loss (float): Chance that a near return is lost.
        rough (float): Standard deviation of the depth in metres besides the
            noise.
        gloss (float): Strength of the sky's reflection for the cameras.
    """
    texture: Callable[[Surface], Array]
    intensity: float
    loss: float = 0.02
    rough: float = 0.0
    gloss: float = 0.0


MATERIALS: dict[str, Material] = {
    'plain': Material(textures.plain, 18),
    'paint': Material(textures.plain, 30, .05, gloss=.15),
    'carbody': Material(textures.carbody, 32, .06, gloss=.2),
    'cabin': Material(textures.cabin, 8, .3, gloss=.3),
    'bus': Material(textures.bus, 24, .12, gloss=.12),
    'cargo': Material(textures.cargo, 40, .03),
    'corrugated': Material(textures.corrugated, 26, .03),
    'rubber': Material(textures.plain, 5, .15),
    'metal': Material(textures.plain, 45, .08, gloss=.1),
    'facade': Material(textures.facade, 20, .08),
    'brick': Material(textures.brick, 17, .02),
    'tiles': Material(textures.tiles, 14, .02),
    'leaves': Material(textures.leaves, 12, .06, rough=.12),
    'bark': Material(textures.bark, 15, .02, rough=.01),
    'cloth': Material(textures.cloth, 16, .04, rough=.015),
    'skin': Material(textures.plain, 22, .03),
    'cone': Material(textures.bands, 70, .01),
    'chevrons': Material(textures.chevrons, 60, .01),
    'sign': Material(textures.sign, 190, .0),
    'machine': Material(textures.machine, 28, .03, rough=.02),
    'glow': Material(textures.glow, 60, .02),
}
MATERIAL_LIST: tuple[Material, ...] = tuple(MATERIALS.values())
MATERIAL_INDEX: dict[str, int] = {n: i for i, n in enumerate(MATERIALS)}
INTENSITY = np.array([m.intensity for m in MATERIAL_LIST])
LOSS = np.array([m.loss for m in MATERIAL_LIST])
ROUGH = np.array([m.rough for m in MATERIAL_LIST])
GLOSS = np.array([m.gloss for m in MATERIAL_LIST], np.float32)

GROUND_INTENSITY = np.array([9., 9., 15., 13., 17.])
GROUND_LOSS = np.array([.03, .03, .02, .03, .02])
GROUND_ROUGH = np.array([.004, .004, .004, .035, .006])


class GroundColours(NamedTuple):
    """Base colours (3,) of the ground's five kinds in one scene."""
    road: Array
    parking: Array
    sidewalk: Array
    terrain: Array
    other: Array


def _markings(g: Ground, x: Array, u: Array) -> Array:
    """Where the road is painted: 0 nowhere, 1 white, 2 yellow."""
    side, paint = np.abs(u), np.zeros(x.shape, np.uint8)
    dashed = (x / 6) % 1 < .45
    for k in range(1, g.lanes):
        paint[dashed & (np.abs(side - g.median - k * g.lane) < .08)] = 1
    if g.median == 0:
        paint[np.abs(side - .14) < .07] = 2
    elif g.median > 0:
        paint[np.abs(side - g.median - .25) < .07] = 2
    if g.parking > 0:
        paint[np.abs(side - g.driving) < .06] = 1
        bay = (side > g.driving) & (np.abs((x / 6) % 1 - .5) < .012)
        paint[bay] = 1
    paint[g.junction(x, 5.)] = 0
    for at, half in g.crosses:
        off = np.abs(x - at)
        stripes = (off > half + 1.2) & (off < half + 3.8)
        stripes &= (u / 1.1) % 1 < .5
        paint[stripes & (side < g.road)] = 1
        stop = (off > half + 4.3) & (off < half + 4.7)
        stop &= (side > g.median) & (side < g.driving)
        paint[stop & (u * (x - at) > 0)] = 1
        cross = (off < .07) & (side > g.road + 5) & ((u / 5) % 1 < .5)
        paint[cross] = 1
    return paint


def ground_colour(g: Ground, palette: GroundColours, code: Array, x: Array,
                  y: Array) -> tuple[Array, Array]:
    """Colour and LiDAR intensity of points on the ground.

    Args:
        g (Ground): The layout.
        palette (GroundColours): The scene's colours.
        code (Array): (N,) what the ground is there.
        x, y (Array): (N,) metres, world.

    Returns:
        Colours (3, N) float32 in 0..1 and intensities (N,) 0..255.
    """
    u = y - g.centre(x).astype(y.dtype, copy=False)
    base = np.stack(palette, 1).astype(np.float32).take(code, 1)
    fine, coarse = noise(x, y, 18), noise(x, y, 2.2)
    amount = np.float32([.16, .16, .10, .30, .12])[code]
    tone = 1 + amount * (fine - .5) + .7 * amount * (coarse - .5)
    out = base * tone
    grass = code == TERRAIN
    if grass.any():
        bare = np.clip(3 * coarse[grass] - 1.9, 0, 1)
        soil = np.float32([[.42], [.36], [.24]])
        out[:, grass] = out[:, grass] * (1 - bare) + soil * bare
    slab = (code == SIDEWALK) & (((x / .9) % 1 < .06) | ((u / .9) % 1 < .06))
    out[:, slab] *= .78
    stone = code == OTHER
    joint = stone & (((x / .42) % 1 < .14) | ((u / .42) % 1 < .14))
    out[:, joint] *= .82
    road = (code == ROAD) | (code == PARKING)
    patch = road & (noise(x + 31, y, .35) > .72)
    out[:, patch] *= .86
    value = GROUND_INTENSITY[code] * (.6 + .8 * fine)
    paint = np.where(road, _markings(g, x, u), 0) * (fine > .12)
    out[:, paint == 1] = np.float32([[.82], [.82], [.8]])
    out[:, paint == 2] = np.float32([[.85], [.66], [.15]])
    value[paint > 0] = 55
    return out, value


__all__ = [
    'MATERIALS', 'MATERIAL_INDEX', 'GroundColours', 'ground_colour', 'KERB'
]
