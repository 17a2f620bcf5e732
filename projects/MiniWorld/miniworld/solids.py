"""Solids, models made of solids, and all solids of a world as arrays."""
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .classes import SURFACE_INDEX
from .materials import MATERIAL_INDEX
from .primitives import tapered_box_planes

Array = np.ndarray
BOX, BALL, FRUSTUM = 0, 1, 2
Colour = Sequence[float]


def rotation(yaw: float = 0, pitch: float = 0, roll: float = 0) -> Array:
    """Rotation matrix Rz(yaw) Ry(pitch) Rx(roll), angles in radians."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    rz = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1.]])
    ry = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    rx = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    return rz @ ry @ rx


ALONG_Y = rotation(roll=-np.pi / 2)


@dataclass
class Solid:
    """One solid in the frame of its model (x forward, y left, z up).

    Attributes:
        kind (int): ``BOX``, ``BALL`` or ``FRUSTUM``.
        centre (Array): (3,) metres.
        half (Array): (3,) half extents; bottom radius, top radius and half
            height for a frustum.
        extra (Array): (3,) taper of a box; hole radius of a frustum.
        rot (Array): (3, 3) solid to model.
        material, surface (int): Indices into the material and surface tables.
        colour, colour2 (Colour): (3,) RGB in 0..1.
    """
    kind: int
    centre: Array
    half: Array
    extra: Array
    rot: Array
    material: int
    surface: int
    colour: Colour
    colour2: Colour

    def reach(self) -> Array:
        """(3,) half extents of the solid's bounding box in its own frame."""
        if self.kind == FRUSTUM:
            r = max(self.half[0], self.half[1])
            return np.array([r, r, self.half[2]])
        return self.half


@dataclass
class Model:
    """A rigid thing made of solids; the origin lies on the ground.

    Attributes:
        surface (str): Name of the surface class of solids added next.
        solids (list[Solid]): What was added so far.
    """
    surface: str
    solids: list[Solid] = field(default_factory=list)

    def _add(self, kind: int, centre: Sequence[float], half: Sequence[float],
             material: str, colour: Colour, colour2: Colour | None,
             extra: Sequence[float], rot: Array | None) -> None:
        self.solids.append(
            Solid(kind, np.asarray(centre, float), np.asarray(half, float),
                  np.asarray(extra, float),
                  np.eye(3) if rot is None else rot, MATERIAL_INDEX[material],
                  SURFACE_INDEX[self.surface], tuple(colour),
                  tuple(colour2 or colour)))

    def box(self,
            at: Sequence[float],
            size: Sequence[float],
            material: str,
            colour: Colour,
            colour2: Colour | None = None,
            taper: Sequence[float] = (0, 0, 0),
            rot: Array | None = None) -> None:
        """Add a box: ``at`` is the middle of its bottom, ``size`` l, w, h.

        With ``rot``, ``at`` is the middle of the box.
        """
        half = np.asarray(size, float) / 2
        lift = half[2] if rot is None else 0
        self._add(BOX, (at[0], at[1], at[2] + lift), half, material, colour,
                  colour2, taper, rot)

    def ball(self,
             centre: Sequence[float],
             radii: Sequence[float],
             material: str,
             colour: Colour,
             colour2: Colour | None = None) -> None:
        """Add an ellipsoid."""
        self._add(BALL, centre, radii, material, colour, colour2, (0, 0, 0),
                  None)

    def rod(self,
            centre: Sequence[float],
            radius: float,
            length: float,
            material: str,
            colour: Colour,
            top: float | None = None,
            rot: Array | None = None,
            hole: float = 0,
            colour2: Colour | None = None) -> None:
        """Add a cylinder or cone about the z axis of ``rot``."""
        top = radius if top is None else top
        self._add(FRUSTUM, centre, (radius, top, length / 2), material, colour,
                  colour2, (hole, 0, 0), rot)

    def bounds(self) -> tuple[Array, Array]:
        """(3,) lowest and (3,) highest corner in the model's frame."""
        low, high = [], []
        for s in self.solids:
            span = np.abs(s.rot) @ s.reach()
            low.append(s.centre - span)
            high.append(s.centre + span)
        return np.min(low, 0), np.max(high, 0)


@dataclass
class SolidSet:
    """All solids of a world, one row each (N rows).

    ``thing`` (N,) says which thing a solid belongs to; ``centre`` and
    ``rot`` are in the frame of that thing.
    """
    kind: Array
    centre: Array
    half: Array
    extra: Array
    reach: Array
    rot: Array
    material: Array
    surface: Array
    colour: Array
    colour2: Array
    thing: Array
    normals: Array
    offsets: Array
    seed: Array

    @classmethod
    def from_models(cls, models: Sequence[Model],
                    rng: np.random.Generator) -> 'SolidSet':
        """Stack the solids of ``models``; things are numbered in order."""
        solids = [s for m in models for s in m.solids]
        thing = np.repeat(
            np.arange(len(models)), [len(m.solids) for m in models])
        half = np.array([s.half for s in solids])
        extra = np.array([s.extra for s in solids])
        normals, offsets = tapered_box_planes(half, extra)
        return cls(
            kind=np.array([s.kind for s in solids], np.int8),
            centre=np.array([s.centre for s in solids]),
            half=half,
            extra=extra,
            reach=np.array([s.reach() for s in solids]),
            rot=np.array([s.rot for s in solids]),
            material=np.array([s.material for s in solids], np.int16),
            surface=np.array([s.surface for s in solids], np.int16),
            colour=np.array([s.colour for s in solids], np.float32),
            colour2=np.array([s.colour2 for s in solids], np.float32),
            thing=thing,
            normals=normals,
            offsets=offsets,
            seed=rng.random(len(solids)).astype(np.float32))

    def placed(self, poses: Array) -> tuple[Array, Array]:
        """Solids in the world for given poses of the things.

        Args:
            poses (Array): (T, 4, 4) thing to world.

        Returns:
            Centres (N, 3) in metres and rotations (N, 3, 3), solid to world.
        """
        of = poses[self.thing]
        rot = of[:, :3, :3] @ self.rot
        centre = np.einsum('nij,nj->ni', of[:, :3, :3], self.centre)
        return centre + of[:, :3, 3], rot
