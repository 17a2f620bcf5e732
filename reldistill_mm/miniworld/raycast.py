"""Casts all rays of a sensor against the solids that they may meet.

Every solid is tried only on the rectangle of rays that its bounding box
covers: pixels for a camera, rings and azimuths for a LiDAR.
"""
from dataclasses import dataclass
from typing import Iterator, List, Tuple

import numpy as np

from .primitives import hit_convex, hit_ellipsoid, hit_frustum
from .sensors import Camera, Lidar, invert
from .solids import BALL, BOX
from .textures import speckle
from .materials import MATERIAL_INDEX
from .world import World

Array = np.ndarray
Rect = Tuple[int, int, int, int]
SKY, GROUND = -1, -2
_CORNERS = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1)
                     for k in (-1, 1)], float)
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8)
          if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 2]
_NEAR = .05
_LEAVES = MATERIAL_INDEX['leaves']


@dataclass
class Hits:
    """The first surface that each ray meets.

    Attributes:
        t: (H, W) distance in units of the ray's direction, inf for the sky.
        solid: (H, W) int32 index of the solid, ``GROUND`` or ``SKY``.
        normal: (3, H, W) outward unit normals in the world frame.
        code: (H, W) uint8 kind of the ground where the ground is met.
        origin: (3,) of the rays, metres, world.
        dirs: (3, H, W) of the rays, world.
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


def camera_rects(camera: Camera, corners: Array) -> Array:
    """Pixels that bounding boxes may cover.

    Args:
        camera: the camera.
        corners: (N, 8, 3) in the camera frame, metres.

    Returns:
        (N, 4) int: first and past-the-last row, first and past-the-last
        column; empty where a box cannot be seen.
    """
    z = corners[..., 2]
    points, good = [corners], [z > _NEAR]
    for a, b in _EDGES:
        za, zb = z[:, a], z[:, b]
        cut = (za > _NEAR) != (zb > _NEAR)
        w = (_NEAR - za) / np.where(cut, zb - za, 1)
        points.append((corners[:, a] + w[:, None] *
                       (corners[:, b] - corners[:, a]))[:, None])
        good.append(cut[:, None])
    p, ok = np.concatenate(points, 1), np.concatenate(good, 1)
    depth = np.where(ok, np.maximum(p[..., 2], _NEAR), 1)
    k = camera.matrix
    u = p[..., 0] / depth * k[0, 0] + k[0, 2]
    v = p[..., 1] / depth * k[1, 1] + k[1, 2]
    out = np.zeros((len(corners), 4), np.int64)
    for j, (value, size) in enumerate(((v, camera.size[1]),
                                       (u, camera.size[0]))):
        low = np.where(ok, value, np.inf).min(1)
        high = np.where(ok, value, -np.inf).max(1)
        out[:, 2 * j] = np.clip(np.floor(low), 0, size)
        out[:, 2 * j + 1] = np.clip(np.ceil(high) + 1, 0, size)
    out[~ok.any(1)] = 0
    return out


def lidar_rects(lidar: Lidar, corners: Array) -> List[List[Rect]]:
    """Rings and azimuths that bounding boxes may cover.

    Args:
        lidar: the LiDAR.
        corners: (N, 8, 3) in the LiDAR's frame, metres.

    Returns:
        For each box up to two rectangles, since azimuths wrap around.
    """
    mid = corners.mean(1)
    flat = np.linalg.norm(corners[..., :2] - mid[:, None, :2], axis=2).max(1)
    away = np.linalg.norm(mid[:, :2], axis=1)
    nearest = np.maximum(away - flat, 1e-3)
    z0, z1 = corners[..., 2].min(1), corners[..., 2].max(1)
    low = np.arctan2(z0, np.where(z0 < 0, nearest, away + flat))
    high = np.arctan2(z1, np.where(z1 > 0, nearest, away + flat))
    first = np.searchsorted(lidar.elevations, low)
    last = np.searchsorted(lidar.elevations, high, side='right')
    centre = np.arctan2(mid[:, 1], mid[:, 0])
    off = np.arctan2(corners[..., 1], corners[..., 0]) - centre[:, None]
    off = (off + np.pi) % (2 * np.pi) - np.pi
    step, n = 2 * np.pi / lidar.steps, lidar.steps
    a = np.floor((centre + off.min(1) + np.pi) / step).astype(int) - 1
    b = np.ceil((centre + off.max(1) + np.pi) / step).astype(int) + 1
    around = (away <= flat * 1.05) | (b - a >= n)
    out: List[List[Rect]] = []
    for i in range(len(corners)):
        r = (int(first[i]), int(last[i]))
        if around[i]:
            spans = [(0, n)]
        elif a[i] < 0:
            spans = [(a[i] + n, n), (0, b[i])]
        elif b[i] > n:
            spans = [(a[i], n), (0, b[i] - n)]
        else:
            spans = [(a[i], b[i])]
        out.append([(*r, int(s), int(e)) for s, e in spans])
    return out


class _Caster:
    """Holds the solids at one time and the hits of one sensor."""

    def __init__(self, world: World, time: float, pose: Array,
                 rays: Array) -> None:
        self.world, self.solids = world, world.solids
        self.centre, self.rot = self.solids.placed(world.poses(time))
        self.origin = pose[:3, 3]
        r = pose[:3, :3].astype(rays.dtype)
        dirs = np.stack([r[i, 0] * rays[0] + r[i, 1] * rays[1] +
                         r[i, 2] * rays[2] for i in range(3)])
        shape = dirs.shape[1:]
        self.hits = Hits(
            np.full(shape, np.inf, rays.dtype), np.full(shape, SKY, np.int32),
            np.zeros_like(dirs), np.zeros(shape, np.uint8), self.origin, dirs)
        self.local = np.einsum('nji,nj->ni', self.rot,
                               self.origin - self.centre)
        self.distance = np.einsum('nfi,ni->nf', self.solids.normals,
                                  self.local) - self.solids.offsets
        self.faces = np.einsum('nij,nfj->nfi', self.rot, self.solids.normals)

    def corners(self, sensor: Array) -> Array:
        """(N, 8, 3) corners of the bounding boxes in the sensor's frame."""
        offset = _CORNERS[None] * self.solids.reach[:, None]
        at = np.einsum('nij,nkj->nki', self.rot, offset)
        at += self.centre[:, None]
        inverse = invert(sensor)
        return at @ inverse[:3, :3].T + inverse[:3, 3]

    def cast(self, i: int, rect: Rect) -> None:
        """Tries solid ``i`` on a rectangle of rays."""
        r0, r1, c0, c1 = rect
        if r0 >= r1 or c0 >= c1:
            return
        dirs = self.hits.dirs[:, r0:r1, c0:c1]
        t_now = self.hits.t[r0:r1, c0:c1]
        kind, rot = self.solids.kind[i], self.rot[i]
        part = None
        if kind == BOX:
            t, part = hit_convex(self.faces[i], self.distance[i], dirs)
        else:
            m = rot.astype(dirs.dtype)
            local = np.stack([m[0, k] * dirs[0] + m[1, k] * dirs[1] +
                              m[2, k] * dirs[2] for k in range(3)])
            if kind == BALL:
                t = hit_ellipsoid(self.local[i], self.solids.half[i], local)
            else:
                params = np.append(self.solids.half[i],
                                   self.solids.extra[i, 0])
                t, part = hit_frustum(self.local[i], params, local)
        closer = t < t_now
        if not closer.any():
            return
        t, d = t[closer], dirs[:, closer]
        part = None if part is None else part[closer]
        p = self.origin.astype(d.dtype)[:, None] + t * d
        normal = self._normal(i, p, part)
        if self.solids.material[i] == _LEAVES:
            keep = self._leafy(p, normal, d)
            closer[closer] = keep
            t, normal = t[keep], normal[:, keep]
        t_now[closer] = t
        self.hits.solid[r0:r1, c0:c1][closer] = i
        self.hits.normal[:, r0:r1, c0:c1][:, closer] = normal

    def _normal(self, i: int, p: Array, part: Array) -> Array:
        """(3, K) normals of solid ``i`` at world points ``p`` (3, K)."""
        kind, rot = self.solids.kind[i], self.rot[i]
        if kind == BOX:
            return self.faces[i].T[:, part]
        q = rot.T @ (p - self.centre[i][:, None])
        half = self.solids.half[i]
        if kind == BALL:
            n = q / half[:, None]**2
        else:
            grow = (half[1] - half[0]) / (2 * half[2])
            r = np.hypot(q[0], q[1])
            n = np.where(part == 0, np.stack([q[0], q[1], -grow * r]),
                         np.array([[0], [0], [1.]]) * np.where(part == 1, 1,
                                                               -1))
        return rot @ (n / np.maximum(np.linalg.norm(n, axis=0), 1e-9))

    @staticmethod
    def _leafy(p: Array, normal: Array, d: Array) -> Array:
        """Which hits of a crown stay: its outline is ragged."""
        facing = -(normal * d).sum(0) / np.linalg.norm(d, axis=0)
        ragged = .6 * speckle(p, 4) + .4 * speckle(p, 13)
        return facing > .75 * ragged

    def ground(self) -> None:
        """Lets the ground take every ray that nothing nearer stops."""
        h = self.hits
        dirs = h.dirs.reshape(3, -1)
        t, code, kerb = self.world.ground.cast(self.origin, dirs,
                                               h.t.reshape(-1))
        take = t < h.t.reshape(-1)
        h.t.reshape(-1)[take] = t[take]
        h.solid.reshape(-1)[take] = GROUND
        h.code.reshape(-1)[take] = code[take]
        up = np.where(kerb[take], .3, 1.)
        normal = h.normal.reshape(3, -1)
        normal[:, take] = np.stack([0 * up, 0 * up, up])


