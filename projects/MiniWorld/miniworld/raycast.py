"""Cast all rays of a sensor against the solids that they may meet.

Every solid is tried only on the rectangle of rays that its bounding box
covers: pixels for a camera, rings and azimuths for a LiDAR.
"""
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .culling import CORNERS, Rect, camera_rects, lidar_rects
from .materials import MATERIAL_INDEX
from .primitives import hit_convex, hit_ellipsoid, hit_frustum
from .sensors import Camera, Lidar, invert
from .solids import BALL, BOX, FRUSTUM
from .textures import speckle
from .world import World

Array = np.ndarray
SKY, GROUND = -1, -2
_BATCH = 1 << 15
"""Pairs of a solid and a ray tried at once: few enough for the cache."""
_LEAVES = MATERIAL_INDEX['leaves']


@dataclass
class Hits:
    """The first surface that each ray meets.

    Attributes:
        t (Array): (H, W) distance in units of the ray's direction, inf for the
            sky.
        solid (Array): (H, W) int32 index of the solid, ``GROUND`` or ``SKY``.
        normal (Array): (3, H, W) outward unit normals in the world frame.
        code (Array): (H, W) uint8 kind of the ground where the ground is met.
        origin (Array): (3,) of the rays, metres, world.
        dirs (Array): (3, H, W) of the rays, world.
    """
    t: Array
    solid: Array
    normal: Array
    code: Array
    origin: Array
    dirs: Array

    def points(self) -> Array:
        """(3, H, W) where the rays end, world; not finite for the sky."""
        with np.errstate(invalid='ignore'):
            return self.origin.astype(self.dirs.dtype)[:, None, None] + (
                self.t * self.dirs)


class _Caster:
    """Holds the solids at one time and the hits of one sensor.

    Pairs of a solid and a ray are tried many at a time, whatever the solid.
    """

    def __init__(self, world: World, time: float, pose: Array,
                 rays: Array) -> None:
        self.world, self.solids = world, world.solids
        self.centre, self.rot = world.placed(time)
        self.origin = pose[:3, 3]
        r = pose[:3, :3].astype(rays.dtype)
        dirs = np.stack([
            r[i, 0] * rays[0] + r[i, 1] * rays[1] + r[i, 2] * rays[2]
            for i in range(3)
        ])
        shape = dirs.shape[1:]
        self.hits = Hits(
            np.full(shape, np.inf, rays.dtype), np.full(shape, SKY, np.int32),
            np.zeros_like(dirs), np.zeros(shape, np.uint8), self.origin, dirs)
        self.dirs = dirs.reshape(3, -1)
        local = np.einsum('nji,nj->ni', self.rot, self.origin - self.centre)
        distance = np.einsum('nfi,ni->nf', self.solids.normals,
                             local) - self.solids.offsets
        faces = np.einsum('nij,nfj->nfi', self.rot, self.solids.normals)
        # The solids' axis comes last, as that of the pairs does.
        self.local = np.ascontiguousarray(local.T)
        self.distance = np.ascontiguousarray(distance.T)
        self.faces = np.ascontiguousarray(faces.transpose(1, 2, 0))
        self.axes = np.ascontiguousarray(self.rot.transpose(1, 2, 0))

    def away(self) -> Array:
        """(N,) metres to the spheres around the solids, negative inside."""
        return np.linalg.norm(
            self.local.T, axis=1) - np.linalg.norm(
                self.solids.reach, axis=1)

    def corners(self, sensor: Array) -> Array:
        """(N, 8, 3) corners of the bounding boxes in the sensor's frame."""
        offset = CORNERS[None] * self.solids.reach[:, None]
        at = np.einsum('nij,nkj->nki', self.rot, offset)
        at += self.centre[:, None]
        inverse = invert(sensor)
        return at @ inverse[:3, :3].T + inverse[:3, 3]

    def cast(self, tries: Iterable[tuple[int, Rect]], near: Array) -> None:
        """Try solids on rectangles of rays.

        Args:
            tries (Iterable[tuple[int, Rect]]): Solids and their rectangles; of
                two hits at the same distance the earlier one's counts.
            near (Array): (N,) no ray meets a solid at a smaller ``t``.
        """
        near = (.999 * near - .01).astype(self.dirs.dtype)
        t_now = self.hits.t.reshape(-1)
        for solid, ray in _pairs(tries, self.hits.t.shape):
            maybe = np.flatnonzero(t_now[ray] > near[solid])
            self._meet(solid[maybe], ray[maybe])
        self.ground()

    def _meet(self, solid: Array, ray: Array) -> None:
        """Try pairs of solids (P,) and flat rays (P,)."""
        h = self.hits
        t_now, d = h.t.reshape(-1), self.dirs.take(ray, 1)
        t, part = self._intersect(solid, d)
        closer = np.flatnonzero(t < t_now[ray])
        solid, ray, t, part = (v[closer] for v in (solid, ray, t, part))
        d = d.take(closer, 1)
        p = self.origin.astype(d.dtype)[:, None] + t * d
        normal = self._normal(solid, p, part)
        keep = self.solids.material[solid] != _LEAVES
        leaf = np.flatnonzero(~keep)
        keep[leaf] = self._leafy(p[:, leaf], normal[:, leaf], d[:, leaf])
        np.minimum.at(t_now, ray[keep], t[keep])
        # Where two are assigned the last one stays: the first of the solids.
        first = np.flatnonzero(keep & (t == t_now[ray]))[::-1]
        h.solid.reshape(-1)[ray[first]] = solid[first]
        h.normal.reshape(3, -1)[:, ray[first]] = normal[:, first]

    def _intersect(self, solid: Array, d: Array) -> tuple[Array, Array]:
        """Where rays ``d`` (3, P) meet solids (P,), and in which part."""
        t = np.empty(len(solid), d.dtype)
        part = np.zeros(len(solid), np.int8)
        kind = self.solids.kind[solid]
        for which in (BOX, BALL, FRUSTUM):
            k = np.flatnonzero(kind == which)
            i, dirs = solid[k], d.take(k, 1)
            if which == BOX:
                t[k], part[k] = hit_convex(
                    self.faces.take(i, 2), self.distance.take(i, 1), dirs)
                continue
            m = self.axes.astype(d.dtype).take(i, 2)
            dirs = np.stack([
                m[0, j] * dirs[0] + m[1, j] * dirs[1] + m[2, j] * dirs[2]
                for j in range(3)
            ])
            origin, half = self.local.take(i, 1), self.solids.half[i].T
            if which == BALL:
                t[k] = hit_ellipsoid(origin, half, dirs)
            else:
                params = np.stack([*half, self.solids.extra[i, 0]])
                t[k], part[k] = hit_frustum(origin, params, dirs)
        return t, part

    def _normal(self, solid: Array, p: Array, part: Array) -> Array:
        """(3, P) normals of solids (P,) at world points ``p`` (3, P)."""
        out = self.faces[part, :, solid].T
        kind = self.solids.kind[solid]
        k = np.flatnonzero(kind != BOX)
        i, part = solid[k], part[k]
        away = p.take(k, 1) - self.centre[i].T
        q = _turned(self.rot.transpose(0, 2, 1), i, away)
        half = self.solids.half[i].T
        grow = (half[1] - half[0]) / (2 * half[2])
        r = np.hypot(q[0], q[1])
        side = np.stack([q[0], q[1], -grow * r])
        cap = np.array([[0], [0], [1.]]) * np.where(part == 1, 1, -1)
        n = np.where(part == 0, side, cap)
        n = np.where(kind[k] == BALL, q / half**2, n)
        n /= np.maximum(np.linalg.norm(n, axis=0), 1e-9)
        out[:, k] = _turned(self.rot, i, n)
        return out

    @staticmethod
    def _leafy(p: Array, normal: Array, d: Array) -> Array:
        """Which hits of a crown stay: its outline is ragged."""
        facing = -(normal * d).sum(0) / np.linalg.norm(d, axis=0)
        ragged = .6 * speckle(p, 4) + .4 * speckle(p, 13)
        return facing > .75 * ragged

    def ground(self) -> None:
        """Let the ground take every ray that nothing nearer stops."""
        h = self.hits
        dirs = h.dirs.reshape(3, -1)
        t, code, kerb = self.world.ground.cast(self.origin, dirs,
                                               h.t.reshape(-1))
        take = t < h.t.reshape(-1)
        h.t.reshape(-1)[take] = t[take]
        h.solid.reshape(-1)[take] = GROUND
        h.code.reshape(-1)[take] = code[take]
        normal = h.normal.reshape(3, -1)
        normal[:, take] = np.array([[0], [0], [1.]])
        face = np.flatnonzero(take & kerb)
        normal[2, face] = 0
        normal[1, face] = np.where(dirs[1, face] > 0, -1, 1)


