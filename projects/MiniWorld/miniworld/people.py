"""Models of pedestrians, cycles, cones and barriers."""
from collections.abc import Callable

import numpy as np

from . import palette as pal
from .solids import ALONG_Y, Model, rotation

Rng = np.random.Generator
_BLACK = (.08, .08, .09)
_VEST = (.93, .62, .05)


def _person(m: Model, rng: Rng, at: float, base: float, tall: float,
            coat: pal.Colour, legs: pal.Colour, stride: float) -> None:
    """Two legs, a torso, arms and a head, looking along x."""
    leg, trunk = .47 * tall, .36 * tall
    skin = pal.tint(rng, pal.SKIN)
    wide = rng.uniform(.19, .25) * tall / 1.75
    for side in (-1, 1):
        m.rod((at + side * stride * leg / 2, side * .10, base + leg / 2),
              .075,
              leg,
              'cloth',
              legs,
              top=.10,
              rot=rotation(pitch=-side * stride))
        m.rod((at - side * stride * trunk * .4, side *
               (wide + .05), base + leg + trunk * .52),
              .05,
              trunk * .9,
              'cloth',
              coat,
              top=.06,
              rot=rotation(pitch=side * stride * .8))
    m.rod((at, 0, base + leg + trunk / 2),
          wide * .85,
          trunk,
          'cloth',
          coat,
          top=wide,
          colour2=pal.pick(rng, pal.CLOTHES))
    m.ball((at, 0, base + tall - .13), (.115, .10, .14), 'skin', skin)
    m.ball((at - .03, 0, base + tall - .08), (.12, .11, .11), 'plain',
           pal.tint(rng, pal.HAIR))


def adult(rng: Rng) -> Model:
    """A grown-up in everyday clothes; some carry a bag."""
    m = Model('adult')
    coat = pal.tint(rng, pal.CLOTHES)
    _person(m, rng, 0, 0, rng.uniform(1.56, 1.9), coat,
            pal.tint(rng, pal.TROUSERS), rng.uniform(0, .35))
    if rng.random() < .4:
        m.box((-.27, 0, .98), (.18, .3, .42), 'cloth',
              pal.tint(rng, pal.CLOTHES))
    return m


def child(rng: Rng) -> Model:
    """A child in bright clothes."""
    m = Model('child')
    _person(m, rng, 0, 0, rng.uniform(1.05, 1.35),
            pal.tint(rng, ((.85, .2, .3), (.95, .8, .2), (.3, .6, .85))),
            pal.tint(rng, pal.TROUSERS), rng.uniform(.1, .4))
    return m


def worker(rng: Rng) -> Model:
    """A construction worker with vest and helmet."""
    m = Model('worker')
    tall = rng.uniform(1.65, 1.88)
    _person(m, rng, 0, 0, tall, pal.shade(rng, _VEST),
            pal.tint(rng, pal.TROUSERS), rng.uniform(0, .2))
    m.ball((0, 0, tall - .03), (.15, .14, .11), 'plain', (.95, .85, .2))
    return m


def police(rng: Rng) -> Model:
    """A police officer in dark blue."""
    m = Model('police')
    _person(m, rng, 0, 0, rng.uniform(1.7, 1.9), (.08, .10, .22),
            (.07, .08, .16), .1)
    return m


def _cycle(m: Model, paint: pal.Colour, radius: float, base: float) -> None:
    """Two spoked wheels, a frame, saddle and handlebars."""
    for x in (-base / 2, base / 2):
        m.rod((x, 0, radius),
              radius,
              .055,
              'rubber',
              _BLACK,
              rot=ALONG_Y,
              hole=radius - .1)
        m.rod((x, 0, radius), .07, .1, 'metal', (.6, .6, .6), rot=ALONG_Y)
    slant = np.arctan2(.28, base * .5)
    m.box((.02, 0, radius + .38), (base * .6, .06, .06),
          'paint',
          paint,
          rot=rotation(pitch=-.1))
    m.box((.08, 0, radius + .14), (base * .62, .06, .06),
          'paint',
          paint,
          rot=rotation(pitch=-slant))
    m.box((-base * .3, 0, radius + .12), (base * .42, .06, .05), 'paint',
          paint)
    m.rod((-base * .2, 0, radius + .3), .035, .55, 'paint', paint)
    m.rod((base * .42, 0, radius + .28),
          .035,
          .72,
          'paint',
          paint,
          rot=rotation(pitch=-.3))
    m.box((-base * .22, 0, radius + .56), (.28, .16, .08), 'plain', _BLACK)
    m.box((base * .33, 0, radius + .62), (.08, .52, .05), 'metal',
          (.25, .25, .25))


