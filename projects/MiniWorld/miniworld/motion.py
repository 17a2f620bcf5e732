"""How things move: at rest, straight on, or along the winding street."""
from dataclasses import dataclass

import numpy as np

from .ground import Ground
from .solids import rotation

Array = np.ndarray


@dataclass(frozen=True)
class Motion:
    """Where a thing is at every time.

    Attributes:
        x (float): Metres at time 0.
        u (float): Metres to the left of the main street's centre line at time
            0; world y if not ``street``.
        yaw (float): Radians, relative to the street's direction if ``street``.
        speed (float): Metres per second along ``yaw`` (streets: its sign along
            x is that of cos(yaw)).
        z (float): Height of the ground under the thing, metres.
        street (bool): Whether the thing follows the street.
    """
    x: float
    u: float
    yaw: float = 0.
    speed: float = 0.
    z: float = 0.
    street: bool = True

    def pose(self, ground: Ground, t: float) -> Array:
        """(4, 4) thing to world at ``t`` seconds."""
        out = np.eye(4)
        if self.street:
            run = self.speed * t * np.sign(np.cos(self.yaw))
            bend = 1 / np.sqrt(1 + ground.slope(self.x)**2)
            x = self.x + run * bend
            yaw = self.yaw + np.arctan(ground.slope(x))
            y = ground.centre(x) + self.u
        else:
            x = self.x + self.speed * t * np.cos(self.yaw)
            y = self.u + self.speed * t * np.sin(self.yaw)
            yaw = self.yaw
        out[:3, :3] = rotation(yaw)
        out[:3, 3] = x, y, self.z
        return out


@dataclass(frozen=True)
class EgoMotion:
    """The ego vehicle's drive: along its lane, perhaps into the next one.

    Attributes:
        x, u (float): Metres at time 0, as in ``Motion``.
        speed (float): Metres per second at time 0.
        gain (float): Acceleration, metres per second squared.
        change (float): Metres by which u changes in the course of the drive.
        span (float): Seconds that the change takes.
        sway (tuple): Amplitudes of pitch and roll in radians, and a phase.
    """
    x: float
    u: float
    speed: float
    gain: float = 0.
    change: float = 0.
    span: float = 3.
    sway: tuple = (.006, .008, 0.)

    def _place(self, ground: Ground, t: float) -> Array:
        x = self.x + self.speed * t + .5 * self.gain * t * t
        s = np.clip(t / self.span, 0, 1)
        u = self.u + self.change * s * s * (3 - 2 * s)
        return np.array([x, ground.centre(x) + u])

    def pose(self, ground: Ground, t: float) -> Array:
        """(4, 4) ego to world at ``t`` seconds; the rear axle is at 0."""
        ahead = self._place(ground, t + .01) - self._place(ground, t - .01)
        pitch, roll, phase = self.sway
        out = np.eye(4)
        out[:3, :3] = rotation(
            np.arctan2(ahead[1], ahead[0]), pitch * np.sin(5 * t + phase),
            roll * np.sin(3.3 * t + 2 * phase))
        out[:2, 3] = self._place(ground, t)
        return out
