"""What decides the features of a cache, read off a config."""
from collections.abc import Iterable

from mmengine.config import Config

from ..errors import BadInput
from ..io.plain import plain
from ..models.teachers.identity import teacher_identity
from .manifest import Manifest

# Raised when a change to the code changes features or files.
FORMAT = 2
# What these do is in the fingerprint of each keyframe, or in no feature.
_NEUTRAL = ('LoadLidarPoints', 'LoadPointLabels', 'PackPairs')
_RANDOM = ('RandomFlipCameras', 'SampleCameras')


def config_identity(cfg: Config) -> dict:
    """The part of a cache's identity that a config decides.

    Args:
        cfg (Config): With ``model`` (teacher, data preprocessor) and
            ``paired_pipeline``: whole images, no augmentation.

    Returns:
        dict: JSON values.

    Raises:
        BadInput: A teacher or a pipeline that cannot be cached.
    """
    preprocessor = cfg.model.data_preprocessor
    return dict(
        format=FORMAT,
        teacher=teacher_identity(**plain(cfg.model.teacher)),
        normalisation={
            name: plain(preprocessor.get(name))
            for name in ('mean', 'std', 'bgr_to_rgb', 'rgb_to_bgr')
        },
        pipeline=_camera_steps(cfg.paired_pipeline))


def cache_identity(cfg: Config,
                   pairs: int | None = None,
                   dims: int | None = None,
                   seed: int = 0) -> dict:
    """The identity of a cache, but for the basis that ``dims`` asks for.

    Args:
        cfg (Config): See :func:`config_identity`.
        pairs (int, optional): At most so many of each keyframe.
        dims (int, optional): Project to so many dimensions.
        seed (int): Of the pairs' order.
    """
    return dict(config_identity(cfg), pairs=pairs, dims=dims, seed=seed)


def check_config(cfg: Config, manifest: Manifest, root: str) -> None:
    """Refuse a cache that another teacher or preprocessing made.

    Raises:
        BadInput: Names what differs and the remedy.
    """
    wanted, found = config_identity(cfg), manifest.identity
    differs = [
        f'{name}: cached {found.get(name)}, config {value}'
        for name, value in wanted.items() if found.get(name) != value
    ]
    if differs:
        raise BadInput(
            f"The teacher cache in '{root}' is stale, it was not made by this "
            f"config's teacher and preprocessing ({'; '.join(differs)}). "
            f'Build it again (it was made by `{manifest.command}`) or in '
            'another folder (--out), or set the config back.')


def _camera_steps(pipeline: Iterable[dict]) -> list:
    steps = []
    for step in pipeline:
        step = plain(step)
        name = step['type']
        if name in _RANDOM or (name == 'ResizedCropCameras'
                               and step.get('area', ()) is not None):
            raise BadInput(
                f'paired_pipeline augments images ({step}); only whole '
                'images (ResizedCropCameras with area=None) can be cached.')
        step.pop('backend_args', None)
        if name not in _NEUTRAL:
            steps.append(step)
    return steps
