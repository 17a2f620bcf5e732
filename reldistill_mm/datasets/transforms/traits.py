"""What a transform declares by attributes of its class.

A transform of any package may set them; these are the defaults:

- ``needs_cameras = False``: it reads or changes images or pairs, and has no
  place in a pipeline of points alone.
- ``random = False``: it draws. A function of the config's step where that
  depends on the arguments.
- ``pairs_points = False``: it pairs points with the pixels of images.
- ``labels_only = False``: it reads or changes labels and nothing else.
- ``cache_neutral = False``: no cached feature depends on its arguments, or
  the fingerprint of a keyframe (:func:`.frame_fingerprint`) shows what it
  does. It must be set in the class itself: a subclass may do something else,
  and a class that does not set it counts as changing the cache.
"""
import inspect
from collections.abc import Mapping
from typing import TypeAlias

from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

Step: TypeAlias = Mapping | BaseTransform


def needs_cameras(step: Step) -> bool:
    """Whether a step reads or changes images or pairs.

    Args:
        step (Mapping | BaseTransform): A step of a config's pipeline, or the
            transform itself.
    """
    return bool(_said(step, 'needs_cameras'))


def pairs_points(step: Step) -> bool:
    """Whether a step pairs points with the pixels of images."""
    return bool(_said(step, 'pairs_points'))


def labels_only(step: Step) -> bool:
    """Whether a step reads or changes labels and nothing else."""
    return bool(_said(step, 'labels_only'))


def is_random(step: Mapping) -> bool:
    """Whether a step of a config draws, or one that it wraps.

    Steps that choose among others at random (``RandomApply``) say nothing
    themselves; what they wrap does.
    """
    inner = step.get('transforms') or ()
    if any(isinstance(each, Mapping) and is_random(each) for each in inner):
        return True
    said = inspect.getattr_static(_kind(step), 'random', False)
    if isinstance(said, staticmethod):
        return bool(said.__func__(step))
    # A foreign method of that name says nothing.
    return said is True


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


def _said(step: Step, name: str) -> object:
    return getattr(_kind(step), name, False)


def _kind(step: Step) -> type:
    """Return the class of a step, ``object`` for an unregistered name."""
    if not isinstance(step, Mapping):
        return type(step)
    kind = step['type']
    return (TRANSFORMS.get(kind) or object) if isinstance(kind, str) else kind
