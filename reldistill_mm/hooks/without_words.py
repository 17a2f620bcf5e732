"""Judge by structure what has no words to label points with."""
import copy
from typing import Any

from mmdet3d.evaluation import SegMetric
from mmdet3d.registry import METRICS, MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from ..datasets.wrapped import wrapped_datasets
from ..evaluation import PointSegMetric
from ..io.fit_state import unwrap
from ..models import RelationalDistiller

# Metrics that judge labels.
LABEL_METRICS = (PointSegMetric, SegMetric)


def has_words(runner: Runner) -> bool:
    """Whether the model labels points; a distiller without words does not."""
    return getattr(unwrap(runner.model), 'zero_shot_head', True) is not None


def judge_structure(cfg: Config) -> tuple[Config, list[str]]:
    """Let a distiller without words be validated and tested by structure.

    Where it would judge labels, which such a model does not give,
    :class:`StructureMetric` does instead, on the config's
    ``paired_pipeline``. Loaders that read by a pipeline of the user's own
    stay as they are, and so do evaluators that judge no labels.

    Args:
        cfg (Config): Config of a run, not changed.

    Returns:
        tuple[Config, list[str]]: The config for the Runner, and what of
        'val' and 'test' was changed.
    """
    splits = [split for split in ('val', 'test') if _judges_labels(cfg, split)]
    if not splits or not _lacks_words(cfg.get('model')):
        return cfg, []
    cfg = copy.deepcopy(cfg)
    for split in splits:
        kept = [
            each for each in _listed(cfg[f'{split}_evaluator'])
            if not _is_of_labels(each)
        ]
        if 'StructureMetric' not in [each.get('type') for each in kept]:
            kept.append(dict(type='StructureMetric'))
        cfg[f'{split}_evaluator'] = kept
        for dataset in wrapped_datasets(cfg[f'{split}_dataloader'].dataset):
            dataset['pipeline'] = cfg.paired_pipeline
    return cfg, splits


def _lacks_words(model: Any) -> bool:
    """Whether a model's config is that of a distiller without words."""
    if not isinstance(model, dict):
        return False
    kind = model.get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    return (isinstance(kind, type) and issubclass(kind, RelationalDistiller)
            and model.get('zero_shot_head') is None)


def _judges_labels(cfg: Config, split: str) -> bool:
    """Whether a split judges labels on what our configs' datasets read."""
    loader = cfg.get(f'{split}_dataloader')
    ours = [
        cfg[name] for name in ('test_pipeline', 'paired_pipeline')
        if cfg.get(name)
    ]
    return (isinstance(loader, dict) and 'paired_pipeline' in cfg and any(
        map(_is_of_labels, _listed(cfg.get(f'{split}_evaluator')))) and all(
            dataset.get('pipeline') in ours
            for dataset in wrapped_datasets(loader.get('dataset') or {})))


def _listed(evaluator: Any) -> list[dict]:
    """List the metrics of an evaluator's config; nothing if it is built."""
    if isinstance(evaluator, dict):
        evaluator = evaluator.get('metrics', evaluator)
    each = evaluator if isinstance(evaluator, (list, tuple)) else [evaluator]
    return [metric for metric in each if isinstance(metric, dict)]


def _is_of_labels(metric: dict) -> bool:
    kind = metric.get('type')
    kind = METRICS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, LABEL_METRICS)
