"""Models of cars, trucks, buses, trailers and construction vehicles."""
from collections.abc import Callable, Sequence

import numpy as np

from . import palette as pal
from .solids import ALONG_Y, Model, rotation

Rng = np.random.Generator
_TYRE = (.07, .07, .07)
_DARK = (.14, .14, .15)


def _wheels(m: Model, xs: Sequence[float], width: float, r: float) -> None:
    """Pairs of wheels at each x."""
    for x in xs:
        for side in (-1, 1):
            m.rod((x, side * (width / 2 - .12), r),
                  r,
                  .24,
                  'rubber',
                  _TYRE,
                  rot=ALONG_Y)


def car(rng: Rng) -> Model:
    """Saloon, hatchback, estate, off-roader or van."""
    m = Model('car')
    kind = pal.pick(rng, ('saloon', 'hatch', 'estate', 'suv', 'van'),
                    (.3, .25, .15, .2, .1))
    grow = rng.uniform(.94, 1.07)
    length, width, high = {
        'saloon': (4.6, 1.82, 1.45),
        'hatch': (4.0, 1.76, 1.48),
        'estate': (4.7, 1.84, 1.52),
        'suv': (4.6, 1.92, 1.72),
        'van': (5.0, 1.96, 2.05)
    }[kind]
    length, width = length * grow, width * rng.uniform(.97, 1.03)
    paint = pal.tint(rng, pal.CAR, pal.CAR_WEIGHT, .06)
    belt = high * (.60 if kind != 'van' else .52)
    m.box((0, 0, .18), (length, width, belt - .18),
          'carbody',
          paint,
          taper=(.06, .05, .03))
    front, back, cx, cl = {
        'saloon': (.75, .65, -.25, .56),
        'hatch': (.6, .3, -.45, .66),
        'estate': (.75, .25, -.5, .68),
        'suv': (.6, .3, -.45, .66),
        'van': (.6, .1, -.2, .86)
    }[kind]
    m.box((cx, 0, belt), (length * cl, width * .94, high - belt),
          'cabin',
          paint,
          taper=(front, back, .13))
    r = .32 if kind not in ('suv', 'van') else .36
    _wheels(m, (length * .31, -length * .30), width, r)
    for side in (-1, 1):
        m.box((length * .12, side * (width / 2 + .06), belt), (.12, .14, .12),
              'paint', paint)
    return m


def truck(rng: Rng) -> Model:
    """Lorry with a box, a tipper or a pick-up."""
    m = Model('truck')
    kind = pal.pick(rng, ('box', 'flat', 'pickup'), (.6, .2, .2))
    cab = pal.tint(rng, pal.TRUCK_CAB)
    if kind == 'pickup':
        m.box((0, 0, .32), (5.5, 1.98, .72), 'carbody', cab)
        m.box((.35, 0, 1.04), (2.0, 1.85, .8),
              'cabin',
              cab,
              taper=(.5, .15, .12))
        m.box((-1.75, 0, 1.04), (1.9, 1.9, .14), 'plain', _DARK)
        _wheels(m, (1.75, -1.65), 1.98, .4)
        return m
    long = rng.uniform(5.2, 8.2)
    width, high = rng.uniform(2.3, 2.55), rng.uniform(2.7, 3.5)
    half = (long + 2) / 2
    m.box((half - 1, 0, .45), (2.0, width * .96, 1.05), 'carbody', cab)
    m.box((half - 1.05, 0, 1.5), (1.9, width * .94, 1.0),
          'cabin',
          cab,
          taper=(.22, 0, .06))
    m.box((-1, 0, .55), (long, width * .8, .3), 'plain', _DARK)
    if kind == 'box':
        m.box((-1.05, 0, .85), (long - .1, width, high - .85), 'cargo',
              pal.tint(rng, pal.CARGO), pal.pick(rng, pal.LOGO))
    else:
        side = pal.tint(rng, pal.CARGO)
        m.box((-1.05, 0, .85), (long - .1, width, .75), 'corrugated', side,
              cab)
        m.box((-1.05, 0, 1.6), (long - .8, width * .85, .45),
              'machine', (.45, .36, .26), (.3, .25, .2),
              taper=(1, 1, .5))
    _wheels(m, (half - 1.1, -half + 1.2, -half + 2.3), width, .48)
    return m


