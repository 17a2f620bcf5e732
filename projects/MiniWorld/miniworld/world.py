"""A world: the ground, the things on it, the light and the ego vehicle."""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .ground import Ground
from .materials import GroundColours
from .motion import EgoMotion, Motion
from .solids import Model, SolidSet

Array = np.ndarray


class Thing(NamedTuple):
    """One rigid thing.

    Attributes:
        name (str): Surface class the thing is annotated as; '' for scenery.
        model (Model): Solids of the thing.
        motion (Motion): Position of the thing over time.
    """
    name: str
    model: Model
    motion: Motion

    @property
    def moves(self) -> bool:
        """Whether the thing changes its place."""
        return self.motion.speed != 0

    def box(self) -> tuple[Array, Array]:
        """Centre (3,) in the thing's frame and size (3,) l, w, h; metres."""
        low, high = self.model.bounds()
        return (low + high) / 2, high - low


class Light(NamedTuple):
    """The light of a scene.

    Attributes:
        sun (Array): (3,) unit vector towards the sun.
        colour (Array): (3,) of the sun's light.
        ambient (Array): (3,) of the sky's light.
        zenith, horizon (Array): (3,) colours of the sky.
        clouds (float): 0..1, how cloudy the sky is.
        haze (float): Metres after which a colour has faded to 1/e.
    """
    sun: Array
    colour: Array
    ambient: Array
    zenith: Array
    horizon: Array
    clouds: float
    haze: float


@dataclass
class World:
    """Everything that the sensors can see in one scene.

    World frame: metres, z up, the main street along x. ``placement`` (4, 4)
    takes it to the global frame of the dataset. ``solids`` belong to
    ``things`` by index; the thing after the last is the ego vehicle's own
    body, which only the LiDAR sees.
    """
    name: str
    seed: tuple[int, ...]
    ground: Ground
    colours: GroundColours
    light: Light
    things: list[Thing]
    solids: SolidSet
    ego: EgoMotion
    placement: Array
    _placed: tuple[float, Array, Array] | None = None
    _still: Array | None = None

    def placed(self, t: float) -> tuple[Array, Array]:
        """Centres (N, 3) and rotations (N, 3, 3) of all solids at ``t``.

        The last answer is kept, since one shot asks several times.
        """
        if self._placed is None or self._placed[0] != t:
            self._placed = (t, *self.solids.placed(self.poses(t)))
        return self._placed[1:]

    def poses(self, t: float) -> Array:
        """(T + 1, 4, 4) things and, last, the ego vehicle to world."""
        if self._still is None:
            self._still = np.stack(
                [thing.motion.pose(self.ground, 0.)
                 for thing in self.things] + [np.eye(4)])
        out = self._still.copy()
        for i, thing in enumerate(self.things):
            if thing.moves:
                out[i] = thing.motion.pose(self.ground, t)
        out[-1] = self.ego.pose(self.ground, t)
        return out

    def ego_pose(self, t: float) -> Array:
        """(4, 4) ego to world at ``t`` seconds."""
        return self.ego.pose(self.ground, t)

    def ego_to_global(self, t: float) -> Array:
        """(4, 4) ego to the dataset's global frame."""
        return self.placement @ self.ego_pose(t)

    def rng(self, *key: int) -> np.random.Generator:
        """A generator of its own for each purpose ``key``."""
        return np.random.default_rng(
            np.random.SeedSequence([*self.seed, *key]))
