"""The layout of the ground and the scenery along the streets."""
from typing import NamedTuple

import numpy as np

from . import scenery
from .ground import KERB, OTHER, PARKING, SIDEWALK, TERRAIN, Ground
from .motion import Motion
from .solids import Model
from .world import Thing

Rng = np.random.Generator
REACH = 115.


class Style(NamedTuple):
    """What distinguishes one town from another.

    Attributes:
        town (str): Key of the colours.
        themes (tuple[str, ...]): Kinds of neighbourhood.
        lanes (tuple[int, ...]): Lanes per direction to choose from.
        lane (tuple[float, float]): Width of a lane, lowest and highest,
            metres.
        sidewalk (tuple[float, float]): Width of the pavement, lowest and
            highest, metres.
        verge (float): Chance of a green strip between road and pavement.
        parked (float): Chance that a parking place is taken.
        crowd (tuple[int, int]): Number of pedestrians, lowest and highest.
    """
    town: str
    themes: tuple[str, ...]
    lanes: tuple[int, ...]
    lane: tuple[float, float]
    sidewalk: tuple[float, float]
    verge: float
    parked: float
    crowd: tuple[int, int]


STYLES = {
    'nuscenes':
    Style('nuscenes', ('downtown', 'avenue', 'residential', 'industrial'),
          (1, 2), (3.2, 3.6), (2.4, 4.2), .55, .45, (9, 18)),
    'other':
    Style('other', ('residential', 'village', 'residential', 'downtown'),
          (1, ), (2.8, 3.2), (1.8, 2.6), .6, .75, (4, 10)),
}
BLOCKS = {
    'downtown': (('block', .65), ('plaza', .1), ('park', .25)),
    'avenue': (('block', .5), ('park', .45), ('plaza', .05)),
    'residential': (('house', .6), ('park', .3), ('block', .1)),
    'village': (('house', .7), ('park', .3)),
    'industrial': (('shed', .6), ('lot', .2), ('park', .2)),
}


def lay_ground(rng: Rng, style: Style, theme: str, island: bool) -> Ground:
    """Draw the streets; ``island`` asks for a strip in the middle."""
    wave = 2 * np.pi / rng.uniform(120, 190)
    bend = (rng.uniform(2, 5.5), wave, rng.uniform(0, 2 * np.pi))
    first = rng.uniform(14, 34)
    crosses = tuple((first + k * rng.uniform(62, 80), rng.uniform(3.2, 5.5))
                    for k in (-1, 0, 1))
    lanes = int(rng.choice(style.lanes))
    if theme in ('avenue', 'industrial'):
        lanes = max(style.lanes)
    verge = rng.uniform(1.4, 2.6) if rng.random() < style.verge else 0.
    return Ground(
        bend=bend,
        lanes=lanes,
        lane=rng.uniform(*style.lane),
        parking=2.3,
        median=rng.uniform(.7, 1.5) if island else 0.,
        verge=verge,
        sidewalk=rng.uniform(*style.sidewalk),
        crosses=crosses)


def _put(model: Model,
         x: float,
         u: float,
         yaw: float = 0.,
         z: float = KERB) -> Thing:
    return Thing('', model, Motion(x, u, yaw, 0., z))


def _green(rng: Rng, x0: float, x1: float, u: float, side: int,
           dense: float) -> list[Thing]:
    """Trees and bushes in a rectangle that begins at ``u`` (unsigned)."""
    out = []
    for _ in range(int((x1 - x0) * dense)):
        x, v = rng.uniform(x0 + 2, x1 - 2), u + 2 + rng.gamma(2, 4)
        model = (scenery.tree if rng.random() < .65 else scenery.bush)(rng)
        out.append(_put(model, x, side * v, rng.uniform(0, 6)))
    return out


def _buildings(rng: Rng, kind: str, town: str, x0: float, x1: float, u: float,
               side: int) -> list[Thing]:
    """A row of buildings from x0 to x1 behind ``u`` (unsigned)."""
    out, x = [], x0 + rng.uniform(.5, 3)
    size = {
        'block': ((12, 26), (10, 16), (8, 24)),
        'house': ((9, 14), (8, 11), (4.5, 6.5)),
        'shed': ((20, 36), (14, 20), (7, 11))
    }[kind]
    while x1 - x > size[0][0] * .75:
        long = min(rng.uniform(*size[0]), x1 - x)
        deep, high = rng.uniform(*size[1]), rng.uniform(*size[2])
        back = {
            'block': rng.uniform(.3, 2.5),
            'house': rng.uniform(3, 7),
            'shed': rng.uniform(3, 9)
        }[kind]
        model = scenery.BUILDINGS[kind](rng, long, deep, high, town)
        yaw = 0. if side > 0 else np.pi
        at = x + long / 2
        out.append(_put(model, at, side * (u + back + deep / 2), yaw))
        if kind != 'block' and rng.random() < .6:
            low = (scenery.hedge if rng.random() < .5 else scenery.fence)(
                rng, long * .8)
            out.append(_put(low, at, side * (u + .7)))
        if kind != 'block':
            out += _green(rng, x, x + long, u, side, .06)
        gap = rng.uniform(0, 2) if kind == 'block' else rng.uniform(3, 7)
        x += long + gap
    return out


