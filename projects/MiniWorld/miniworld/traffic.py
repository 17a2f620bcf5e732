"""What moves or could: vehicles, cycles, people, cones and barriers."""
from collections.abc import Sequence

import numpy as np

from .ground import KERB, Ground
from .motion import EgoMotion, Motion
from .people import PEOPLE
from .streets import REACH, Style
from .vehicles import VEHICLES
from .world import Thing

Rng = np.random.Generator
RARE = (('bus', 'motorcycle', 'bicycle', 'pickets'),
        ('trailer', 'truck', 'bicycle', 'construction', 'motorcycle'))
"""What every other scene has for certain, so that no class is missing from a
split of two scenes."""


class Traffic:
    """Place things without letting them overlap.

    Args:
        rng (Rng): Source of chance.
        ground (Ground): The layout.
        style (Style): The town.
        ego (EgoMotion): The ego vehicle's drive.
        drive (tuple[float, float]): (x0, x1) stretch that it covers, metres.
    """

    def __init__(self, rng: Rng, ground: Ground, style: Style, ego: EgoMotion,
                 drive: tuple[float, float]) -> None:
        self.rng, self.ground, self.style = rng, ground, style
        self.ego, self.drive = ego, drive
        self.things: list[Thing] = []
        self._taken: list[tuple[float, float, float, float]] = []

    def _free(self, x: float, u: float, size: Sequence[float],
              gap: float) -> bool:
        a, b = size[0] / 2 + gap, size[1] / 2 + .15
        box = (x - a, x + a, u - b, u + b)
        for other in self._taken:
            if (box[0] < other[1] and other[0] < box[1] and box[2] < other[3]
                    and other[2] < box[3]):
                return False
        self._taken.append(box)
        return True

    def put(self,
            name: str,
            x: float,
            u: float,
            yaw: float = 0.,
            speed: float = 0.,
            raised: bool = False,
            gap: float = .4,
            street: bool = True) -> bool:
        """Place one thing unless something stands there already."""
        model = {**VEHICLES, **PEOPLE}[name](self.rng)
        low, high = model.bounds()
        size = high - low
        if abs(np.sin(yaw)) > .7:
            size = size[[1, 0, 2]]
        if not self._free(x, u, size, gap):
            return False
        z = KERB if raised else 0.
        self.things.append(
            Thing(name, model, Motion(x, u, yaw, speed, z, street)))
        return True

    def _kind(self) -> str:
        """A road user of a moving or parked lane."""
        names = ('car', 'truck', 'bus', 'bus_bendy', 'motorcyclist')
        return str(self.rng.choice(names, p=(.81, .1, .025, .01, .055)))

    def lanes(self) -> None:
        """Vehicles that drive: with the ego vehicle, and towards it."""
        g, rng = self.ground, self.rng
        oncoming = rng.uniform(5, 9)
        for k in range(g.lanes):
            for side in (-1, 1):
                u = side * (g.median + g.lane * (k + .5))
                speed = self.ego.speed if side < 0 else oncoming
                x = -REACH + rng.uniform(0, 25)
                while x < REACH:
                    name = self._kind()
                    away = abs(x - self.ego.x -
                               1.5) > (14 if name in ('car',
                                                      'motorcyclist') else 19)
                    if side > 0 or away:
                        self.put(
                            name, x, u, 0 if side < 0 else np.pi, speed, gap=2)
                        if name == 'truck' and rng.random() < .3:
                            self.put('trailer', x - 12 * -side, u,
                                     0 if side < 0 else np.pi, speed)
                    x += rng.uniform(13, 42)
        if rng.random() < .7:
            self.put(
                'bicyclist',
                rng.uniform(*self.drive) + 12,
                -g.driving + .55,
                0,
                rng.uniform(3, 5),
                gap=.3)

    def parked(self) -> None:
        """Vehicles in the parking lanes and waiting in the cross streets."""
        g, rng = self.ground, self.rng
        if g.parking > 0:
            for side in (-1, 1):
                u = side * (g.road - 1.12)
                for x in np.arange(-80, 80, 6.0):
                    if g.junction(x, 8) or rng.random() > self.style.parked:
                        continue
                    name = str(
                        rng.choice(('car', 'truck', 'motorcycle', 'trailer'),
                                   p=(.88, .05, .05, .02)))
                    self.put(
                        name,
                        x + rng.uniform(-.4, .4),
                        u,
                        0 if side < 0 else np.pi,
                        gap=.3)
        for at, half in g.crosses:
            for side in (-1, 1):
                u = g.road + rng.uniform(5.5, 8)
                for _ in range(int(rng.integers(0, 4))):
                    name = self._kind()
                    self.put(
                        name,
                        at - side * half / 2,
                        side * u,
                        -side * np.pi / 2,
                        gap=.5)
                    u += rng.uniform(7, 14)

    def people(self) -> None:
        """Pedestrians on the pavements and over the cross streets."""
        g, rng = self.ground, self.rng
        mid = float(np.mean(self.drive))
        for _ in range(int(rng.integers(*self.style.crowd))):
            side, x = rng.choice((-1, 1)), mid + rng.uniform(-32, 42)
            u = side * (g.front - rng.uniform(.5, max(.6, g.sidewalk - 1)))
            raised = not g.junction(x)
            name = str(
                rng.choice(('adult', 'child', 'police'), p=(.85, .12, .03)))
            walk = rng.random() < .65 and raised
            yaw = float(rng.choice(
                (0, np.pi))) if walk else float(rng.uniform(0, 6.3))
            pace = float(rng.uniform(.8, 1.6)) if walk else 0.
            if self.put(name, x, u, yaw, pace, raised, .1):
                if rng.random() < .35:
                    self.put('adult', x + rng.uniform(-.4, .4), u + .6, yaw,
                             pace, raised, .0)
        if rng.random() < .5:
            for k in range(int(rng.integers(2, 6))):
                self.put(
                    'bicycle',
                    mid + 4 + .8 * k + rng.uniform(0, .2),
                    g.road + .55 + g.verge,
                    np.pi / 2,
                    raised=True,
                    gap=.05)

    def works(self) -> None:
        """A building site beside the drive: plant, barriers, cones."""
        g, rng = self.ground, self.rng
        side = float(rng.choice((-1, 1)))
        wide = max(g.parking, 0) > 0
        u = side * (g.road - 1.0 if wide else g.front + 2)
        x = rng.uniform(np.mean(self.drive), self.drive[1] + 15)
        for _ in range(12):
            if not g.junction(x, 9) and self.put(
                    'construction', x, u, rng.uniform(-.2, .2),
                    raised=not wide):
                break
            x += rng.choice((-1, 1)) * rng.uniform(3, 22)
            x = np.clip(x, self.drive[0] - 8, self.drive[1] + 38)
        edge = side * (g.driving - .1) if wide else side * (g.road + .5)
        for k in range(5):
            at = x - 7 + 2.6 * k
            if not g.junction(at, 3):
                self.put(
                    'barrier',
                    at,
                    edge + side * .25,
                    np.pi / 2,
                    raised=not wide,
                    gap=.02)
        for k in range(int(rng.integers(3, 7))):
            at = x - 9 - 2.2 * k
            if not g.junction(at, 3):
                self.put(
                    'cone', at, edge + side * .2 * k, raised=not wide, gap=.05)
        for _ in range(int(rng.integers(1, 4))):
            self.put(
                'worker',
                x + rng.uniform(-7, 7),
                edge + side * rng.uniform(1.5, 3.5),
                rng.uniform(0, 6.3),
                raised=True,
                gap=.1)

    def pickets(self) -> None:
        """A row of barriers and some cones along the drive."""
        g, rng = self.ground, self.rng
        side = float(rng.choice((-1, 1)))
        x = rng.uniform(*self.drive) + 7
        u = side * (g.road - .35)
        for k in range(int(rng.integers(4, 8))):
            if not g.junction(x + 2.5 * k, 1):
                self.put('barrier', x + 2.5 * k, u, np.pi / 2, gap=.02)
        for k in range(int(rng.integers(2, 6))):
            if not g.junction(x - 2 - 2 * k, 1):
                self.put('cone', x - 2 - 2 * k, u, gap=.05)

    def certain(self, name: str) -> None:
        """One thing of a rare kind near the drive, whatever chance says."""
        g, rng = self.ground, self.rng
        if name == 'construction':
            return self.works()
        if name == 'pickets':
            return self.pickets()
        small = name in ('bicycle', 'motorcycle')
        for _ in range(40):
            side = float(rng.choice((-1, 1)))
            x = rng.uniform(self.drive[0] - 4, self.drive[1] + 14)
            if not small and (side < 0 or rng.random() < .75):
                x = self.drive[1] + rng.uniform(9, 24)
            if g.junction(x, 1 if small else 8):
                continue
            if small:
                u, yaw = g.road + .7, rng.choice((0, np.pi)) + rng.normal() / 9
            else:
                u, yaw = g.road - 1.3, (side > 0) * np.pi
            done = self.put(
                name, x, side * u, float(yaw), raised=small, gap=.2)
            if done and small:
                for k in range(int(rng.integers(1, 4))):
                    self.put(
                        name,
                        x + 2.2 * (k + 1),
                        side * u,
                        float(yaw),
                        raised=True,
                        gap=.1)
            if done:
                return None
        return None
