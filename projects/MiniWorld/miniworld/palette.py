"""Colour distributions of things, for the two towns."""
from collections.abc import Sequence
from typing import Any

import numpy as np

Colour = tuple[float, float, float]
Rng = np.random.Generator

CAR = ((.86, .86, .86), (.07, .07, .08), (.60, .62, .64), (.33, .35, .37),
       (.58, .06, .07), (.08, .16, .46), (.20, .28, .24), (.74, .68, .55),
       (.10, .33, .52), (.78, .40, .10))
CAR_WEIGHT = (.22, .18, .18, .13, .09, .09, .03, .04, .02, .02)
TRUCK_CAB = ((.85, .85, .85), (.65, .10, .08), (.10, .22, .55),
             (.82, .74, .22), (.25, .42, .30), (.4, .42, .45))
CARGO = ((.88, .88, .87), (.72, .73, .74), (.80, .76, .62), (.30, .45, .62),
         (.86, .83, .80))
LOGO = ((.75, .12, .10), (.08, .25, .60), (.12, .45, .25), (.90, .55, .08),
        (.2, .2, .22))
CONTAINER = ((.52, .22, .15), (.18, .32, .48), (.66, .66, .64),
             (.30, .42, .32), (.74, .60, .30), (.45, .45, .47))
BUS = ((.86, .18, .14), (.90, .72, .12), (.20, .50, .28), (.85, .86, .86),
       (.15, .36, .66))
MACHINE = ((.92, .66, .08), (.93, .52, .06), (.86, .72, .18))
CLOTHES = ((.12, .13, .18), (.25, .28, .38), (.62, .12, .14), (.85, .84, .80),
           (.20, .36, .28), (.75, .60, .35), (.45, .20, .45), (.18, .42, .66),
           (.85, .50, .45))
TROUSERS = ((.10, .11, .15), (.20, .25, .40), (.35, .30, .24), (.42, .42, .44),
            (.62, .58, .48))
SKIN = ((.85, .66, .54), (.72, .52, .40), (.48, .32, .24), (.92, .76, .66))
HAIR = ((.10, .08, .06), (.30, .20, .12), (.55, .42, .22), (.5, .5, .5))
LEAF = (((.34, .48, .18), (.13, .25, .09)), ((.28, .46, .22), (.10, .24, .12)),
        ((.44, .50, .20), (.20, .28, .09)), ((.52, .46, .16), (.26, .26, .10)))
BARK = ((.32, .25, .18), (.40, .34, .28), (.24, .19, .15))

WALLS: dict[str, Sequence[Colour]] = {
    'nuscenes':
    ((.62, .58, .52), (.54, .36, .29), (.70, .68, .64), (.48, .50, .54),
     (.74, .64, .50), (.40, .40, .42), (.58, .46, .40), (.66, .70, .72)),
    'other': ((.86, .78, .60), (.84, .70, .58), (.88, .84, .76),
              (.78, .62, .50), (.70, .74, .68), (.88, .74, .48)),
}
FRAMES = ((.85, .85, .83), (.30, .28, .26), (.50, .40, .32), (.68, .67, .65))
ROOFS = ((.50, .24, .18), (.34, .30, .30), (.58, .34, .22), (.28, .30, .34))


def pick(rng: Rng, colours: Sequence, weight: Sequence[float] = ()) -> Any:
    """One entry of ``colours``, by weight if given."""
    p = np.asarray(weight) / np.sum(weight) if len(weight) else None
    return colours[int(rng.choice(len(colours), p=p))]


def shade(rng: Rng, colour: Colour, spread: float = .05) -> Colour:
    """``colour``, a little lighter, darker and shifted."""
    out = np.asarray(colour) * rng.uniform(1 - 2 * spread, 1 + 2 * spread)
    return tuple(np.clip(out + rng.normal(0, spread / 3, 3), .02, .98))


def tint(rng: Rng,
         colours: Sequence,
         weight: Sequence[float] = (),
         spread: float = .05) -> Colour:
    """A shaded random entry of ``colours``."""
    return shade(rng, pick(rng, colours, weight), spread)