def _turned(rot: Array, solid: Array, v: Array) -> Array:
    """Vectors (3, P) turned by each solid's rotation; solids lie in runs.

    Each run has its own product, since BLAS rounds differently from a sum of
    columns, and a last bit can reach a picture.
    """
    out = np.empty_like(v)
    edges = np.flatnonzero(np.diff(solid)) + 1
    for a, b in zip([0, *edges], [*edges, len(solid)]):
        if b > a:
            out[:, a:b] = rot[solid[a]] @ np.ascontiguousarray(v[:, a:b])
    return out


def _pairs(tries: Iterable[tuple[int, Rect]],
           shape: tuple[int, int]) -> Iterator[tuple[Array, Array]]:
    """Batches of solids (P,) and flat indices (P,) of rays, in order."""
    index = np.arange(np.prod(shape)).reshape(shape)
    batch: list[tuple[int, Array]] = []
    total = 0
    for i, (r0, r1, c0, c1) in tries:
        if r0 < r1 and c0 < c1:
            batch.append((i, index[r0:r1, c0:c1].reshape(-1)))
            total += batch[-1][1].size
        if total >= _BATCH:
            yield _joined(batch)
            batch, total = [], 0
    if batch:
        yield _joined(batch)


def _joined(batch: list[tuple[int, Array]]) -> tuple[Array, Array]:
    solids, rays = zip(*batch)
    return np.repeat(solids, [r.size for r in rays]), np.concatenate(rays)


def cast_camera(world: World, camera: Camera, time: float) -> Hits:
    """What a camera sees at ``time`` seconds; ``t`` is depth in metres."""
    pose = world.ego_pose(time) @ camera.to_ego
    caster = _Caster(world, time, pose, camera.rays().astype(np.float32))
    corners = caster.corners(pose)
    rects = camera_rects(camera, corners).tolist()
    own = int(np.sum(world.solids.thing < len(world.things)))
    tries = ((i, rects[i])
             for i in np.argsort(caster.away(), kind='stable').tolist()
             if i < own)
    caster.cast(tries, corners[..., 2].min(1))
    return caster.hits


def cast_lidar(world: World, lidar: Lidar, time: float) -> Hits:
    """What a LiDAR meets at ``time`` seconds; ``t`` is range in metres."""
    pose = world.ego_pose(time) @ lidar.to_ego
    caster = _Caster(world, time, pose, lidar.rays())
    rects = lidar_rects(lidar, caster.corners(pose))
    away = caster.away()
    tries = ((i, rect) for i in np.argsort(away, kind='stable')
             for rect in rects[i])
    caster.cast(tries, away)
    return caster.hits
