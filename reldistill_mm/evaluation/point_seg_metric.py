"""mIoU over a whole dataset in the memory of two confusion matrices."""
import logging
from collections.abc import Sequence

import torch
from mmdet3d.registry import METRICS
from mmengine.dist import get_world_size
from mmengine.logging import print_log
from terminaltables import AsciiTable

from ..errors import BadInput
from ..functional import confusion_matrix, iou_per_class, summarise
from ..functional.finite_scores import finite_scores
from .collect import CollectingMetric
from .scene_counts import ScenesOfRank, write_scenes

# Columns of the table.
_TITLES = dict(
    all='all points',
    visible='visible points',
    student='student alone',
    teacher='teacher, where it sees',
    student_seen='student, there',
    both_seen='both, there')


@METRICS.register_module()
class PointSegMetric(CollectingMetric):
    """Per-class IoU on all points and on camera-visible points.

    Keeps one (K, K) matrix per scope, whatever the set's size. Labels are read
    from ``eval_ann_info['pts_semantic_mask']``, visibility from
    ``eval_ann_info['camera_visible']`` where the pipeline pairs points with
    pixels: visible is what falls into an image, hidden or not, and without
    the hidden points if :class:`.PairPointsWithPixels` has ``occlusion``.
    Samples without labels are counted and left out.

    Logs ``miou``, ``acc``, ``acc_cls``, ``classes`` (how many classes miou
    averages: those absent from labels and predictions are left out), each
    class's IoU, and ``miou_visible`` beside them. Of a model with an ensemble
    these are the ensemble's; ``miou_student`` (all points) and
    ``miou_teacher`` (points with a pixel) are those of its sources, and
    ``miou_student_seen`` and ``miou_both_seen`` those of student and ensemble
    on the teacher's points.

    Args:
        scene_file (str, optional): File for the matrices of every scene on
            all points, for intervals over scenes: :mod:`.scene_counts`.
            Defaults to None, no file.
        kwargs: Arguments of :class:`CollectingMetric`.

    Raises:
        BadInput: Predictions outside [0, K), scores that are not finite, a
            model whose classes are not the dataset's, or labels that are all
            ignored.
    """

    def __init__(self, *args, scene_file: str | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.scene_file = scene_file
        self._reset()

    def _reset(self) -> None:
        self._counts: dict[str, torch.Tensor] = {}
        self._samples = torch.zeros(2, dtype=torch.int64)
        self._scenes = ScenesOfRank()

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Add a batch's points to the matrices."""
        classes = self.dataset_meta['classes']
        ignore = self.dataset_meta['ignore_index']
        for sample in data_samples:
            self._check_classes(sample, list(classes))
            prediction = sample['pred_pts_seg']['pts_semantic_mask'].cpu()
            self._samples[0] += 1
            truth = sample.get('eval_ann_info') or {}
            if 'pts_semantic_mask' not in truth:
                continue
            self._samples[1] += 1
            label = torch.as_tensor(truth['pts_semantic_mask'])
            matrix = self._add('all', prediction, label, len(classes), ignore)
            if self.scene_file is not None:
                self._scenes.add(sample, matrix)
            if 'camera_visible' in truth:
                seen = torch.as_tensor(truth['camera_visible'])
                self._add('visible', prediction[seen], label[seen],
                          len(classes), ignore)
            for source, labels in _of_sources(sample).items():
                told = labels >= 0
                self._add(source, labels[told], label[told], len(classes),
                          ignore)
        # The base gathers `results` across ranks: one entry per rank.
        self.results = [(self._samples, self._counts, self._scenes.counts)]

    def _add(self, scope: str, prediction: torch.Tensor, label: torch.Tensor,
             num_classes: int, ignore: int) -> torch.Tensor:
        matrix = confusion_matrix(prediction, label, num_classes, ignore)
        self._counts[scope] = self._counts.get(scope, 0) + matrix
        return matrix

    @staticmethod
    def _check_classes(sample: dict, classes: list[str]) -> None:
        """Check that K outputs stand for K classes, in the dataset's order."""
        named = sample.get('pred_classes')
        if named is not None and list(named) != classes:
            raise BadInput(
                f'The model predicts {len(named)} classes {list(named)}, the '
                f'dataset has {len(classes)}: {classes}. Give the model the '
                "dataset's classes in its order (zero_shot_head.classes).")
        scores = sample.get('pts_seg_logits', {}).get('pts_seg_logits')
        if scores is not None and scores.shape[0] != len(classes):
            raise BadInput(
                f'The model has {scores.shape[0]} outputs for the '
                f"dataset's {len(classes)} classes: set num_classes="
                f'{len(classes)}, without an output for ignored points.')
        if scores is not None:
            finite_scores(scores)

    def evaluate(self, size: int) -> dict:
        """Gather over ranks; ``size`` is the number of samples."""
        self._expected = size
        metrics = super().evaluate(max(size, get_world_size()))
        self._reset()
        return metrics

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Sum the ranks' matrices and print the table."""
        seen, labelled = sum(samples for samples, *_ in results).tolist()
        if seen != self._expected:
            print_log(
                f'{seen} samples were evaluated for {self._expected} in the '
                'set: some counted twice. Set '
                'sampler=dict(type="DefaultSampler", round_up=False).',
                logger='current',
                level=logging.WARNING)
        if not labelled:
            print_log(
                f'None of the {seen} samples has labels: predictions were '
                'made, mIoU cannot be computed.',
                logger='current',
                level=logging.WARNING)
            return as_floats(dict(samples=seen, labelled_samples=0))
        counts = {
            scope:
            sum(counts[scope] for _, counts, _ in results if scope in counts)
            for scope in _TITLES if any(scope in c for _, c, _ in results)
        }
        if not counts['all'].any():
            raise BadInput(
                f'No point of the {labelled} labelled samples has a class of '
                'the dataset, all labels are ignored: mIoU cannot be '
                "computed. Check pts_semantic_mask, seg_3d_dtype and the "
                "dataset's label ids (metainfo).")
        self._print_table(counts)
        classes = self.dataset_meta['classes']
        metrics = summarise(counts['all'])
        metrics.update(zip(classes, iou_per_class(counts['all']).tolist()))
        for scope in [*counts][1:]:
            metrics.update({
                f'{name}_{scope}': value
                for name, value in summarise(counts[scope]).items()
            })
        metrics.update(samples=seen, labelled_samples=labelled)
        if self.scene_file is not None:
            write_scenes(self.scene_file, classes,
                         [scenes for *_, scenes in results])
        return as_floats(metrics)

    def _print_table(self, counts: dict[str, torch.Tensor]) -> None:
        rows = [['class'] + [f'IoU ({_TITLES[scope]})' for scope in counts]]
        columns = [
            iou_per_class(matrix).tolist() for matrix in counts.values()
        ]
        for name, *values in zip(self.dataset_meta['classes'], *columns):
            rows.append([name] + [f'{value:.4f}' for value in values])
        figures = [summarise(matrix) for matrix in counts.values()]
        for key in ('miou', 'acc', 'acc_cls'):
            rows.append([key] + [f'{figure[key]:.4f}' for figure in figures])
        total = len(self.dataset_meta['classes'])
        rows.append(['classes counted'] +
                    [f"{figure['classes']} of {total}" for figure in figures])
        print_log('\n' + AsciiTable(rows).table, logger='current')


def as_floats(metrics: dict[str, float]) -> dict[str, float]:
    """Turn integers, which mmengine's JSON log makes null, into floats."""
    return {name: float(value) for name, value in metrics.items()}


def _of_sources(sample: dict) -> dict[str, torch.Tensor]:
    """Labels of an ensemble's sources, -1 where one does not count."""
    found = {
        source: labels.cpu()
        for source, labels in sample.get('pred_sources', {}).items()
    }
    if 'teacher' in found:
        # All three on the same points, so that they can be compared.
        blind = found['teacher'] < 0
        both = sample['pred_pts_seg']['pts_semantic_mask'].cpu()
        found['student_seen'] = found['student'].masked_fill(blind, -1)
        found['both_seen'] = both.masked_fill(blind, -1)
    return found