def _order(caster: _Caster, count: int) -> Iterator[int]:
    """Solids from near to far."""
    away = np.linalg.norm(caster.local, axis=1) - np.linalg.norm(
        caster.solids.reach, axis=1)
    return (int(i) for i in np.argsort(away, kind='stable') if i < count)


def cast_camera(world: World, camera: Camera, time: float) -> Hits:
    """What a camera sees at ``time`` seconds; ``t`` is depth in metres."""
    pose = world.ego_pose(time) @ camera.to_ego
    caster = _Caster(world, time, pose, camera.rays().astype(np.float32))
    rects = camera_rects(camera, caster.corners(pose))
    own = int(np.sum(world.solids.thing < len(world.things)))
    for i in _order(caster, own):
        caster.cast(i, tuple(rects[i]))
    caster.ground()
    return caster.hits


def cast_lidar(world: World, lidar: Lidar, time: float) -> Hits:
    """What a LiDAR meets at ``time`` seconds; ``t`` is range in metres."""
    pose = world.ego_pose(time) @ lidar.to_ego
    caster = _Caster(world, time, pose, lidar.rays())
    rects = lidar_rects(lidar, caster.corners(pose))
    for i in _order(caster, len(rects)):
        for rect in rects[i]:
            caster.cast(i, rect)
    caster.ground()
    return caster.hits
