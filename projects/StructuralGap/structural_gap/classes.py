"""Which properties of the data go with relational's lead, by class.

Driving data is imbalanced, sparse and self-similar. Each of these is
measured for every class on the pairs that the methods were trained on, and
correlated over the classes with how far relational's zero-shot IoU lies above
another method's. Source: ours.
"""
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor
from torch.utils.data import Dataset

from reldistill_mm.experiments import (RankCorrelation, compare,
                                       markdown_table, rank_correlation)
from reldistill_mm.functional import tolerance, unit_rows
from .claims import OTHERS, paired
from .report import correlation_text

PROPERTIES = dict(
    share='imbalance: share of all pairs',
    frames='sparsity: share of keyframes that have the class',
    pairs='number of pairs in a keyframe that has the class',
    depth='mean depth of its pairs (m)',
    own_cosine='self-similarity: mean cosine of two of its pairs',
    other_cosine='mean cosine with pairs of other classes')


class Pairs(NamedTuple):
    """A keyframe's P pairs.

    Attributes:
        label: (P,) int64; those outside 0..K-1 do not count.
        features: (P, D) features of the teacher.
        depth: (P,) depth in metres.
    """
    label: Tensor
    features: Tensor
    depth: Tensor


class ClassStudy(NamedTuple):
    """Findings for K classes.

    Attributes:
        classes, palette: Names and colours (0 to 255).
        properties: Each of :data:`PROPERTIES` to K values.
        leads: Other method to K differences of IoU.
        correlations: Correlations by property, then by other method.
    """
    classes: list[str]
    palette: list[list[int]]
    properties: dict[str, list[float]]
    leads: dict[str, list[float]]
    correlations: dict[str, dict[str, RankCorrelation]]


def study_classes(cfg: Config, cache: Path,
                  records: Sequence[dict]) -> ClassStudy:
    """Study which properties of classes go with relational's lead.

    Args:
        cfg (Config): A distillation config whose steps have the names of
            ours: ``load_points``, ``load_cached_pairs``,
            ``load_labels_if_any``.
        cache (Path): Folder that ``tools/cache_teacher.py`` wrote.
        records (Sequence[dict]): Records as in :mod:`.claims`, each with the
            IoU of every class under the class's name.
    """
    dataset = labelled_training_set(cfg, cache)
    classes = list(dataset.metainfo['classes'])
    properties = class_properties(training_pairs(dataset), len(classes))
    leads = class_leads(records, classes)
    return ClassStudy(
        classes, list(dataset.metainfo['palette']), properties, leads, {
            name: {
                other: rank_correlation(values, lead)
                for other, lead in leads.items()
            }
            for name, values in properties.items()
        })


def read_class_study(found: dict) -> ClassStudy:
    """Read a study from ``results.json``, where null stands for NaN."""

    def numbers(values: Iterable) -> list[float]:
        return [np.nan if value is None else value for value in values]

    return ClassStudy(found['classes'], found['palette'], {
        name: numbers(each)
        for name, each in found['properties'].items()
    }, {
        name: numbers(each)
        for name, each in found['leads'].items()
    }, {
        name: {
            other: RankCorrelation(**dict(zip(each, numbers(each.values()))))
            for other, each in by_other.items()
        }
        for name, by_other in found['correlations'].items()
    })


def labelled_training_set(cfg: Config, cache: Path) -> Dataset:
    """Build the training set with all cached pairs and with labels.

    Only this study reads the labels: no method was trained on them.
    """
    init_default_scope('mmdet3d')
    pairs = dict(
        cfg.load_cached_pairs, root=str(cache.resolve()), num_pairs=None)
    steps = [cfg.load_points, pairs, cfg.load_labels_if_any]
    return DATASETS.build(dict(cfg.train_dataloader.dataset, pipeline=steps))


def training_pairs(dataset: Dataset, frames: int = 200) -> Iterator[Pairs]:
    """Load the pairs of at most ``frames`` keyframes, spread over the set."""
    for index in np.linspace(0, len(dataset) - 1, min(frames, len(dataset))):
        found = dataset[round(index)]
        pairs = found['pairs']
        label = found['pts_semantic_mask'][pairs.point]
        # A projected cache keeps the inner products.
        yield Pairs(
            torch.as_tensor(label), torch.as_tensor(found['pair_features']),
            torch.as_tensor(pairs.depth))


