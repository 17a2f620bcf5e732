"""Class vocabularies and prompt templates.

Keys are the datasets' own class names in label order; values are the words
that stand for the class in front of CLIP. The nuScenes words are those that
OpenScene (Peng et al., CVPR 2023) uses; the other datasets' words are ours.
"""
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
        dict[str, list[str]]: Class name to words, in label order.

    Raises:
        BadInput: Unknown name.

    Example:
        >>> vocabulary('nuscenes')['sidewalk']
        ['sidewalk']
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
        dict[str, list[str]]: Class name to the one word.

    Raises:
        BadInput: There is no word, an empty or a repeated one, or a character
            that is part of none.

    Example:
        >>> parse_words('car, traffic cone')
        {'car': ['car'], 'traffic cone': ['traffic cone']}
    """
    words = [' '.join(word.split()) for word in text.split(',')]
    if '' in words:
        raise BadInput(f"There is no word at place {words.index('') + 1} of "
                       f"'{text}'; separate words by single commas, as "
                       "in 'car, tree, road'.")
    strange = sorted(set(text) & set(';|{}"\t\n'))
    if strange:
        raise BadInput(f"'{text}' holds {strange}: separate words by commas, "
                       "as in 'car, tree, road'.")
    # CLIP's tokens have no capitals.
    small = [word.casefold() for word in words]
    twice = sorted(
        {word
         for word in words if small.count(word.casefold()) > 1})
    if twice:
        raise BadInput(f"'{text}' names {twice} more than once.")
    return {word: [word] for word in words}
