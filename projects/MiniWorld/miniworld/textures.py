"""Procedural textures: the colour of a point on a surface."""
from functools import lru_cache
from typing import NamedTuple

import numpy as np

Array = np.ndarray
_SIZE = 256


@lru_cache(maxsize=1)
def _noise_table() -> Array:
    """(256, 256) float32 fractal noise in 0..1 that tiles."""
    rng = np.random.default_rng(20240229)
    total = np.zeros((_SIZE, _SIZE))
    for cells, weight in ((16, .35), (64, .3), (256, .35)):
        grid = rng.random((cells, cells))
        at = np.arange(_SIZE) * cells / _SIZE
        i, f = np.floor(at).astype(int), at % 1
        j = (i + 1) % cells
        rows = grid[i] * (1 - f)[:, None] + grid[j] * f[:, None]
        total += weight * (rows[:, i] * (1 - f) + rows[:, j] * f)
    low, high = total.min(), total.max()
    return ((total - low) / (high - low)).astype(np.float32)


def noise(a: Array, b: Array, scale: float) -> Array:
    """Fractal noise in 0..1 at (a, b) metres; ``scale`` texels per metre."""
    i = np.floor(a * scale).astype(np.int64) & (_SIZE - 1)
    j = np.floor(b * scale).astype(np.int64) & (_SIZE - 1)
    return _noise_table()[i, j]


def smooth_noise(a: Array, b: Array, scale: float) -> Array:
    """Fractal noise like ``noise``, without steps between the texels."""
    x, y = a * scale, b * scale
    i, j = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    f, g = (x - i).astype(np.float32), (y - j).astype(np.float32)
    table, m = _noise_table(), _SIZE - 1
    i0, i1, j0, j1 = i & m, (i + 1) & m, j & m, (j + 1) & m
    return ((table[i0, j0] * (1 - f) + table[i1, j0] * f) * (1 - g) +
            (table[i0, j1] * (1 - f) + table[i1, j1] * f) * g)


def speckle(p: Array, scale: float) -> Array:
    """Noise in 0..1 at points ``p`` (3, N) metres, ``scale`` per metre."""
    return noise(p[0] + 0.71 * p[2], p[1] + 1.37 * p[2], scale)


class Surface(NamedTuple):
    """Points on surfaces, in the frame of the solid they lie on.

    Attributes:
        local (Array): (3, N) metres.
        normal (Array): (3, N) unit normals in the same frame.
        half (Array): (3, N) half extents of the solid.
        colour, colour2 (Array): (N, 3).
        seed (Array): (N,) 0..1, one number per solid.
        world (Array): (3, N) the points in the world.
    """
    local: Array
    normal: Array
    half: Array
    colour: Array
    colour2: Array
    seed: Array
    world: Array

    def across(self) -> Array:
        """(N,) horizontal coordinate along an upright face, metres."""
        return np.where(
            np.abs(self.normal[0]) > np.abs(self.normal[1]), self.local[1],
            self.local[0])

    def rim(self) -> Array:
        """(N,) distance to the upright edges of the face, metres."""
        x_face = np.abs(self.normal[0]) > np.abs(self.normal[1])
        return np.where(x_face, self.half[1], self.half[0]) - np.abs(
            self.across())

    def height(self) -> Array:
        """(N,) metres above the solid's bottom."""
        return self.local[2] + self.half[2]


def _mix(a: Array, b: Array, where: Array) -> Array:
    return np.where(where[:, None], b, a)


def plain(s: Surface) -> Array:
    """One colour with a little dirt."""
    return s.colour * (0.9 + 0.2 * speckle(s.local, 4))[:, None]


