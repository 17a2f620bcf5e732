"""Captions of pieces of pictures.

The world knows more kinds of surface than the 16 classes have (a pole is not
a building), so captions name what is really seen. A word fits several kinds
where both are called so.
"""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reldistill_mm.functional.prompts import TEMPLATES
from ..classes import SURFACE_INDEX, SURFACE_NAMES

_PERSON = ('person', 'pedestrian', 'man', 'woman', 'passer-by')
_ROAD = ('road', 'street', 'asphalt', 'lane')
WORDS: dict[str, tuple[str, ...]] = dict(
    sky=('sky', 'cloud'),
    road=_ROAD,
    parking=(*_ROAD, 'parking lot', 'parking space'),
    sidewalk=('sidewalk', 'pavement', 'footpath'),
    terrain=('grass', 'grassland', 'lawn', 'meadow', 'turf', 'sod'),
    other_flat=('curb', 'traffic island', 'traffic median'),
    building=('building', 'wall', 'awning', 'house', 'facade'),
    fence=('wall', 'fence'),
    pole=('pole', 'lamp post', 'street light'),
    sign=('pole', 'traffic sign', 'traffic light'),
    trunk=('trunk', 'tree trunk', 'tree'),
    vegetation=('tree', 'bush', 'shrub', 'plant', 'flower', 'woods', 'hedge'),
    car=('car', 'automobile', 'parked car'),
    truck=('truck', 'lorry', 'delivery truck'),
    bus=('bus', 'city bus', 'coach'),
    bus_bendy=('bus', 'city bus', 'articulated bus'),
    trailer=('trailer', 'semi trailer', 'cargo container',
             'shipping container', 'freight container'),
    construction=('bulldozer', 'excavator', 'concrete mixer', 'crane',
                  'dump truck', 'construction vehicle'),
    bicycle=('bicycle', 'bike'),
    bicyclist=('bicycle', 'cyclist', 'person riding a bicycle'),
    motorcycle=('motorcycle', 'motorbike'),
    motorcyclist=('motorcycle', 'motorcyclist', 'person riding a motorcycle'),
    adult=_PERSON,
    child=(*_PERSON, 'child'),
    worker=(*_PERSON, 'construction worker'),
    police=(*_PERSON, 'police officer'),
    cone=('traffic cone', 'cone', 'orange cone'),
    barrier=('barrier', 'barricade', 'road barrier'),
    debris=('debris', 'rubbish'),
    pushable=('cart', 'trolley'),
    rack=('bicycle rack', ),
)
"""Words for each surface class of the world that a camera can see."""

ALL_TEMPLATES: tuple[str, ...] = (
    *TEMPLATES,
    '{}',
    'a {}',
    'the {}',
    'a picture of a {}.',
    'an image of the {}.',
    'a cropped photo of a {}.',
    'a blurry photo of a {}.',
    'there is a {} here.',
    'part of a {}.',
    'a {} seen from a car.',
)
FAR_TEMPLATES = ('a photo of a {} in the distance.', 'a distant {}.')
NEAR_TEMPLATES = ('a close-up photo of a {}.', 'a {} nearby.')
FAR, NEAR = 30, 10

COLOURS: dict[str, tuple[int, int, int]] = dict(
    red=(170, 45, 40),
    orange=(220, 120, 45),
    yellow=(215, 180, 50),
    green=(70, 110, 50),
    blue=(50, 80, 150),
    brown=(110, 75, 55),
    black=(30, 30, 32),
    grey=(115, 115, 118),
    white=(215, 215, 215))


class Caption(NamedTuple):
    """A caption and the word that it is about."""
    text: str
    word: str


ALL_WORDS: tuple[str, ...] = tuple(
    sorted({word
            for words in WORDS.values()
            for word in words}))
_NUMBER = {word: i for i, word in enumerate(ALL_WORDS)}


def word_table() -> np.ndarray:
    """Make a table (S, W) bool: whether a word fits a surface class."""
    table = np.zeros((len(SURFACE_NAMES), len(ALL_WORDS)), bool)
    for name, words in WORDS.items():
        table[SURFACE_INDEX[name], [_NUMBER[w] for w in words]] = True
    return table


def fits(surfaces: np.ndarray, captions: Sequence[Caption]) -> np.ndarray:
    """Whether a caption is true of a piece of a picture.

    Args:
        surfaces (np.ndarray): (N,) surface class of each piece.
        captions (Sequence[Caption]): M captions.

    Returns:
        np.ndarray: (N, M) bool.
    """
    columns = [_NUMBER[caption.word] for caption in captions]
    return word_table()[surfaces][:, columns]


def nearest_colour(rgb: np.ndarray) -> str:
    """Find the colour word closest to (3,) RGB in 0..255."""
    names = list(COLOURS)
    table = np.array([COLOURS[name] for name in names], np.float64)
    return names[int(((table - rgb)**2).sum(1).argmin())]


def caption_of(rng: np.random.Generator, surface: int, metres: float,
               rgb: np.ndarray) -> Caption:
    """Draw a caption of one crop, true of what is in its middle.

    Args:
        rng (np.random.Generator): Generator for word, template, attributes.
        surface (int): Surface class in the middle.
        metres (float): Distance of the middle.
        rgb (np.ndarray): (3,) colour of the middle in 0..255.
    """
    word = str(rng.choice(WORDS[SURFACE_NAMES[surface]]))
    templates = ALL_TEMPLATES
    if metres > FAR and rng.random() < .4:
        templates = FAR_TEMPLATES
    elif metres < NEAR and rng.random() < .4:
        templates = NEAR_TEMPLATES
    named = f'{nearest_colour(rgb)} {word}' if rng.random() < .3 else word
    return Caption(str(rng.choice(templates)).format(named), word)


def caption_bank(rng: np.random.Generator, each: int) -> list[Caption]:
    """Make captions of every word, ``each`` times in other templates.

    The dense contrast compares them with the pixels of a whole batch.
    """
    templates = ALL_TEMPLATES + FAR_TEMPLATES + NEAR_TEMPLATES
    return [
        Caption(templates[i].format(word), word) for word in ALL_WORDS
        for i in rng.choice(len(templates), each, replace=False)
    ]
