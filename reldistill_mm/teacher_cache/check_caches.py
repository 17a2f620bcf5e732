"""Compare the caches that a dataset reads with a config; ours."""
from collections.abc import Iterator
from pathlib import PurePosixPath

from mmengine.config import Config
from mmengine.dataset import BaseDataset

from ..datasets.transforms import LoadCachedPairs
from ..errors import BadInput, MissingInput
from .cache_key import check_config
from .keyframes import cloud_of, frame_info, raise_shared, unwrapped
from .root import config_of


def check_caches(
        cfg: Config,
        data: BaseDataset) -> list[tuple[BaseDataset, LoadCachedPairs]]:
    """Check the caches that a set's pipelines read.

    Weights are identified by the hash of their file or by their tag; no model
    is built. Files of the cache are not opened: each one is checked when it
    is read.

    Args:
        cfg (Config): A distillation config.
        data (BaseDataset): The set, in mmengine's wrappers or not.

    Returns:
        list[tuple[BaseDataset, LoadCachedPairs]]: The datasets that read a
        cache, and their steps.

    Raises:
        BadInput: A cache belongs to another teacher or preprocessing, or the
            datasets' caches are projected to different dimensions, or two
            keyframes share a file.
        MissingInput: Keyframes of the set are not in it.
    """
    caches = [(dataset, step) for dataset in unwrapped(data)
              for step in _cached_steps(dataset)]
    clouds: dict[str, str] = {}
    for dataset, step in caches:
        check_config(config_of(cfg, dataset), step.manifest, step.root)
        _check_complete(dataset, step, clouds)
    _check_projections([step for _, step in caches])
    return caches


def _check_projections(steps: list[LoadCachedPairs]) -> None:
    """Check for one basis, since a batch is multiplied by one."""
    roots: dict[str | None, str] = {}
    for step in steps:
        projection = step.manifest.identity.get('projection') or {}
        roots.setdefault(projection.get('sha256'), step.root)
    if len(roots) > 1:
        raise BadInput(
            f'The teacher caches {sorted(roots.values())} are projected '
            'to different dimensions and would be mixed in one batch: '
            'build them without --dims, or in one folder.')


def _check_complete(dataset: BaseDataset, step: LoadCachedPairs,
                    clouds: dict[str, str]) -> None:
    """Check that each keyframe has a file, which stands for it alone.

    Storage that cannot be listed (HTTP) is not asked for each file.
    """
    have, names = step.files.names(), []
    for index in range(len(dataset)):
        info = frame_info(dataset, index)
        path, cloud = step.path_of(info), cloud_of(info)
        if clouds.setdefault(path, cloud) != cloud:
            raise_shared(PurePosixPath(path).stem, clouds[path], cloud)
        names.append(PurePosixPath(path).name)
    if have is None:
        return
    missing = [name for name in names if name not in have]
    if missing:
        raise MissingInput(
            f"The teacher cache in '{step.root}' lacks {len(missing)} of "
            f'{len(names)} keyframes, e.g. {missing[0]}: '
            f'`{step.manifest.command}` builds what is missing.')


def _cached_steps(dataset: BaseDataset) -> Iterator[LoadCachedPairs]:
    pipeline = getattr(dataset, 'pipeline', None)
    for step in getattr(pipeline, 'transforms', ()):
        if isinstance(step, LoadCachedPairs):
            yield step
