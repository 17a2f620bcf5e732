"""What a transform declares by attributes of its class.

A transform of any package may set them; these are the defaults:

- ``needs_cameras = False``: it reads or changes images or pairs, and has no
  place in a pipeline of points alone.
- ``random``: it draws; True, False, or a function of the config's step where
  that depends on the arguments. A foreign class that does not say so counts as
  one that draws, unless it is known here (``_DRAWS_NOTHING``).
- ``moves = False``: it moves points or pixels, and so comes after the pairing.
- ``pairs_points = False``: it pairs points with the pixels of images.
- ``segments_pairs = False``: it gives pairs their superpixels, which a cache
  keeps beside the features and whoever needs none does without.
- ``labels_only = False``: it reads or changes labels and nothing else.
- ``cache_neutral = False``: no cached feature depends on its arguments, or
  the fingerprint of a keyframe (:func:`.frame_fingerprint`) shows what it
  does. It must be set in the class itself: a subclass may do something else,
  and a class that does not set it counts as changing the cache.
"""
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

Step: TypeAlias = Mapping | BaseTransform

# Steps of mmcv and mmdet3d that are the same at every call. The first three
# wrap others; RandomApply and RandomChoice choose among theirs.
_DRAWS_NOTHING = frozenset(
    ('Compose', 'KeyMapper', 'TransformBroadcaster', 'Collect3D',
     'LoadAnnotations3D', 'LoadPointsFromDict', 'LoadPointsFromFile',
     'LoadMultiViewImageFromFiles', 'MultiViewWrapper', 'Normalize',
     'NormalizePointsColor', 'Pack3DDetInputs', 'Pad', 'PointSegClassMapping',
     'PointsRangeFilter', 'ToTensor'))
_THEIRS = ('mmcv', 'mmdet', 'mmdet3d')


def needs_cameras(step: Step) -> bool:
    """Whether a step, or one that it wraps, reads or changes images or pairs.

    Args:
        step (Mapping | BaseTransform): A step of a config's pipeline, or the
            transform itself.
    """
    return bool(_said(step, 'needs_cameras')) or any(
        needs_cameras(each) for each in _wrapped(step))


def pairs_points(step: Step) -> bool:
    """Whether a step pairs points with the pixels of images."""
    return bool(_said(step, 'pairs_points'))


def moves(step: Step) -> bool:
    """Whether a step says that it moves points or pixels."""
    return _said(step, 'moves') is True


def segments_pairs(step: Step) -> bool:
    """Whether a step gives pairs their superpixels."""
    return bool(_said(step, 'segments_pairs'))


def labels_only(step: Step) -> bool:
    """Whether a step reads or changes labels and nothing else."""
    return bool(_said(step, 'labels_only'))


def is_random(step: Mapping) -> bool:
    """Whether a step of a config draws, or one that it wraps."""
    if any(is_random(each) for each in _wrapped(step)):
        return True
    kind = _kind(step)
    said = inspect.getattr_static(kind, 'random', None)
    if isinstance(said, staticmethod):
        return bool(said.__func__(step))
    if isinstance(said, bool):
        return said
    # It says nothing; nor does a foreign method of that name.
    package = kind.__module__.partition('.')[0]
    if package in _THEIRS:
        return kind.__name__ not in _DRAWS_NOTHING
    # Building the pipeline reports an unknown one (object).
    return package != __name__.partition('.')[0] and kind is not object


def is_cache_neutral(step: Step) -> bool:
    """Whether a cache does not depend on a step; not by inheritance."""
    return bool(vars(_kind(step)).get('cache_neutral', False))


def full_name(step: Step) -> str:
    """Return the unique module and class name of a step."""
    kind = _kind(step)
    if kind is object:
        # Building the pipeline reports an unknown transform.
        return str(step['type'])
    return f'{kind.__module__}.{kind.__qualname__}'


def _wrapped(step: Step) -> Iterator[Step]:
    """List the steps in a wrapper, those in lists of lists (RandomChoice) too.
    """
    inner = (
        step.get('transforms') if isinstance(step, Mapping) else getattr(
            step, 'transforms', None))
    waiting = list(inner) if isinstance(inner, Sequence) else [inner]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, (list, tuple)):
            waiting = [*each, *waiting]
        elif isinstance(each, (Mapping, BaseTransform)):
            yield each


def _said(step: Step, name: str) -> object:
    return getattr(_kind(step), name, False)


def _kind(step: Step) -> type:
    """Return the class of a step, ``object`` for an unregistered name."""
    if not isinstance(step, Mapping):
        return type(step)
    kind = step['type']
    return (TRANSFORMS.get(kind) or object) if isinstance(kind, str) else kind
