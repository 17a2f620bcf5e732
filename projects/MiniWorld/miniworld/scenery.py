"""Models of what does not move: buildings, fences, poles, trees, bushes."""
from collections.abc import Callable

import numpy as np

from . import palette as pal
from .solids import Model, rotation

Rng = np.random.Generator
_STEEL = (.45, .46, .48)


def block(rng: Rng, long: float, deep: float, high: float, town: str) -> Model:
    """A flat-roofed building, perhaps with a set-back storey or an awning."""
    m = Model('building')
    wall = pal.tint(rng, pal.WALLS[town], spread=.07)
    frame = pal.pick(rng, pal.FRAMES)
    m.box((0, 0, 0), (long, deep, high), 'facade', wall, frame)
    if rng.random() < .4:
        m.box((0, 0, high), (long * .6, deep * .6, rng.uniform(2, 3.5)),
              'brick', tuple(.9 * c for c in wall), wall)
    if rng.random() < .35:
        m.box((0, -deep / 2 - .6, 2.9), (long * .7, 1.2, .25), 'plain',
              pal.tint(rng, pal.LOGO))
    return m


def house(rng: Rng, long: float, deep: float, high: float, town: str) -> Model:
    """A house with a pitched roof and a chimney."""
    m = Model('building')
    wall = pal.tint(rng, pal.WALLS[town], spread=.07)
    m.box((0, 0, 0), (long, deep, high), 'facade', wall,
          pal.pick(rng, pal.FRAMES))
    m.box((0, 0, high), (long + .6, deep + .8, rng.uniform(2.2, 3.4)),
          'tiles',
          pal.tint(rng, pal.ROOFS),
          taper=(.3, .3, (deep + .8) / 2 - .05))
    m.box((long * .25, 0, high + 1.2), (.7, .7, 2.4), 'brick', (.45, .28, .22),
          (.55, .5, .46))
    return m


def shed(rng: Rng, long: float, deep: float, high: float, town: str) -> Model:
    """A warehouse of ribbed sheet with a gate."""
    m = Model('building')
    coat = pal.tint(rng, ((.60, .63, .66), (.52, .58, .66), (.70, .66, .58),
                          (.46, .52, .48)))
    m.box((0, 0, 0), (long, deep, high * .7), 'corrugated', coat,
          tuple(.75 * c for c in coat))
    m.box((0, -deep / 2 - .04, 0), (4.2, .1, 3.6), 'brick', (.34, .36, .40),
          (.26, .27, .3))
    return m


def fence(rng: Rng, long: float) -> Model:
    """A wall of bricks or a fence of boards along x."""
    m = Model('fence')
    if rng.random() < .5:
        m.box((0, 0, 0), (long, .25, rng.uniform(.9, 1.7)), 'brick',
              pal.tint(rng, ((.56, .36, .28), (.62, .60, .56))),
              (.70, .68, .64))
    else:
        m.box((0, 0, 0), (long, .08, rng.uniform(1.0, 1.5)), 'brick',
              pal.tint(rng, ((.42, .30, .20), (.60, .52, .42))),
              (.20, .15, .10))
    return m


def lamp(rng: Rng) -> Model:
    """A street lamp whose arm reaches along +y."""
    m = Model('pole')
    tall = rng.uniform(6, 8.5)
    m.rod((0, 0, tall / 2), .10, tall, 'metal', _STEEL, top=.06)
    m.box((0, .9, tall - .1), (.12, 1.9, .1), 'metal', _STEEL)
    m.box((0, 1.7, tall - .2), (.3, .7, .14), 'glow', (.85, .84, .78))
    return m


def traffic_light(rng: Rng) -> Model:
    """A signal that looks along +x."""
    m = Model('pole')
    m.rod((0, 0, 1.6), .08, 3.2, 'metal', (.28, .30, .28))
    m.surface = 'sign'
    m.box((.12, 0, 2.4), (.25, .32, .95), 'plain', (.08, .09, .09))
    k = int(rng.integers(3))
    colour = ((.95, .12, .08), (.95, .75, .1), (.1, .9, .4))[k]
    m.box((.26, 0, 3.05 - .28 * k), (.05, .2, .2), 'glow', colour)
    return m


