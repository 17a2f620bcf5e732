"""Judge a student and its teacher on the held-out keyframes, for the report.
"""
from typing import Any, NamedTuple

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from reldistill_mm.cli.progress import track
from reldistill_mm.evaluation import StructureMetric
from reldistill_mm.functional import confusion_matrix, iou_per_class


class Judged(NamedTuple):
    """What the report shows of the held-out keyframes.

    Attributes:
        student (Tensor): (K, K) int64 confusions of all points.
        teacher (Tensor): The same of the teacher's labels at the pairs.
        structure (dict[str, float]): What :class:`StructureMetric` measures.
    """
    student: Tensor
    teacher: Tensor
    structure: dict[str, float]

    def iou(self, who: str) -> list[float]:
        """(K,) IoU of 'student' or 'teacher', nan for absent classes."""
        return iou_per_class(getattr(self, who)).tolist()


@torch.no_grad()
def judge(model: Any, dataset: Any) -> Judged:
    """Judge both on every keyframe.

    Args:
        model (RelationalDistiller): The trained distiller.
        dataset (Any): Labelled keyframes with images and pairs.
    """
    meta = dataset.metainfo
    count, ignored = len(meta['classes']), meta['ignore_index']
    structure = StructureMetric()
    structure.dataset_meta = meta
    sums = dict(
        student=torch.zeros(count, count, dtype=torch.int64),
        teacher=torch.zeros(count, count, dtype=torch.int64))
    for index in track(range(len(dataset))):
        sample = dataset[index]
        label = sample['data_samples'].gt_pts_seg.pts_semantic_mask.long()
        data = model.data_preprocessor(pseudo_collate([sample]), False)
        found, = model(**data, mode='predict')
        taught = model.zero_shot_head(found.pair_features.teacher).argmax(1)
        at_pairs = label[found.pairs.point.cpu()]
        sums['student'] += confusion_matrix(
            found.pred_pts_seg.pts_semantic_mask.cpu(), label, count, ignored)
        sums['teacher'] += confusion_matrix(taught.cpu(), at_pairs, count,
                                            ignored)
        structure.process({}, [found.to_dict()])
    return Judged(**sums, structure=structure.evaluate(len(dataset)))
