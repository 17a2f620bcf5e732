"""Read from a config what decides the features of a cache."""
from collections.abc import Iterable

from mmengine.config import Config

from ..datasets.transforms.traits import (full_name, is_cache_neutral,
                                          is_random, segments_pairs)
from ..errors import BadInput
from ..functional.differences import differences
from ..io.plain import plain
from ..models.teachers.build_teacher import teacher_class
from .manifest import FORMAT, Manifest

# Arguments of the data preprocessor that no image sees.
_OF_POINTS = ('batch_first', 'max_voxels', 'voxel', 'voxel_layer',
              'voxel_type')


def config_identity(cfg: Config) -> dict:
    """Compute the part of a cache's identity that a config decides.

    The teacher's class says what decides its features
    (:meth:`.FrozenTeacher.identity`); a transform that does not say
    otherwise counts (:mod:`reldistill_mm.datasets.transforms.traits`).

    Args:
        cfg (Config): Config with ``model`` (teacher, data preprocessor) and
            ``paired_pipeline``: whole images, no augmentation.

    Returns:
        dict: JSON values. ``superpixels``, with the steps that give pairs
        theirs, is there only where there are some: a config without reads
        the cache of one with, whose features are the same.

    Raises:
        BadInput: The teacher or the pipeline cannot be cached, or the teacher
            does not have an argument.
    """
    preprocessor = cfg.model.data_preprocessor
    teacher = cfg.model.teacher
    camera_steps, superpixels = _camera_steps(cfg.paired_pipeline)
    identity = dict(
        format=FORMAT,
        teacher=teacher_class(teacher).identity(teacher),
        preprocessor={
            name: plain(value)
            for name, value in sorted(preprocessor.items())
            if name not in _OF_POINTS
        },
        pipeline=camera_steps)
    if superpixels:
        identity['superpixels'] = superpixels
    return identity


def cache_identity(cfg: Config,
                   pairs: int | None = None,
                   dims: int | None = None,
                   seed: int = 0) -> dict:
    """Compute the identity of a cache, without the basis for ``dims``.

    Args:
        cfg (Config): See :func:`config_identity`.
        pairs (int, optional): Most pairs per keyframe.
        dims (int, optional): Dimensions to project to.
        seed (int): Seed of the pair order.
    """
    return dict(config_identity(cfg), pairs=pairs, dims=dims, seed=seed)


def check_config(cfg: Config, manifest: Manifest, root: str) -> None:
    """Refuse a cache that another teacher or preprocessing made.

    Raises:
        BadInput: The cache differs; the message says where, and the remedy.
    """
    wanted, found = config_identity(cfg), manifest.identity
    differs = list(differences(found, wanted, ('cached', 'config'), wanted))
    if differs:
        raise BadInput(
            f"The teacher cache in '{root}' is stale: it was not made by this "
            f"config's teacher and preprocessing ({'; '.join(differs)}). "
            f'Build it again (it was made by `{manifest.command}`) or in '
            'another folder (--out), or set the config back.')


def require_same_superpixels(cfg: Config, pipeline: Iterable[dict]) -> None:
    """Refuse to keep other superpixels than those that training takes.

    Args:
        cfg (Config): Config with the ``paired_pipeline`` of the cache.
        pipeline (Iterable[dict]): Steps by which a dataset trains.

    Raises:
        BadInput: Both give pairs their superpixels, in different ways.
    """
    taught, kept = ([
        dict(plain(step)) for step in steps if segments_pairs(step)
    ] for steps in (pipeline, cfg.paired_pipeline))
    if taught and kept and taught != kept:
        raise BadInput(
            f'Training takes its superpixels from {taught}, and a cache would '
            f'keep those of {kept}: put the same step into the '
            "config's paired_pipeline.")


def _camera_steps(pipeline: Iterable[dict]) -> tuple[list, list]:
    """List the steps that decide features, and those of superpixels."""
    steps: list[dict] = []
    superpixels: list[dict] = []
    for step in pipeline:
        if is_random(step):
            raise BadInput(
                f'paired_pipeline augments images ({plain(step)}), or has a '
                'step that does not say that it draws nothing (random = False '
                'in its class); only whole images (ResizedCropCameras with '
                'area=None) can be cached.')
        if not is_cache_neutral(step):
            kind = superpixels if segments_pairs(step) else steps
            step = dict(plain(step), type=full_name(step))
            step.pop('backend_args', None)
            kind.append(step)
    return steps, superpixels
