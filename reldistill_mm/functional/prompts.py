"""Class vocabularies and prompt templates.

Keys are the datasets' own class names in label order; values are the words
that stand for the class in front of CLIP. The nuScenes words are those that
OpenScene (Peng et al., CVPR 2023) uses; the other datasets' words are ours.
"""
from collections.abc import Mapping, Sequence

from ..errors import BadInput

Vocabulary = dict[str, tuple[str, ...]]

NUSCENES: Vocabulary = dict(
    barrier=('barrier', 'barricade'),
    bicycle=('bicycle', ),
    bus=('bus', ),
    car=('car', ),
    construction_vehicle=('bulldozer', 'excavator', 'concrete mixer', 'crane',
                          'dump truck'),
    motorcycle=('motorcycle', ),
    pedestrian=('person', 'pedestrian'),
    traffic_cone=('traffic cone', ),
    trailer=('trailer', 'semi trailer', 'cargo container',
             'shipping container', 'freight container'),
    truck=('truck', ),
    driveable_surface=('road', ),
    other_flat=('curb', 'traffic island', 'traffic median'),
    sidewalk=('sidewalk', ),
    terrain=('grass', 'grassland', 'lawn', 'meadow', 'turf', 'sod'),
    manmade=('building', 'wall', 'pole', 'awning'),
    vegetation=('tree', 'trunk', 'tree trunk', 'bush', 'shrub', 'plant',
                'flower', 'woods'))

# Class names as mmdet3d's SemanticKITTI base config spells them. Its 'bus' is
# the benchmark's other-vehicle; 'trunck' and 'terrian' are its spelling, never
# a prompt.
SEMANTICKITTI: Vocabulary = {
    'car': ('car', ),
    'bicycle': ('bicycle', ),
    'motorcycle': ('motorcycle', ),
    'truck': ('truck', ),
    'bus': ('bus', 'trailer', 'tram', 'caravan'),
    'person': ('person', 'pedestrian'),
    'bicyclist': ('cyclist', 'person riding a bicycle'),
    'motorcyclist': ('motorcyclist', 'person riding a motorcycle'),
    'road': ('road', ),
    'parking': ('parking lot', 'parking space'),
    'sidewalk': ('sidewalk', ),
    'other-ground': ('curb', 'traffic island', 'rail track'),
    'building': ('building', 'house', 'garage'),
    'fence': ('fence', 'wall'),
    'vegetation': ('tree', 'bush', 'hedge', 'plant'),
    'trunck': ('tree trunk', ),
    'terrian': ('grass', 'lawn', 'soil'),
    'pole': ('pole', 'lamp post'),
    'traffic-sign': ('traffic sign', )
}

# Classes 1 to 22 of the Waymo Open Dataset's segmentation labels (their
# segmentation.proto, without the prefix TYPE_); its comments say what a class
# holds.
WAYMO: Vocabulary = dict(
    car=('car', ),
    truck=('truck', ),
    bus=('bus', ),
    other_vehicle=('pedicab', 'construction vehicle', 'recreational vehicle',
                   'limousine', 'tram'),
    motorcyclist=('motorcyclist', 'person riding a motorcycle'),
    bicyclist=('cyclist', 'person riding a bicycle'),
    pedestrian=('person', 'pedestrian'),
    sign=('traffic sign', 'street sign'),
    traffic_light=('traffic light', ),
    pole=('pole', 'lamp post'),
    construction_cone=('traffic cone', ),
    bicycle=('bicycle', ),
    motorcycle=('motorcycle', ),
    building=('building', 'house', 'wall'),
    vegetation=('bush', 'hedge', 'tree', 'plant', 'flower'),
    tree_trunk=('tree trunk', ),
    curb=('curb', ),
    road=('road', ),
    lane_marker=('lane marking', 'white line on the road'),
    other_ground=('road marking', 'speed bump', 'rail track'),
    walkable=('grass', 'lawn', 'stairs', 'footpath'),
    sidewalk=('sidewalk', ))

# nuScenes' classes in the words that MiniWorld's tiny CLIP has learned, those
# that it applies to things of one class alone.
MINIWORLD: Vocabulary = dict(
    barrier=('barrier', 'barricade', 'road barrier'),
    bicycle=('bicycle', 'bike'),
    bus=('bus', 'city bus', 'coach', 'articulated bus'),
    car=('car', 'automobile', 'parked car'),
    construction_vehicle=('bulldozer', 'excavator', 'concrete mixer', 'crane',
                          'dump truck', 'construction vehicle'),
    motorcycle=('motorcycle', 'motorbike'),
    pedestrian=('person', 'pedestrian', 'man', 'woman', 'child'),
    traffic_cone=('traffic cone', 'cone', 'orange cone'),
    trailer=('trailer', 'semi trailer', 'cargo container',
             'shipping container', 'freight container'),
    truck=('truck', 'lorry', 'delivery truck'),
    driveable_surface=('road', 'street', 'asphalt', 'lane', 'parking lot'),
    other_flat=('curb', 'traffic island', 'traffic median'),
    sidewalk=('sidewalk', 'pavement', 'footpath'),
    terrain=('grass', 'grassland', 'lawn', 'meadow', 'turf', 'sod'),
    manmade=('building', 'wall', 'awning', 'house', 'facade', 'fence', 'pole',
             'lamp post', 'street light', 'traffic sign', 'traffic light'),
    vegetation=('tree', 'trunk', 'tree trunk', 'bush', 'shrub', 'plant',
                'flower', 'woods', 'hedge'))

