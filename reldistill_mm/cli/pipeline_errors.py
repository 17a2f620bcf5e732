"""Name the step that a pipeline lacks."""
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from mmcv.transforms import BaseTransform

from ..errors import BadInput

_CAMERAS = 'LoadCameraImages'
_PAIRING = 'PairPointsWithPixels (or LoadCachedPairs)'
# Which step adds what others need.
_ADDED_BY = dict(
    points='LoadLidarPoints',
    img_shapes=_CAMERAS,
    camera_imgs=f'{_CAMERAS} (with decode=True)',
    camera_names=_CAMERAS,
    img_path=_CAMERAS,
    pairs=_PAIRING,
    pair_tag=_PAIRING,
    pair_columns=_PAIRING,
    camera_visible=_PAIRING,
    pts_semantic_mask='LoadPointLabels')


@contextmanager
def missing_steps() -> Iterator[None]:
    """Say which step is missing where one finds no results of it.

    Raises:
        BadInput: A step of the pipeline needs what no step before it adds.
    """
    try:
        yield
    except KeyError as error:
        key = error.args[0] if error.args else None
        frames = traceback.walk_tb(error.__traceback__)
        steps = [
            frame.f_locals['self'] for frame, _ in frames
            if isinstance(frame.f_locals.get('self'), BaseTransform)
        ]
        if not steps or key not in _ADDED_BY:
            raise
        name = type(steps[-1]).__name__
        raise BadInput(
            f"{name} finds no '{key}': the pipeline lacks {_ADDED_BY[key]} "
            f'in front of {name}.') from error
