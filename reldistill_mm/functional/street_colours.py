"""Colours that people expect of things, and can tell apart.

Vegetation is green, road violet-grey, cars are blue; what drives is blue to
violet, what warns is yellow to orange. The sixteen were moved within their
hues until the closest two are as far apart as possible in CIELAB, as seen by
everyone and by those without red, green or blue cones (matrices of Machado et
al., TVCG 2009); a test holds the distances.
"""
from collections.abc import Sequence
from functools import cache

import numpy as np

Colour = tuple[int, int, int]

# Colour, and the words that have it; those of one line share its hue.
GROUPS: tuple[tuple[Colour, tuple[str, ...]], ...] = (
    ((232, 255, 189), ('barrier', 'barricade', 'road barrier', 'guard rail',
                       'bollard')),
    ((228, 112, 187), ('bicycle', 'bike', 'bicyclist', 'cyclist', 'scooter',
                       'person riding a bicycle', 'bicycle rack')),
    ((150, 160, 255), ('bus', 'city bus', 'coach', 'articulated bus', 'tram',
                       'train', 'minibus')),
    ((38, 65, 255), ('car', 'automobile', 'parked car', 'vehicle', 'taxi',
                     'van', 'police car')),
    ((255, 184, 17), ('construction vehicle', 'excavator', 'bulldozer',
                      'crane', 'concrete mixer', 'dump truck', 'tractor',
                      'other vehicle')),
    ((156, 45, 202), ('motorcycle', 'motorbike', 'motorcyclist', 'moped',
                      'person riding a motorcycle')),
    ((197, 15, 16), ('pedestrian', 'person', 'people', 'man', 'woman',
                     'child', 'construction worker', 'police officer')),
    ((235, 104, 16), ('traffic cone', 'cone', 'orange cone',
                      'construction cone', 'traffic light')),
    ((45, 116, 125), ('trailer', 'semi trailer', 'shipping container',
                      'cargo container', 'freight container', 'caravan')),
    ((16, 230, 255), ('truck', 'lorry', 'delivery truck')),
    ((114, 79, 155), ('driveable surface', 'road', 'street', 'asphalt',
                      'lane', 'parking', 'parking lot', 'parking space',
                      'lane marker', 'lane marking')),
    ((142, 77, 70), ('other flat', 'curb', 'traffic island',
                     'traffic median', 'other ground', 'rail track')),
    ((247, 212, 210), ('sidewalk', 'pavement', 'footpath', 'walkable')),
    ((159, 239, 117), ('terrain', 'grass', 'lawn', 'meadow', 'grassland',
                       'terrian', 'soil')),
    ((153, 154, 139), ('manmade', 'building', 'wall', 'house', 'fence',
                       'pole', 'facade', 'awning', 'lamp post', 'sign',
                       'traffic sign', 'street light', 'garage')),
    ((46, 182, 95), ('vegetation', 'tree', 'bush', 'hedge', 'plant', 'shrub',
                     'trunk', 'tree trunk', 'trunck', 'woods', 'flower')),
    ((92, 92, 92), ('unknown', 'unlabelled', 'nothing')),
)  # yapf: disable
_LIGHT = np.array([.2126, .7152, .0722])


def street_palette(names: Sequence[str]) -> np.ndarray:
    """Choose a colour for each name.

    Args:
        names (Sequence[str]): K names; capitals, underscores and hyphens do
            not matter.

    Returns:
        np.ndarray: (K, 3) uint8. The first name of a group has its colour,
        further ones a shade of it; names of no group get those that are
        farthest from all the others. Up to 200 names differ.

    Example:
        >>> street_palette(['car', 'tree', 'puddle']).tolist()[:2]
        [[38, 65, 255], [46, 182, 95]]
    """
    group_of = {
        word: number
        for number, (_, words) in enumerate(GROUPS)
        for word in words
    }
    groups = [group_of.get(_plain(name)) for name in names]
    found = np.zeros((len(names), 3))
    used: list[int] = []
    for index, group in enumerate(groups):
        if group is not None:
            found[index] = _shade(GROUPS[group][0], used.count(group))
            used.append(group)
    unknown = [index for index, group in enumerate(groups) if group is None]
    taken = [found[i] for i, group in enumerate(groups) if group is not None]
    if unknown:
        found[unknown] = _others(taken or [np.array([38., 65, 255])],
                                 len(unknown))
    return found.round().astype(np.uint8)


def _plain(name: str) -> str:
    return ' '.join(str(name).replace('_', ' ').replace('-', ' ').split())\
        .casefold()  # yapf: disable


def _shade(colour: Colour, number: int) -> np.ndarray:
    """The ``number``-th shade: lighter and darker by turns."""
    base = np.array(colour, float)
    if number == 0:
        return base
    amount = 1 - 0.78**((number + 1) // 2)
    towards = 255. if (number % 2) == (_LIGHT @ base < 128) else 30.
    return base + amount * (towards - base)


def _others(taken: Sequence[np.ndarray], count: int) -> np.ndarray:
    """(count, 3) colours, each as far as possible from all before it."""
    grid = _candidates()
    nearest = np.min([_distance(grid, each) for each in taken], 0)
    chosen = []
    for _ in range(count):
        best = int(nearest.argmax())
        chosen.append(grid[best])
        nearest = np.minimum(nearest, _distance(grid, grid[best]))
    return np.array(chosen)


@cache
def _candidates() -> np.ndarray:
    """Colours that are seen on black and on white."""
    steps = np.linspace(25, 250, 9)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 3)
    light = grid @ _LIGHT
    return grid[(light > 70) & (light < 230)]


def _distance(grid: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Distance that weighs channels by what eyes see of them (2, 4, 3)."""
    return np.sqrt(((grid - colour)**2) @ np.array([2., 4, 3]))