def carbody(s: Surface) -> Array:
    """Painted body: lamps in front and behind, a dark sill, a plate."""
    x, y, _ = s.local
    up = s.height() / (2 * s.half[2])
    out = s.colour * (0.85 + 0.2 * up)[:, None]
    out = _mix(out, np.float32([.09, .09, .1]), up < 0.2)
    ends = np.abs(s.normal[0]) > 0.7
    lamp = ends & (np.abs(y) > 0.62 * s.half[1]) & (up > .45) & (up < .85)
    out = _mix(out, np.float32([.95, .93, .8]), lamp & (x > 0))
    out = _mix(out, np.float32([.75, .05, .04]), lamp & (x < 0))
    plate = ends & (np.abs(y) < 0.26) & (up > .3) & (up < .5)
    return _mix(out, np.float32([.85, .85, .7]), plate)


def cabin(s: Surface) -> Array:
    """Glass all round with painted pillars and roof."""
    up = s.height() / (2 * s.half[2])
    glass = (s.normal[2] < 0.9) & (s.rim() > 0.1) & (up < .86) & (up > .08)
    glass &= (np.abs(s.local[0]) > 0.06) | (np.abs(s.normal[0]) > .5)
    tint = 0.10 + 0.16 * up * (0.6 + 0.8 * noise(s.across(), up, 1.5))
    dark = tint[:, None] * np.float32([.8, .95, 1.1])
    return _mix(s.colour, dark, glass)


def bus(s: Surface) -> Array:
    """A band of windows, doors and a stripe of the second colour."""
    up, along = s.height(), s.across()
    upright = s.normal[2] < 0.7
    out = _mix(s.colour, s.colour2, upright & (up < 0.75) & (up > 0.35))
    out = _mix(out, np.float32([.08, .08, .09]), upright & (up < 0.2))
    band = upright & (up > 1.0) & (up < 2.1) & (s.rim() > 0.15)
    post = (along / 1.5) % 1 < 0.09
    glass = (0.09 + 0.12 * noise(along, up, 2))[:, None] * np.float32(
        [.85, 1., 1.1])
    out = _mix(out, glass, band & ~post)
    sign = upright & (up > 2.3) & (up < 2.6) & (np.abs(s.normal[0]) > .7)
    out = _mix(out, np.float32([.95, .6, .1]), sign & (s.rim() > .5))
    lamp = (np.abs(s.normal[0]) > .7) & (up > .4) & (up < .7) & (s.rim() < .5)
    return _mix(out, np.float32([.9, .3, .2]), lamp & (s.local[0] < 0))


def corrugated(s: Surface) -> Array:
    """Ribs of a container or a tarpaulin."""
    ribs = 0.86 + 0.2 * ((s.across() * 2.2) % 1 > 0.5)
    dirt = 0.85 + 0.3 * noise(s.across(), s.local[2], 3)
    out = s.colour * (ribs * dirt)[:, None]
    return _mix(out, s.colour2, (s.rim() < .12) | (s.height() < .15))


def cargo(s: Surface) -> Array:
    """Smooth box of a lorry with a coloured sign on its sides."""
    up = s.height() / (2 * s.half[2])
    out = s.colour * (0.93 + .1 * noise(s.across(), s.local[2], 2))[:, None]
    sign = (up > .35) & (up < .7) & (s.normal[2] < .7)
    sign &= np.abs(s.across()) < s.half[0] * (0.25 + .4 * s.seed)
    out = _mix(out, s.colour2, sign & (np.abs(s.normal[0]) < .5))
    return _mix(out, np.float32([.25, .25, .26]), s.rim() < .06)


