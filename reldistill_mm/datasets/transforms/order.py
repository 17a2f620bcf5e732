"""Check the order of a pipeline's steps around the pairing, before it runs."""
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mmcv.transforms import BaseTransform

from ...errors import BadInput
from .traits import full_name, labels_only, moves, pairs_points

# Steps of mmdet3d, mmdet and mmcv that move points or pixels; others say so
# (:func:`.moves`).
_MOVERS = frozenset([
    'AffineResize', 'CenterCrop', 'GlobalAlignment', 'GlobalRotScaleTrans',
    'IndoorPatchPointSample', 'LaserMix', 'ObjectNoise', 'ObjectSample',
    'PolarMix', 'RandomAffine', 'RandomCrop', 'RandomCrop3D', 'RandomFlip',
    'RandomFlip3D', 'RandomJitterPoints', 'RandomResize3D',
    'RandomResizedCrop', 'RandomShiftScale', 'Resize', 'Resize3D'
])
_CACHED = 'LoadCachedPairs'
_LABELS = ('LoadAnnotations3D', )

# Those that load or change results['img'], which is not what is packed beside
# pairs: some would fail, and Resize would change nothing.
_OF_IMG = frozenset([
    'AffineResize', 'CenterCrop', 'ColorTransform', 'LoadImageFromFile',
    'LoadMultiViewImageFromFiles', 'MultiViewWrapper', 'Normalize', 'Pad',
    'PhotoMetricDistortion', 'PhotoMetricDistortion3D', 'RandomAffine',
    'RandomChoiceResize', 'RandomCrop', 'RandomCrop3D', 'RandomFlip',
    'RandomResize', 'RandomResize3D', 'RandomResizedCrop', 'RandomShiftScale',
    'Resize', 'Resize3D'
])
_THEIRS = ('mmcv.', 'mmdet.', 'mmdet3d.')
# They may give a step camera_imgs as its img.
_RENAMING = ('KeyMapper', 'TransformBroadcaster')


def check_order(steps: Iterable[object]) -> None:
    """Check a pipeline that pairs points with pixels.

    Nothing may move points or images in front of the pairing, and nothing of
    mmdet3d moves images after it. What mixes two clouds there needs the other
    cloud's points numbered as well, and both clouds' labels.

    Args:
        steps (Iterable): The built transforms of a pipeline.

    Raises:
        BadInput: A step stands where it makes wrong pairs; the message names
            it and its place.
    """
    steps = list(_sequence(steps))
    place = next((i for i, step in enumerate(steps) if _has_pairing(step)),
                 None)
    if place is None:
        return
    pairing = next(name_of(s) for s in flat([steps[place]]) if _pairs(s))
    for step in flat(steps[:place]):
        if name_of(step) in _MOVERS or moves(step):
            raise BadInput(
                f'{name_of(step)} comes before {pairing} in the pipeline, '
                'which needs points and images as the calibration knows '
                f'them: put it after {pairing}; pairs follow every later '
                'augmentation.')
    for step in flat(steps, _RENAMING) if pairing != _CACHED else ():
        if name_of(step) in _OF_IMG and full_name(step).startswith(_THEIRS):
            raise BadInput(
                f"{name_of(step)} in the pipeline loads or changes "
                "results['img'], and the images that are paired are "
                "results['camera_imgs']: take LoadCameraImages, "
                'ResizedCropCameras or RandomFlipCameras instead, which move '
                'the pairs along.')
    for number, step in enumerate(steps[place:], place):
        for each in flat([step]):
            if hasattr(each, 'pre_transform'):
                _check_mix(each, pairing, steps[:number])


def _check_mix(step: Any, pairing: str, before: list[object]) -> None:
    """Check a step that mixes in a cloud, which ``pre_transform`` loads."""
    name, inner = name_of(step), list(flat(_inner(step.pre_transform)))
    if not any(_pairs(each) for each in inner):
        raise BadInput(
            f'{name} comes after {pairing} and its pre_transform has none: '
            'points of the other cloud must be numbered, too. Give '
            f"{name}'s pre_transform all steps up to {pairing}, it included.")
    check_order(_inner(step.pre_transform))
    for where, steps in ((f'in front of {name}', before),
                         (f"in {name}'s pre_transform", inner)):
        if not any(map(_loads_labels, flat(steps))):
            raise BadInput(f'{name} mixes points together with their labels, '
                           f'and no step {where} loads them: add '
                           "dict(type='LoadPointLabels').")


def _sequence(steps: Iterable[object]) -> Iterator[object]:
    """Steps in the order in which they run, out of any ``Compose``."""
    for step in steps:
        if name_of(step) == 'Compose':
            yield from _sequence(getattr(step, 'transforms', ()))
        else:
            yield step


def flat(
    steps: Iterable[object], closed: Sequence[str] = ()) -> Iterator[object]:
    """List steps and those that they wrap (``RandomApply``, ``Compose``).

    Args:
        steps (Iterable): Built transforms.
        closed (Sequence[str]): Classes of wrappers not to look into.
    """
    for step in steps:
        yield step
        if name_of(step) not in closed:
            yield from flat(_inner(getattr(step, 'transforms', None)), closed)


def _inner(steps: object) -> list:
    """The steps of what may be a list, one ``Compose`` or nothing."""
    if steps is None:
        return []
    if isinstance(steps, (list, tuple)):
        return [
            each for step in steps
            for each in (_inner(step) if isinstance(step, (list,
                                                           tuple)) else [step])
        ]
    return [steps]


def name_of(step: object) -> str:
    """Name of a step's class."""
    return type(step).__name__


def _has_pairing(step: object) -> bool:
    return any(map(_pairs, flat([step])))


def _pairs(step: object) -> bool:
    return (isinstance(step, BaseTransform)
            and (pairs_points(step) or name_of(step) == _CACHED))


def _loads_labels(step: object) -> bool:
    return isinstance(step, BaseTransform) and (labels_only(step)
                                                or name_of(step) in _LABELS)
