"""The ground: a gently winding main street, cross streets and blocks.

A place is given by (x, u): x along the world's x axis and u to the left of
the main street's centre line ``y = centre(x)``. Pavements, islands and blocks
stand ``KERB`` metres above the roads.
"""
from dataclasses import dataclass

import numpy as np

from .classes import SURFACE_INDEX

Array = np.ndarray
KERB = 0.15
ROAD, PARKING, SIDEWALK, TERRAIN, OTHER = range(5)
CODE_TO_SURFACE = np.array([
    SURFACE_INDEX[n]
    for n in ('road', 'parking', 'sidewalk', 'terrain', 'other_flat')
])


@dataclass(frozen=True)
class Ground:
    """Layout of the ground, all lengths in metres.

    Attributes:
        bend (tuple[float, float, float]): Amplitude, wave number (rad/m) and
            phase of the centre line.
        lanes (int): Number of lanes per direction.
        lane (float): Width of a lane.
        parking (float): Width of the parking lane on each side.
        median (float): Half width of the island in the middle, 0 for none.
        verge (float): Width of the green strip between road and pavement.
        sidewalk (float): Width of the pavement.
        crosses (tuple[tuple[float, float], ...]): (x, half width) of each
            cross street.
        patches (tuple[tuple[float, float, float, float, int], ...]): (x0, x1,
            u0, u1, code); a later one lies above an earlier.
    """
    bend: tuple[float, float, float]
    lanes: int
    lane: float
    parking: float
    median: float
    verge: float
    sidewalk: float
    crosses: tuple[tuple[float, float], ...]
    patches: tuple[tuple[float, float, float, float, int], ...] = ()

    @property
    def driving(self) -> float:
        """Half width of the road without the parking lanes."""
        return self.median + self.lanes * self.lane

    @property
    def road(self) -> float:
        """Half width of the road."""
        return self.driving + self.parking

    @property
    def front(self) -> float:
        """Distance of the blocks from the centre line."""
        return self.road + self.verge + self.sidewalk

    def centre(self, x: Array) -> Array:
        """y of the centre line at x."""
        amp, wave, phase = self.bend
        return amp * np.sin(wave * x + phase)

    def slope(self, x: Array) -> Array:
        """dy/dx of the centre line at x."""
        amp, wave, phase = self.bend
        return amp * wave * np.cos(wave * x + phase)

    def junction(self, x: Array, margin: float = 0) -> Array:
        """Whether x lies within a cross street widened by ``margin``."""
        inside = np.zeros(np.shape(x), bool)
        for at, half in self.crosses:
            inside |= np.abs(x - at) < half + margin
        return inside

    def codes(self, x: Array, y: Array) -> Array:
        """What lies at (x, y): (N,) uint8 of ROAD ... OTHER."""
        u = y - self.centre(x).astype(y.dtype, copy=False)
        side = np.abs(u)
        code = np.full(x.shape, TERRAIN, np.uint8)
        for x0, x1, u0, u1, what in self.patches:
            code[(x >= x0) & (x < x1) & (u >= u0) & (u < u1)] = what
        code[side < self.front] = SIDEWALK
        code[side < self.road + self.verge] = TERRAIN
        for at, half in self.crosses:
            off = np.abs(x - at)
            code[off < half + self.sidewalk] = SIDEWALK
        code[side < self.road] = PARKING
        code[side < self.driving] = ROAD
        if self.median > 0:
            code[side < self.median] = OTHER
        near = self.junction(x, 5.)
        inner = near & (side < self.road)
        code[inner] = ROAD
        for at, half in self.crosses:
            code[np.abs(x - at) < half] = ROAD
        return code

    def cast(self, origin: Array, dirs: Array,
             limit: Array) -> tuple[Array, Array, Array]:
        """Rays against the ground.

        Args:
            origin (Array): (3,) metres, above the kerb.
            dirs (Array): (3, N) directions.
            limit (Array): (N,) rays are of no interest beyond this ``t``.

        Returns:
            ``t`` (N,) inf for a miss, ``code`` (N,) uint8, and ``kerb`` (N,)
            bool: whether the ray meets the upright face of a kerb.
        """
        t = np.full(dirs.shape[1], np.inf, dirs.dtype)
        code = np.zeros(dirs.shape[1], np.uint8)
        kerb = np.zeros(dirs.shape[1], bool)
        down = np.minimum(dirs[2], -1e-6)
        top = (KERB - origin[2]) / down
        idx = np.flatnonzero((dirs[2] < -1e-6) & (top < limit))
        if len(idx) == 0:
            return t, code, kerb
        d, t_top = dirs[:, idx], top[idx].astype(dirs.dtype)
        found = self.codes(origin[0] + t_top * d[0], origin[1] + t_top * d[1])
        t_hit, raised = t_top.copy(), found >= SIDEWALK
        low = np.flatnonzero(~raised)
        if len(low):
            t_hit[low], found[low], hit = self._low(origin, d[:, low],
                                                    t_top[low])
            kerb[idx[low]] = hit
        t[idx], code[idx] = t_hit, found
        return t, code, kerb

    def _low(self, origin: Array, d: Array,
             t_top: Array) -> tuple[Array, Array, Array]:
        """Rays that pass the kerb's height above a road."""
        t0 = (-origin[2] / d[2]).astype(d.dtype)
        code = self.codes(origin[0] + t0 * d[0], origin[1] + t0 * d[1])
        kerb = code >= SIDEWALK
        if kerb.any():
            dd, lo, hi = d[:, kerb], t_top[kerb], t0[kerb].copy()
            for _ in range(8):
                mid = (lo + hi) / 2
                at = self.codes(origin[0] + mid * dd[0],
                                origin[1] + mid * dd[1]) >= SIDEWALK
                hi = np.where(at, mid, hi)
                lo = np.where(at, lo, mid)
            t0[kerb] = hi
            side = self.codes(origin[0] + hi * dd[0], origin[1] + hi * dd[1])
            code[kerb] = np.maximum(side, SIDEWALK)
        return t0, code, kerb
