"""The factors of the study: what each level changes in the recipe.

A level is a few config keys, a teacher cache, or a change of the cached
features; both losses get the same. The recipe is level ``recipe`` of every
factor, and runs once.
"""
from typing import NamedTuple

BOTH, OURS_ONLY = ('relational', 'similarity'), ('relational', )
_LOSS = 'model.distill_head.losses'


class Level(NamedTuple):
    """One setting.

    Attributes:
        name: Name of its runs' folder.
        label: What the picture calls it.
        options: Changes to the config, by dotted keys.
        cache: Changes to the config that the teacher is cached with:
            ``occlusion`` (False keeps hidden points), ``degrees`` (turns the
            calibration), ``stride`` (of the teacher's features).
        change: Change of the cached features, by
            :func:`.changes.change_of`; None for none.
        epochs: Number of epochs, None for the study's.
        frames: Keyframes of a step. The number of steps stays that of one
            keyframe per step.
        all_pairs: Whether the sampler chooses among all pairs of a keyframe.
        cost: A step's cost in those of the recipe, per keyframe.
        methods: Losses that run; similarity has no terms to weigh.
        most_seeds: Seeds at most, for the dearest levels.
    """
    name: str
    label: str
    options: dict = {}
    cache: dict = {}
    change: tuple[str, float] | None = None
    epochs: int | None = None
    frames: int = 1
    all_pairs: bool = False
    cost: float = 1.
    methods: tuple[str, ...] = BOTH
    most_seeds: int | None = None


class Factor(NamedTuple):
    """One question: its title, its axis and its levels, in order."""
    title: str
    axis: str
    levels: tuple[Level, ...]


RECIPE = 'recipe'


def _recipe(label: str) -> Level:
    return Level(RECIPE, label)


def _weights(key: str, text: str) -> Factor:
    """Weights {0, 1/4, 1} of one term of the relational loss."""
    levels = tuple(
        Level(
            f'{key}_{weight:g}',
            f'{weight:g}',
            {_LOSS: [{
                'type': 'RelationalLoss',
                f'{key}_weight': weight
            }]},
            methods=OURS_ONLY) for weight in (0., 0.25))
    return Factor(text, 'weight', (*levels, _recipe('1')))


def _width(width: int, cost: float) -> Level:
    """A student of another width, as small_minkunet.py derives it."""
    return Level(
        f'width_{width}',
        str(width), {
            'model.backbone.base_channels':
            width,
            'model.backbone.encoder_channels':
            [width, 2 * width, 4 * width, 8 * width],
            'model.backbone.decoder_channels':
            [4 * width, 4 * width, 2 * width, 2 * width],
            'model.projector.in_channels':
            2 * width
        },
        cost=cost)


def _sampler(kind: str, label: str) -> Level:
    return Level(
        kind,
        label, {'model.pair_sampler.type': kind},
        all_pairs=True,
        cost=1.2)


def study_factors(epochs: int) -> dict[str, Factor]:
    """List the factors of the study.

    Args:
        epochs (int): Number of epochs of all levels but those of the length.
    """
    lengths = sorted({3, 12, 20, 60} - {epochs})
    longs = tuple(
        Level(
            f'epochs_{count}',
            str(count),
            epochs=count,
            most_seeds=2 if count > 12 else None) for count in lengths)
    below = tuple(level for level in longs if (level.epochs or 0) < epochs)
    above = longs[len(below):]
    return dict(
        length=Factor('Length of training', 'epochs',
                      (*below, _recipe(str(epochs)), *above)),
        pairs=Factor(
            'Errors in the pairs', '',
            (_recipe('none'),
             Level('hidden', 'hidden\nkept', cache=dict(occlusion=False)),
             Level('turned_0.5', '0.5° off', cache=dict(degrees=0.5)),
             Level('turned_1', '1° off', cache=dict(degrees=1.0)),
             Level('stride_32', 'stride\n32', cache=dict(stride=32)),
             Level('mixed_0.3', '30 %\nwrong', change=('mixed', 0.3)))),
        step=Factor(
            'Composition of a step', 'keyframes x pairs',
            (_recipe('1 x 2048'), Level('frames_2', '2 x 1024', frames=2),
             Level('frames_8', '8 x 256', frames=8, most_seeds=2))),
        sampler=Factor(
            'Which pairs', 'balanced over',
            (_recipe('points'), _sampler('EvenOverVoxels', 'voxels'),
             _sampler('EvenOverClusters', 'clusters'))),
        cone=Factor(
            'Cone of the teacher', 'uniformity U of the teacher',
            (_recipe('own'), Level('cone_2', '2.0', change=('cone', 2.)),
             Level('cone_1.5', '1.5', change=('cone', 1.5)))),
        noise=Factor(
            'Noise of the teacher', 'length of the noise',
            (_recipe('0'), Level('noise_1', '1', change=('noise', 1.)))),
        dimensions=Factor('Dimensions of the teacher', 'dimensions', (Level(
            'dimensions_8', '8', change=('dimensions', 8)), _recipe('64'))),
        projector=Factor(
            'Projector',
            'layers', (_recipe('1'),
                       Level('layers_3', '3', {'model.projector.layers': 3}))),
        width=Factor('Width of the student', 'channels',
                     (_width(8, 0.6), _recipe('16'), _width(24, 1.8))),
        diagonal=_weights('cross_diagonal', 'Cross-modal diagonal'),
        off_diagonal=_weights('cross_off_diagonal',
                              'Cross-modal off-diagonal'),
        intra=_weights('intra', 'Intra-modal term'))