def fill_blocks(rng: Rng, style: Style, theme: str, ground: Ground,
                plaza: bool) -> tuple[tuple, list[Thing]]:
    """Decide what stands in each block.

    Args:
        plaza (bool): One block beside the drive is paved (``other_flat``).

    Returns:
        Patches of the ground and the things on them.
    """
    edges = [-REACH - 30]
    for at, half in sorted(ground.crosses):
        edges += [at - half - ground.sidewalk, at + half + ground.sidewalk]
    edges.append(REACH + 30)
    kinds, weight = zip(*BLOCKS[theme])
    front, patches, things = ground.front, [], []
    near = int(
        np.argmin([abs(a + b) for a, b in zip(edges[::2], edges[1::2])]))
    paved = int(rng.choice((-1, 1)))
    for k, (x0, x1) in enumerate(zip(edges[::2], edges[1::2])):
        for side in (-1, 1):
            kind = str(rng.choice(kinds, p=weight))
            if plaza and k == near and side == paved:
                kind = 'plaza'
            u0, u1 = sorted((side * front, side * (front + 60)))
            what = {
                'plaza': OTHER,
                'lot': PARKING,
                'park': TERRAIN,
                'house': TERRAIN,
                'shed': OTHER,
                'block': SIDEWALK
            }[kind]
            if kind == 'shed' and rng.random() < .6:
                what = TERRAIN
            patches.append((x0, x1, u0, u1, what))
            if kind in scenery.BUILDINGS:
                things += _buildings(rng, kind, style.town, x0, x1, front,
                                     side)
                continue
            if kind == 'park':
                things += _green(rng, x0, x1, front, side, .36)
            elif kind == 'plaza':
                things += _green(rng, x0, x1, front + 4, side, .06)
            things += _buildings(rng, 'block', style.town, x0, x1, front + 28,
                                 side)
    return tuple(patches), things


def _kerbside(rng: Rng, ground: Ground, side: int, leafy: bool) -> list[Thing]:
    """Lamps, trees, signs and a bus stop on one side of the street."""
    things = []
    kerb = ground.road + (.6 if ground.verge == 0 else ground.verge / 2)
    yaw = np.pi if side > 0 else 0.
    for x in np.arange(-REACH, REACH, rng.uniform(22, 30)):
        if not ground.junction(x, 5):
            things.append(_put(scenery.lamp(rng), x, side * kerb, yaw))
    if leafy or rng.random() < .5:
        for x in np.arange(-REACH + 5, REACH, rng.uniform(8, 13)):
            if not ground.junction(x, 7) and rng.random() < .8:
                things.append(
                    _put(
                        scenery.tree(rng), x + rng.uniform(-1, 1), side * kerb,
                        rng.uniform(0, 6)))
    for x in rng.uniform(-70, 70, 5):
        if not ground.junction(x, 4):
            things.append(
                _put(scenery.sign(rng), x, side * (kerb + .2), np.pi - yaw))
    x = rng.uniform(-30, 8)
    if (rng.random() < .5 and not ground.junction(x, 6)
            and ground.sidewalk > 2.4):
        things.append(
            _put(scenery.shelter(rng), x, side * (ground.front - 1.2), yaw))
    return things


def line_streets(rng: Rng, theme: str, ground: Ground) -> list[Thing]:
    """What lines the streets, signals, and trees at the world's ends."""
    things = []
    leafy = theme in ('avenue', 'residential', 'village')
    for side in (-1, 1):
        things += _kerbside(rng, ground, side, leafy)
        for at, half in ground.crosses:
            things.append(
                _put(
                    scenery.traffic_light(rng), at + side * (half + 4.6),
                    side * (ground.road + .5), 0. if side > 0 else np.pi))
    if ground.median > .6 and rng.random() < .6:
        for x in np.arange(-REACH, REACH, 14.):
            if not ground.junction(x, 9):
                things.append(_put(scenery.bush(rng, .5), x, 0))
    for x in np.linspace(-150, 150, 2):
        for u in np.linspace(-70, 70, 13):
            things.append(_put(scenery.tree(rng), x + rng.uniform(-6, 6), u))
    return things