def class_properties(frames: Iterable[Pairs],
                     num_classes: int) -> dict[str, list[float]]:
    """Compute each of :data:`PROPERTIES` for each class.

    Cosines are means over the pairs of one keyframe, then over the keyframes,
    since a loss compares pairs within a step.

    Args:
        frames (Iterable[Pairs]): Keyframes, at least one.
        num_classes (int): K.

    Returns:
        dict[str, list[float]]: K values; NaN where a class has no pair.
    """
    rows = [_frame_properties(pairs, num_classes) for pairs in frames]
    count, depth, own, other = (
        torch.stack(column).numpy() for column in zip(*rows))
    held = (count > 0).sum(0)
    total = count.sum(0)
    with np.errstate(invalid='ignore'):
        found = dict(
            share=total / total.sum(),
            frames=held / len(count),
            pairs=total / held,
            depth=depth.sum(0) / total,
            own_cosine=_mean_of_known(own),
            other_cosine=_mean_of_known(other))
    return {name: values.tolist() for name, values in found.items()}


def _frame_properties(pairs: Pairs, num_classes: int) -> tuple:
    """Count pairs, sum depths, mean cosines in and between classes, (K,)."""
    valid = (pairs.label >= 0) & (pairs.label < num_classes)
    label = pairs.label[valid].long()
    rows = unit_rows(pairs.features[valid].float())
    count = torch.bincount(label, minlength=num_classes).double()
    depth = count.new_zeros(num_classes)
    depth.index_add_(0, label, pairs.depth[valid].double())
    sums = count.new_zeros(num_classes, rows.shape[1])
    sums.index_add_(0, label, rows.double())
    rest = sums.sum(0) - sums
    other = (sums * rest).sum(1) / (count * (count.sum() - count))
    return count, depth, tolerance(rows, label, num_classes).per_class, other


def _mean_of_known(values: np.ndarray) -> np.ndarray:
    """Average (F, K) to (K,) over the rows that have a value."""
    known = np.isfinite(values)
    return np.where(known, values, 0).sum(0) / known.sum(0)


def class_leads(records: Sequence[dict],
                classes: Sequence[str]) -> dict[str, list[float]]:
    """Subtract another method's zero-shot IoU from relational's.

    Returns:
        dict[str, list[float]]: Each other method that was run to K means over
        the seeds; NaN for a class that the test set lacks.
    """
    run = {record['method'] for record in records}
    return {
        other: [
            compare(name, paired(records, ('relational', name),
                                 (other, name))).mean for name in classes
        ]
        for other in OTHERS if other in run
    }


def classes_section(found: ClassStudy) -> str:
    """Format the tables, with what they can and cannot show."""
    order = [[
        PROPERTIES[name], *(correlation_text(each, 'classes')
                            for each in by_other.values())
    ] for name, by_other in found.correlations.items()]
    columns = [
        *(_cells(values, '.3g') for values in found.properties.values()),
        *(_cells(lead, '+.1f', 100) for lead in found.leads.values())
    ]
    ahead = [f'relational − {other}' for other in found.leads]
    return '\n\n'.join([
        '## What in the data goes with the order',
        "Spearman's ρ over the classes between a property of a class's "
        "training pairs and relational's lead in its zero-shot IoU [95 % "
        'bootstrap interval over the classes], permutation p, not corrected '
        f'for the {len(order) * len(ahead)} looked at. Properties go with '
        'each other: this says where the lead is, not what causes it.',
        markdown_table(['property', *ahead],
                       order), 'Leads in points of IoU, mean over the seeds:',
        markdown_table(['class', *found.properties, *ahead],
                       list(zip(found.classes, *columns)))
    ]) + '\n'


def _cells(values: Sequence[float], how: str, factor: float = 1) -> list[str]:
    return [
        f'{factor * value:{how}}' if value == value else '–'
        for value in values
    ]
