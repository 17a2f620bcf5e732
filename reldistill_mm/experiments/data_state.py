"""What the data of a run is, so that a change under the same path is seen."""
import os
from collections.abc import Iterable, Iterator, Mapping

from mmdet3d.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..datasets.transforms.traits import needs_cameras
from ..functional.fingerprint import digest_json
from ..io.files import file_sum
from ..models.teachers.teacher_mark import teacher_mark
from .plan import is_zero_shot

States = dict[str, dict[str, str]]


def data_state(cfg: Config, known: States) -> dict[str, str]:
    """Digests of the data that a run reads.

    Info files and the teacher's weights count by their content, clouds,
    labels and images (where they are read) by size and time: they may be many
    gigabytes. What lies at an address counts by its name.

    Args:
        cfg (Config): Config of the run.
        known (dict): States by dataset that were found before; added to, so
            that the seeds of a study look once.

    Returns:
        dict[str, str]: 'train labels', say, to a digest.
    """
    loaders = {'test': cfg.get('test_dataloader')}
    if not is_zero_shot(cfg):
        loaders = {'train': cfg.get('train_dataloader'), **loaders}
    found = {}
    for split, loader in loaders.items():
        datasets = list(_datasets((loader or {}).get('dataset')))
        for number, each in enumerate(datasets, 1):
            name = digest_json(each, default=str)
            if name not in known:
                known[name] = _state_of(each,
                                        cfg.get('default_scope') or 'mmdet3d')
            which = f' {number}' * (len(datasets) > 1)
            found.update({
                f'{split} {part}{which}': value
                for part, value in known[name].items()
            })
    teacher = (cfg.get('model') or {}).get('teacher')
    mark = teacher_mark(teacher) if teacher else None
    if mark is not None:
        found['teacher'] = digest_json(mark['space'])
    return found


def _datasets(cfg: object) -> Iterator[Mapping]:
    """Find the datasets in mmengine's wrappers."""
    if isinstance(cfg, (list, tuple)):
        for each in cfg:
            yield from _datasets(each)
    elif isinstance(cfg, Mapping):
        inner = cfg.get('dataset', cfg.get('datasets'))
        if inner is None:
            yield cfg
        else:
            yield from _datasets(inner)


def _state_of(cfg: Mapping, scope: str) -> dict[str, str]:
    with DefaultScope.overwrite_default_scope(scope):
        dataset = DATASETS.build({**cfg, 'pipeline': []})
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    state = dict(
        clouds=_stamp((info.get('lidar_points') or {}).get('lidar_path')
                      for info in infos),
        labels=_stamp(info.get('pts_semantic_mask_path') for info in infos))
    if any(map(needs_cameras, cfg.get('pipeline') or ())):
        state['images'] = _stamp(
            camera.get('img_path') for info in infos
            for camera in (info.get('images') or {}).values())
    ann_file = getattr(dataset, 'ann_file', None)
    if ann_file and os.path.isfile(ann_file):
        state['info file'] = file_sum(ann_file)
    return state


def _stamp(paths: Iterable[str | None]) -> str:
    """Digest of files by path, size and time of the last change."""
    stamps: list[list[str | int | None]] = []
    for path in paths:
        stamp: list[str | int | None] = [path]
        if path is not None and os.path.isfile(path):
            about = os.stat(path)
            stamp += [about.st_size, about.st_mtime_ns]
        stamps.append(stamp)
    return digest_json(stamps)