def sign(rng: Rng) -> Model:
    """A traffic sign that looks along +x."""
    m = Model('pole')
    m.rod((0, 0, 1.2), .04, 2.4, 'metal', _STEEL)
    m.surface = 'sign'
    face, rim = pal.pick(rng, (((.92, .92, .9), (.8, .08, .08)),
                               ((.08, .22, .65),
                                (.9, .9, .9)), ((.95, .78, .1), (.1, .1, .1))))
    m.box((.06, 0, 2.0), (.05, .75, .75), 'sign', face, rim)
    return m


def shelter(rng: Rng) -> Model:
    """A bus stop: three walls of glass and a roof, open along +y."""
    m = Model('building')
    m.box((0, -.7, .1), (4.0, .08, 2.2), 'cabin', (.4, .42, .45))
    for x in (-2, 2):
        m.box((x, 0, .1), (.08, 1.4, 2.2), 'cabin', (.4, .42, .45))
    m.box((0, 0, 2.3), (4.4, 1.8, .15), 'plain', (.35, .37, .4))
    m.box((0, -.4, .4), (2.6, .4, .1), 'plain', (.5, .36, .22))
    return m


def tree(rng: Rng) -> Model:
    """A trunk and three to five overlapping crowns."""
    m = Model('trunk')
    tall, spread = rng.uniform(4.5, 9), rng.uniform(1.3, 2.4)
    stem = tall * rng.uniform(.35, .5)
    r = rng.uniform(.10, .22)
    m.rod((0, 0, stem / 2),
          r * 1.2,
          stem,
          'bark',
          pal.tint(rng, pal.BARK),
          top=r)
    m.surface = 'vegetation'
    light, dark = (pal.shade(rng, c) for c in pal.pick(rng, pal.LEAF))
    for k in range(int(rng.integers(3, 6))):
        turn, off = rng.uniform(0, 2 * np.pi), .55 * spread * (k > 0)
        z = stem + (tall - stem) * (.45 if k == 0 else rng.uniform(.2, .75))
        size = spread * (1 if k == 0 else rng.uniform(.55, .8))
        m.ball((off * np.cos(turn), off * np.sin(turn), z),
               (size, size, size * rng.uniform(.75, 1.05)), 'leaves', light,
               dark)
    return m


def bush(rng: Rng, scale: float = 1.) -> Model:
    """Two or three low balls of leaves."""
    m = Model('vegetation')
    light, dark = (pal.shade(rng, c) for c in pal.pick(rng, pal.LEAF))
    for _ in range(int(rng.integers(2, 4))):
        r = scale * rng.uniform(.5, .95)
        x, y = scale * rng.uniform(-.6, .6, 2)
        m.ball((x, y, r * .6), (r, r, r * rng.uniform(.8, 1.1)), 'leaves',
               light, dark)
    return m


def hedge(rng: Rng, long: float) -> Model:
    """A clipped hedge along x."""
    m = Model('vegetation')
    light, dark = (pal.shade(rng, c) for c in pal.pick(rng, pal.LEAF[:2]))
    m.box((0, 0, 0), (long, rng.uniform(.6, .9), rng.uniform(.8, 1.5)),
          'leaves', light, dark)
    return m


def ego(rng: Rng) -> Model:
    """The ego vehicle as its own LiDAR sees it; the rear axle is at 0."""
    m = Model('ego')
    m.box((1.35, 0, .3), (3.6, 1.6, .6), 'carbody', (.85, .85, .85))
    m.box((.8, 0, .9), (1.9, 1.0, .5),
          'cabin', (.85, .85, .85),
          taper=(.4, .3, .1))
    m.rod((-.2, 0, 1.5), .05, .35, 'metal', _STEEL, rot=rotation(roll=.2))
    return m


STREET: dict[str, Callable[[Rng], Model]] = dict(
    lamp=lamp,
    traffic_light=traffic_light,
    sign=sign,
    shelter=shelter,
    tree=tree,
    bush=bush)
BUILDINGS = dict(block=block, house=house, shed=shed)