def bicycle(rng: Rng) -> Model:
    """A parked bicycle."""
    m = Model('bicycle')
    _cycle(m, pal.tint(rng, pal.CAR), .34, 1.06)
    return m


def bicyclist(rng: Rng) -> Model:
    """A bicycle with its rider."""
    m = Model('bicyclist')
    _cycle(m, pal.tint(rng, pal.CAR), .34, 1.06)
    _person(m, rng, -.1, .22, rng.uniform(1.52, 1.68),
            pal.tint(rng, pal.CLOTHES), pal.tint(rng, pal.TROUSERS), .35)
    if rng.random() < .6:
        m.ball((-.1, 0, 1.76), (.16, .13, .1), 'plain',
               pal.tint(rng, pal.LOGO))
    return m


def _bike(m: Model, paint: pal.Colour) -> None:
    """A motorcycle: fat wheels, tank, engine, seat and lamp."""
    for x in (-.68, .70):
        m.rod((x, 0, .32), .32, .16, 'rubber', _BLACK, rot=ALONG_Y, hole=.12)
    m.box((0, 0, .28), (.75, .34, .38), 'metal', (.32, .32, .34))
    m.box((.22, 0, .66), (.62, .34, .28), 'paint', paint, taper=(.1, .1, .06))
    m.box((-.42, 0, .70), (.75, .30, .14), 'plain', _BLACK)
    m.box((-.72, 0, .60), (.4, .2, .2), 'paint', paint)
    m.rod((.62, 0, .62),
          .06,
          .8,
          'metal', (.6, .6, .62),
          rot=rotation(pitch=-.42))
    m.box((.42, 0, 1.0), (.1, .72, .06), 'plain', _BLACK)
    m.box((.68, 0, .84), (.2, .3, .3), 'paint', paint)
    m.box((-.95, 0, .68), (.05, .2, .1), 'glow', (.8, .08, .06))


def motorcycle(rng: Rng) -> Model:
    """A parked motorcycle."""
    m = Model('motorcycle')
    _bike(
        m,
        pal.tint(rng, ((.6, .06, .06), (.1, .1, .12), (.1, .2, .6),
                       (.85, .4, .05))))
    return m


def motorcyclist(rng: Rng) -> Model:
    """A motorcycle with its rider in dark leather."""
    m = Model('motorcyclist')
    _bike(m, pal.tint(rng, ((.6, .06, .06), (.1, .1, .12), (.1, .2, .6))))
    _person(m, rng, -.25, .2, 1.56, pal.shade(rng, (.13, .13, .15)),
            (.12, .12, .14), .4)
    m.ball((-.24, 0, 1.64), (.17, .15, .17), 'plain', pal.tint(rng, pal.LOGO))
    return m


def cone(rng: Rng) -> Model:
    """A traffic cone on its foot."""
    m = Model('cone')
    tall = rng.uniform(.65, 1.0)
    orange = pal.shade(rng, (.93, .33, .06))
    m.box((0, 0, 0), (.42, .42, .05), 'plain', orange)
    m.rod((0, 0, .05 + tall / 2),
          .17,
          tall,
          'cone',
          orange,
          top=.04,
          colour2=(.92, .92, .9))
    return m


def barrier(rng: Rng) -> Model:
    """A concrete barrier, a striped plastic one or a board on feet."""
    m = Model('barrier')
    kind = pal.pick(rng, ('concrete', 'plastic', 'board'), (.45, .3, .25))
    if kind == 'concrete':
        grey = pal.shade(rng, (.66, .65, .62))
        m.box((0, 0, 0), (.6, 2.3, .35), 'plain', grey, taper=(.16, .16, 0))
        m.box((0, 0, .35), (.28, 2.3, .55), 'plain', grey, taper=(.06, .06, 0))
    elif kind == 'plastic':
        m.box((0, 0, 0), (.45, 1.7, .95),
              'chevrons', (.86, .20, .12), (.90, .89, .86),
              taper=(.12, .12, 0))
    else:
        for z in (.35, .75):
            m.box((0, 0, z), (.08, 2.0, .28), 'chevrons', (.88, .30, .08),
                  (.92, .92, .9))
        for y in (-.8, .8):
            m.box((0, y, 0), (.6, .1, 1.05),
                  'plain', (.5, .5, .5),
                  taper=(.25, .25, 0))
    return m


PEOPLE: dict[str, Callable[[Rng], Model]] = dict(
    adult=adult,
    child=child,
    worker=worker,
    police=police,
    bicycle=bicycle,
    bicyclist=bicyclist,
    motorcycle=motorcycle,
    motorcyclist=motorcyclist,
    cone=cone,
    barrier=barrier)