def bus(rng: Rng, bendy: bool = False) -> Model:
    """City bus; an articulated one has two parts and a bellows."""
    m = Model('bus_bendy' if bendy else 'bus')
    coat = pal.tint(rng, pal.BUS)
    trim = pal.tint(rng, ((.9, .9, .88), (.2, .2, .25), (.85, .2, .15)))
    width, high = 2.55, rng.uniform(2.95, 3.25)
    parts = ((2.9, 10.2), (-6.4,
                           7.2)) if bendy else ((0, rng.uniform(10.2, 12.2)), )
    for x, long in parts:
        m.box((x, 0, .25), (long, width, high - .25),
              'bus',
              coat,
              trim,
              taper=(.08, .03, .05))
        m.box((x - .8, 0, high), (long * .3, 1.6, .22), 'plain', (.8, .8, .8))
        _wheels(m, (x + long * .3, x - long * .3), width, .48)
    if bendy:
        m.box((-2.5, 0, .4), (.8, 2.3, high - .6), 'corrugated', _DARK)
    return m


def trailer(rng: Rng) -> Model:
    """Semi-trailer or container on wheels, without a tractor."""
    m = Model('trailer')
    long, high = rng.uniform(8.5, 12.5), rng.uniform(3.3, 3.9)
    coat = pal.tint(rng, pal.CONTAINER)
    m.box((0, 0, 1.15), (long, 2.5, high - 1.15), 'corrugated', coat,
          tuple(.7 * c for c in coat))
    m.box((0, 0, .95), (long, 1.2, .2), 'plain', _DARK)
    _wheels(m, (-long * .42, -long * .31, -long * .20), 2.5, .48)
    for side in (-1, 1):
        m.rod((long * .28, side * .6, .5), .07, 1.0, 'metal', (.4, .4, .42))
    m.box((-long / 2 + .05, 0, .5), (.08, 2.3, .14), 'chevrons', (.8, .1, .08),
          (.9, .88, .8))
    return m


def excavator(rng: Rng) -> Model:
    """Tracks, a house with a cab, and a boom of two arms with a bucket."""
    m = Model('construction')
    coat = pal.tint(rng, pal.MACHINE)
    dirt = (.42, .34, .22)
    for side in (-1, 1):
        m.box((0, side * 1.05, 0), (2.6, .55, .85), 'rubber', (.13, .12, .11))
        for x in (-1.3, 1.3):
            m.rod((x, side * 1.05, .425),
                  .425,
                  .55,
                  'rubber', (.16, .15, .13),
                  rot=ALONG_Y)
    m.box((-.3, 0, .95), (2.9, 2.5, .95), 'machine', coat, dirt)
    m.box((-1.2, 0, 1.9), (1.1, 2.3, .5), 'machine', coat, dirt)
    m.box((.45, .7, 1.9), (1.5, .95, 1.15), 'cabin', coat, taper=(.2, 0, .03))
    lift = rng.uniform(-.75, -.45)
    arm = 3.0
    tip = np.array([.7 + arm * np.cos(lift), -.35, 1.5 - arm * np.sin(lift)])
    mid = (np.array([.7, -.35, 1.5]) + tip) / 2
    m.box(mid, (arm, .4, .5), 'machine', coat, dirt, rot=rotation(pitch=lift))
    low = rng.uniform(1.1, 1.4)
    fore = 2.3
    end = tip + (fore * np.cos(low), 0, -fore * np.sin(low))
    m.box(
        (tip + end) / 2, (fore, .35, .4),
        'machine',
        coat,
        dirt,
        rot=rotation(pitch=low))
    m.box(
        end, (.9, 1.0, .75), 'metal', (.30, .28, .26), rot=rotation(pitch=.5))
    return m


def loader(rng: Rng) -> Model:
    """Wheel loader: four big wheels, cab in the middle, shovel in front."""
    m = Model('construction')
    coat = pal.tint(rng, pal.MACHINE)
    dirt = (.42, .34, .22)
    m.box((-1.4, 0, .8), (2.3, 1.9, 1.15),
          'machine',
          coat,
          dirt,
          taper=(0, .3, .1))
    m.box((.8, 0, .7), (2.1, 1.1, .8), 'machine', coat, dirt)
    m.box((-.05, 0, 1.5), (1.5, 1.5, 1.5), 'cabin', coat, taper=(.15, .1, .1))
    _wheels(m, (1.25, -1.45), 2.5, .72)
    for side in (-1, 1):
        m.box((2.1, side * .5, 1.15), (1.9, .2, .3),
              'machine',
              coat,
              rot=rotation(pitch=.35))
    m.box((3.0, 0, .25), (.9, 2.6, .95),
          'metal', (.35, .32, .28),
          taper=(.6, 0, 0))
    return m


def construction(rng: Rng) -> Model:
    """An excavator or a wheel loader."""
    return (excavator if rng.random() < .6 else loader)(rng)


def bendy(rng: Rng) -> Model:
    """An articulated bus."""
    return bus(rng, bendy=True)


VEHICLES: dict[str, Callable[[Rng], Model]] = dict(
    car=car,
    truck=truck,
    bus=bus,
    bus_bendy=bendy,
    trailer=trailer,
    construction=construction)