VOCABULARIES: dict[str, Vocabulary] = dict(
    nuscenes=NUSCENES,
    semantickitti=SEMANTICKITTI,
    waymo=WAYMO,
    miniworld=MINIWORLD)

TEMPLATES: tuple[str, ...] = (
    'a photo of a {}.',
    'a photo of the {}.',
    'a photo of a {} on the street.',
    'a {} in a street scene.',
    'a close-up photo of a {}.',
    'a photo of a {} in the distance.',
)


def vocabulary(name: str) -> dict[str, list[str]]:
    """Return a named vocabulary, as plain lists for a config.

    Args:
        name (str): Key of :data:`VOCABULARIES`.

    Returns:
        Dict[str, List[str]]: Class name to words, in label order.

    Raises:
        BadInput: Unknown name.
    """
    if name not in VOCABULARIES:
        raise BadInput(f"Unknown vocabulary '{name}'; choose one of "
                       f'{sorted(VOCABULARIES)}, or give a dict of class '
                       'name to words.')
    return {key: list(words) for key, words in VOCABULARIES[name].items()}


def parse_words(text: str) -> dict[str, list[str]]:
    """Parse a line of words into a vocabulary with a class for each.

    Args:
        text (str): ``'car, traffic cone, road'``.

    Returns:
        Dict[str, List[str]]: Class name to the one word.

    Raises:
        BadInput: There is no word, an empty one or a repeated one.
    """
    words = [' '.join(word.split()) for word in text.split(',')]
    if '' in words:
        raise BadInput(f"There is no word at place {words.index('') + 1} of "
                       f"'{text}'; separate words by single commas, as "
                       "in 'car, tree, road'.")
    # CLIP's tokens have no capitals.
    small = [word.casefold() for word in words]
    twice = sorted(
        {word
         for word in words if small.count(word.casefold()) > 1})
    if twice:
        raise BadInput(f"'{text}' names {twice} more than once.")
    return {word: [word] for word in words}


def clean_vocabulary(vocabulary: Mapping[str, str | Sequence[str]],
                     classes: Sequence[str]) -> dict[str, list[str]]:
    """Bring a vocabulary into the order of the classes, and check it.

    Args:
        vocabulary (Mapping[str, str | Sequence[str]]): Class name to a word
            or several; an underscore in a word stands for a space, which
            ``--cfg-options`` drops.
        classes (Sequence[str]): The same names in label order.

    Returns:
        Dict[str, List[str]]: Class name to its words.

    Raises:
        BadInput: Other classes than words, a class without a word, an empty
            word, or a word twice, in one class or in two, whose scores would
            be equal. CLIP's tokens have no capitals.

    Example:
        >>> clean_vocabulary(dict(bus='coach', cone='traffic_cone'),
        ...                  ['cone', 'bus'])
        {'cone': ['traffic cone'], 'bus': ['coach']}
    """
    classes = list(classes)
    if sorted(map(str, classes)) != sorted(map(str, vocabulary)):
        raise BadInput(f'classes {classes} are not the keys of the vocabulary '
                       f'{list(vocabulary)}.')
    found = {}
    for name in classes:
        words = vocabulary[name]
        words = [words] if isinstance(words, str) else list(words)
        odd = [word for word in words if not isinstance(word, str)]
        if odd:
            raise BadInput(f"The class '{name}' has {odd} among its words: "
                           'put words in quotes.')
        found[name] = [word.replace('_', ' ') for word in words]
    _check_words(found)
    return found


def _check_words(vocabulary: Mapping[str, Sequence[str]]) -> None:
    empty = [name for name, words in vocabulary.items() if not words]
    if empty or not vocabulary:
        raise BadInput(f'Classes without a word: {empty or "all"}.')
    owner: dict[str, str] = {}
    for name, words in vocabulary.items():
        for word in words:
            key = ' '.join(word.casefold().split())
            if not key:
                raise BadInput(f"The class '{name}' has an empty word.")
            if key in owner:
                both = (f"the classes '{owner[key]}' and '{name}'"
                        if owner[key] != name else f"the class '{name}' twice")
                raise BadInput(f"The word '{word}' stands for {both}: a point "
                               'cannot be told to be one or the other.')
            owner[key] = name


def clean_templates(templates: str | Sequence[str]) -> list[str]:
    """Check prompts.

    Args:
        templates (str | Sequence[str]): One or more, with one ``{}`` each.

    Raises:
        BadInput: There is none, one has no place for the word or more than
            one, or one is given twice.
    """
    found = [templates] if isinstance(templates, str) else list(templates)
    bad = [text for text in found if not _has_one_place(text)]
    if bad or not found:
        raise BadInput(f"Every template needs one '{{}}' for the word: {bad}.")
    twice = sorted({text for text in found if found.count(text) > 1})
    if twice:
        raise BadInput(f'The templates {twice} are given more than once.')
    return found


def _has_one_place(template: object) -> bool:
    """Whether a word can be put into a template, by ``str.format``."""
    if not isinstance(template, str) or template.count('{}') != 1:
        return False
    try:
        return 'word' in template.format('word')
    except (LookupError, ValueError):
        return False
