"""Structure of the student's and the teacher's features over a whole set."""
from collections.abc import Sequence
from typing import Any

import torch
from mmdet3d.registry import METRICS
from mmengine.dist import get_rank, get_world_size
from mmengine.logging import print_log
from terminaltables import AsciiTable
from torch import Tensor

from ..errors import BadInput
from ..functional import structure_measures, tolerance, uniformity
from .collect import CollectingMetric
from .point_seg_metric import as_floats


@METRICS.register_module()
class StructureMetric(CollectingMetric):
    """Uniformity, tolerance, modality gap and linear CKA at the pairs.

    Measured on a class-balanced sample of matched student and teacher
    features, as in the paper. Needs a dataset with labels, and with images and
    pairs or cached pairs (the config's ``paired_pipeline`` or
    ``cached_paired_pipeline``).

    Logs ``uniformity``, ``tolerance``, their ``teacher_*`` counterparts,
    ``modality_gap``, ``cka`` and ``structure_rows`` (how many rows), and
    prints uniformity and tolerance of each class.

    Args:
        per_class (int): Rows kept per class, drawn uniformly from the whole
            set. Defaults to 5000, as in the paper.
        seed (int): Seed for the draw. Defaults to 0.
        kwargs: Arguments of :class:`CollectingMetric`.

    Raises:
        BadInput: Samples without pair features or labels.
    """

    def __init__(self, per_class: int = 5000, seed: int = 0, **kwargs) -> None:
        super().__init__(**kwargs)
        if per_class < 2:
            raise BadInput('StructureMetric needs per_class of at least 2, '
                           f'got {per_class}.')
        self.per_class, self.seed = per_class, seed
        self._reset()

    def _reset(self) -> None:
        self._parts: list[dict[str, Tensor]] = []
        # Per class, the chance from which on a row can no longer stay; empty
        # until the classes are known.
        self._limit = torch.ones(0)
        self._draws = torch.Generator().manual_seed(self.seed + get_rank())

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Add a batch's pairs to the sample."""
        for sample in data_samples:
            if 'pair_features' not in sample:
                raise BadInput(
                    'StructureMetric compares features at point-pixel pairs, '
                    "but the data comes without images: use the config's "
                    'paired_pipeline for the dataset that is tested.')
            point = sample['pairs']['point'].cpu()
            label = torch.as_tensor(labels_of(sample))[point].long()
            self._add(label, sample['pair_features'])

    def _add(self, label: Tensor, features: dict[str, Tensor]) -> None:
        """Copy the rows that may stay; few do when a class is full."""
        count = len(self.dataset_meta['classes'])
        if not len(self._limit):
            self._limit = torch.ones(count)
        chance = torch.rand(len(label), generator=self._draws)
        rows = ((label >= 0) & (label < count)).nonzero().flatten()
        rows = rows[chance[rows] < self._limit[label[rows]]]
        part = dict(label=label[rows], chance=chance[rows])
        for name in ('student', 'teacher'):
            values = features[name]
            part[name] = values[rows.to(values.device)].float().cpu()
        self._parts.append(part)
        waiting = sum(len(part['label']) for part in self._parts)
        if waiting > 2 * count * self.per_class:
            self._join()

    def _join(self) -> None:
        """Join the rows that stay into one part."""
        kept = keep_lowest(self._parts, self.per_class)
        self._parts = [kept]
        for value in kept['label'].unique():
            chance = kept['chance'][kept['label'] == value]
            if len(chance) == self.per_class:
                self._limit[value] = chance.max()

    def evaluate(self, size: int) -> dict:
        """Gather over ranks; ``size`` is the number of samples."""
        if self._parts:
            self._join()
        # The base gathers `results` across ranks: one entry per rank.
        self.results = self._parts
        metrics = super().evaluate(max(size, get_world_size()))
        self._reset()
        return metrics

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Compute the measures of the ranks' joined sample."""
        rows = keep_lowest(results, self.per_class)
        classes = self.dataset_meta['classes']
        student, teacher, label = (
            rows[name] for name in ('student', 'teacher', 'label'))
        metrics = structure_measures(student, teacher, label, len(classes))
        metrics['structure_rows'] = len(label)
        self._print_table(student, teacher, label)
        return as_floats(metrics)

    def _print_table(self, student: Tensor, teacher: Tensor,
                     label: Tensor) -> None:
        classes = self.dataset_meta['classes']
        table = [[
            'class', 'rows', 'uniformity', "teacher's", 'tolerance',
            "teacher's"
        ]]
        close = [
            tolerance(rows, label, len(classes)).per_class
            for rows in (student, teacher)
        ]
        for index, name in enumerate(classes):
            own = label == index
            spread = [uniformity(rows[own]) for rows in (student, teacher)]
            values = (spread[0], spread[1], close[0][index], close[1][index])
            table.append([name, int(own.sum())] +
                         [f'{float(value):.3f}' for value in values])
        print_log('\n' + AsciiTable(table).table, logger='current')


def labels_of(sample: Any) -> Any:
    """Return the labels (N,) of a sample, or of its dict.

    Raises:
        BadInput: It has none.
    """
    truth = sample.get('eval_ann_info') or {}
    if 'pts_semantic_mask' not in truth:
        raise BadInput(
            'StructureMetric needs labels, of each of which it takes as many '
            f"pairs, and '{sample.get('lidar_path')}' has none: test on "
            'labelled data, or set val_dataloader, val_cfg and val_evaluator '
            'to None.')
    return truth['pts_semantic_mask']


def keep_lowest(parts: list[dict[str, Tensor]],
                per_class: int) -> dict[str, Tensor]:
    """Join samples; of each class keep the rows with the least chance.

    With ``chance`` drawn uniformly from [0, 1) this is a uniform draw over all
    rows seen, whatever their order or rank.

    Args:
        parts (list[dict[str, Tensor]]): Columns ``label``, ``chance`` and
            any others, of N rows each; empty dicts are left out.
        per_class (int): Rows kept per class.
    """
    parts = [part for part in parts if part]
    joined = {
        name: torch.cat([part[name] for part in parts])
        for name in parts[0]
    }
    order = joined['chance'].argsort()
    label = joined['label'][order]
    kept = [
        order[label == value][:per_class]
        for value in joined['label'].unique()
    ]
    rows = torch.cat(kept) if kept else order
    return {name: column[rows] for name, column in joined.items()}
