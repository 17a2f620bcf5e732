"""Teachers of configs, judged on one of the configs' splits."""
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.device import get_device

from ..errors import BadInput
from ..models.teachers import FileTeacher
from ..models.teachers.build_teacher import teacher_class
from ..teacher_cache.check_caches import check_caches
from .distillation_config import distillation_config, split_dataset
from .teacher_at_pairs import judge_teacher


def evaluate_teacher(cfg: Config,
                     split: str = 'val',
                     cached: bool = False) -> dict[str, float]:
    """Judge the teacher of a config at the pairs.

    Args:
        cfg (Config): Config from :func:`.distillation_config`; not changed.
        split (str): 'val' or 'train'.
        cached (bool): Read its features from the ``teacher_cache_root``, as
            is always done for a :class:`FileTeacher`. Defaults to False.

    Returns:
        dict[str, float]: See :func:`.judge_teacher`.

    Raises:
        BadInput, MissingInput: Keyframes without labels, or a cache that is
            not this teacher's or not whole.
    """
    cached = _reads_cache(cfg, cached)
    dataset = DATASETS.build(split_dataset(cfg, split, cached))
    if cached:
        check_caches(cfg, dataset)
    model = MODELS.build(cfg.model).to(get_device()).eval()
    return judge_teacher(model, dataset)


def evaluate_teachers(configs: Sequence[str],
                      options: dict | None = None,
                      split: str = 'val',
                      vary: tuple[str, Sequence[Any]] | None = None,
                      cached: bool = False) -> dict[str, dict]:
    """Judge several teachers on the same split, one after the other.

    Args:
        configs (Sequence[str]): Distillation configs.
        options (dict, optional): Changes of all configs.
        split (str): 'val' or 'train'. Defaults to 'val'.
        vary (tuple, optional): A key of the configs and the values it takes
            in turn. Defaults to None, each config as it is.
        cached (bool): See :func:`evaluate_teacher`. Defaults to False.

    Returns:
        dict[str, dict]: Name to the values of :func:`.judge_teacher`.

    Raises:
        BadInput: Two of one name, a key that no teacher depends on, or see
            :func:`evaluate_teacher`; all configs are read before any teacher
            is asked.
    """
    if vary is not None and not vary[1]:
        raise BadInput(f'--vary {vary[0]} names no values to take in turn: '
                       f'--vary {vary[0]} A B.')
    wanted: dict[str, Config] = {}
    for config in configs:
        key, values = vary or ('', [None])
        for value in values:
            name = Path(config).stem
            changes = dict(options or {})
            if key:
                name += f', {key.rpartition(".")[2]}={value}'
                changes[key] = value
            if name in wanted:
                raise BadInput(f"Two teachers would be named '{name}': give "
                               'each config and each value once.')
            wanted[name] = distillation_config(config, changes)
            split_dataset(wanted[name], split,
                          _reads_cache(wanted[name], cached))
    _require_change(wanted, split, vary)
    return {
        name: evaluate_teacher(cfg, split, cached)
        for name, cfg in wanted.items()
    }


def _reads_cache(cfg: Config, cached: bool) -> bool:
    return cached or issubclass(teacher_class(cfg.model.teacher), FileTeacher)


def _require_change(wanted: dict[str, Config], split: str,
                    vary: tuple[str, Sequence[Any]] | None) -> None:
    """Refuse a key whose values all give one and the same figure."""
    if vary is None or len(vary[1]) < 2:
        return
    model = 'teacher', 'text_teacher', 'zero_shot_head', 'data_preprocessor'
    read = [(split_dataset(cfg, split), cfg.get('text_teacher'),
             [cfg.model.get(key) for key in model]) for cfg in wanted.values()]
    # Several configs differ anyway; values that change none of them are said.
    if all(each == read[0] for each in read[:len(vary[1])]):
        raise BadInput(f'--vary {vary[0]} changes nothing that a teacher at '
                       'the pairs depends on, so every row would be the same: '
                       'vary a key of model.teacher, model.zero_shot_head or '
                       'paired_pipeline.')
