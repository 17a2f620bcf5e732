"""Casts all rays of a sensor against the solids that they may meet.

Every solid is tried only on the rectangle of rays that its bounding box
covers: pixels for a camera, rings and azimuths for a LiDAR.
"""
from dataclasses import dataclass
from typing import Iterator, Optional

import numpy as np

from .culling import CORNERS, Rect, camera_rects, lidar_rects
from .materials import MATERIAL_INDEX
from .primitives import hit_convex, hit_ellipsoid, hit_frustum
from .sensors import Camera, Lidar, invert
from .solids import BALL, BOX
from .textures import speckle
from .world import World

Array = np.ndarray
SKY, GROUND = -1, -2
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


class _Caster:
    """Holds the solids at one time and the hits of one sensor."""

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
        self.local = np.einsum('nji,nj->ni', self.rot,
                               self.origin - self.centre)
        self.distance = np.einsum('nfi,ni->nf', self.solids.normals,
                                  self.local) - self.solids.offsets
        self.faces = np.einsum('nij,nfj->nfi', self.rot, self.solids.normals)

    def corners(self, sensor: Array) -> Array:
        """(N, 8, 3) corners of the bounding boxes in the sensor's frame."""
        offset = CORNERS[None] * self.solids.reach[:, None]
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
            local = np.stack([
                m[0, k] * dirs[0] + m[1, k] * dirs[1] + m[2, k] * dirs[2]
                for k in range(3)
            ])
            if kind == BALL:
                t = hit_ellipsoid(self.local[i], self.solids.half[i], local)
            else:
                params = np.append(self.solids.half[i], self.solids.extra[i,
                                                                          0])
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

    def _normal(self, i: int, p: Array, part: Optional[Array]) -> Array:
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
            n = np.where(
                part == 0, np.stack([q[0], q[1], -grow * r]),
                np.array([[0], [0], [1.]]) * np.where(part == 1, 1, -1))
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
        normal = h.normal.reshape(3, -1)
        normal[:, take] = np.array([[0], [0], [1.]])
        face = np.flatnonzero(take & kerb)
        normal[2, face] = 0
        normal[1, face] = np.where(dirs[1, face] > 0, -1, 1)


def _order(caster: _Caster, count: int) -> Iterator[int]:
    """Solids from near to far."""
    away = np.linalg.norm(
        caster.local, axis=1) - np.linalg.norm(
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