def facade(s: Surface) -> Array:
    """Windows in floors, shops on some ground floors, a flat roof."""
    along, up = s.across() + 40, s.height()
    floor = 2.8 + 0.8 * s.seed
    wide = 1.7 + 2.2 * ((s.seed * 7.3) % 1)
    wall = s.colour * (0.88 + .2 * noise(along, up, 6))[:, None]
    fu, fv = (along / wide) % 1, (up / floor) % 1
    glass = (fu > .26) & (fu < .76) & (fv > .3) & (fv < .82)
    upright = s.normal[2] < .7
    glass &= upright & (s.rim() > .4) & (up < 2 * s.half[2] - .5)
    lit = noise(np.floor(along / wide) + 9 * s.seed, np.floor(up / floor), 1)
    pane = (0.16 + 0.3 * lit)[:, None] * np.float32([.85, .95, 1.1])
    out = _mix(wall, pane, glass)
    frame = upright & ((fu > .2) & (fu < .82) & (fv > .24) & (fv < .88))
    out = _mix(out, s.colour2, frame & ~glass & (s.rim() > .4))
    shop = upright & (up < 3.0) & (((s.seed * 13.7) % 1) > .55)
    front = _mix(s.colour2, pane * .8, (fu > .12) & (up > .5) & (up < 2.4))
    out = _mix(out, front, shop)
    return _mix(out, np.float32([.36, .35, .34]), ~upright)


def brick(s: Surface) -> Array:
    """Courses of bricks or of fence boards."""
    along, up = s.across() + 40, s.height()
    row = np.floor(up / .2)
    joint = ((up / .2) % 1 < .16) | ((along / .5 + row * .5) % 1 < .08)
    tone = .82 + .36 * noise(np.floor(along / .5 + row * .5), row, 1)
    return _mix(s.colour * tone[:, None], s.colour2, joint)


def tiles(s: Surface) -> Array:
    """Roof tiles."""
    rows = .78 + .3 * ((s.local[2] * 3.5) % 1)
    return s.colour * (rows * (.9 + .2 * speckle(s.local, 5)))[:, None]


def leaves(s: Surface) -> Array:
    """Foliage: light and dark patches between two greens."""
    n = .55 * speckle(s.world, 3) + .45 * speckle(s.world, 11)
    w = np.clip(2.2 * n - .6, 0, 1)[:, None]
    return (s.colour * w + s.colour2 * (1 - w)) * (.72 + .5 * n)[:, None]


def bark(s: Surface) -> Array:
    """Upright streaks."""
    turn = np.arctan2(s.local[1], s.local[0])
    return s.colour * (.7 + .6 * noise(turn, s.local[2], 5))[:, None]


def cloth(s: Surface) -> Array:
    """Clothes: folds, and a stripe on some."""
    fold = .82 + .32 * noise(s.local[2] * 2, s.across(), 9)
    out = s.colour * fold[:, None]
    stripe = (s.seed > .7) & (np.abs(s.local[2]) < .08)
    return _mix(out, s.colour2, stripe)


def bands(s: Surface) -> Array:
    """Level bands of two colours: cones, posts."""
    k = np.floor(s.height() / (2 * s.half[2]) * 5) % 2 == 1
    return _mix(s.colour, s.colour2, k) * (.9 + .2 * s.seed)[:, None]


def chevrons(s: Surface) -> Array:
    """Slanting stripes of two colours: barriers of plastic and boards."""
    k = ((s.across() + s.local[2]) / .5) % 1 < .5
    return _mix(s.colour, s.colour2, k & (s.normal[2] < .9))


def sign(s: Surface) -> Array:
    """A board with a rim of the second colour."""
    r = np.maximum(
        np.abs(s.local[1]) / s.half[1],
        np.abs(s.local[2]) / s.half[2])
    out = _mix(s.colour, s.colour2, r > .72)
    return _mix(out, np.float32([.4, .4, .42]), s.normal[0] < -.5)


def machine(s: Surface) -> Array:
    """Yellow plant: dirt below, dark stripes."""
    n = speckle(s.local, 3)
    out = s.colour * (.8 + .3 * n)[:, None]
    dirt = (n > .55) & (s.height() < .6 * s.half[2])
    return _mix(out, s.colour2, dirt)


def glow(s: Surface) -> Array:
    """A lamp, brighter than its surroundings."""
    return s.colour * 1.25
