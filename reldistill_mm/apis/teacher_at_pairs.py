"""Measure how well the teacher labels the pixels that points fall on."""

import torch
from mmengine.dataset import BaseDataset, pseudo_collate
from torch import Tensor

from ..cli.pipeline_errors import missing_steps
from ..cli.progress import track
from ..errors import BadInput
from ..functional import confusion_matrix, iou_per_class, summarise
from ..models.segmentors.relational_distiller import RelationalDistiller


@torch.no_grad()
def teacher_labels(model: RelationalDistiller, sample: dict) -> dict:
    """The teacher's zero-shot label of every pair of one packed sample.

    Args:
        model (RelationalDistiller): Its teacher, words and preprocessing.
        sample (dict): What the dataset returns, with images and pairs.

    Returns:
        dict: ``point`` (P,), ``camera`` (P,), ``uv`` (P, 2), ``features``
        (P, D) unit rows, ``label`` (P,) and ``images`` (V, 3, H, W) uint8.

    Raises:
        BadInput: A model without words.
    """
    if model.zero_shot_head is None:
        raise BadInput(
            f'{type(model.teacher).__name__} has no words to label pixels '
            'with (zero_shot_head=None): only a TextTeacher with a '
            'zero_shot_head can be evaluated. StructureMetric compares '
            'features without words.')
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    images, pairs = data['inputs']['imgs'][0], data['data_samples'][0].pairs
    model.teacher.require_size(images.shape[-2:])
    features = model.teacher.features_at(images, pairs.camera, pairs.uv)
    model.prepare_words()
    return dict(
        point=pairs.point,
        camera=pairs.camera,
        uv=pairs.uv,
        features=features,
        label=model.zero_shot_head(features).argmax(1),
        images=sample['inputs']['img'])


def teacher_iou(model: RelationalDistiller,
                dataset: BaseDataset) -> dict[str, float]:
    """Teacher mIoU over all point-pixel pairs of a labelled dataset.

    The ceiling of what distillation can teach on visible points.

    Args:
        model (RelationalDistiller): See :func:`teacher_labels`.
        dataset (BaseDataset): Labelled samples with images and pairs.

    Returns:
        dict[str, float]: Values of :func:`reldistill_mm.functional.summarise`,
        each class's IoU, and ``pairs``.

    Raises:
        BadInput: A sample without labels.
    """
    meta = dataset.metainfo
    num_classes = len(meta['classes'])
    total: Tensor = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for index in track(range(len(dataset))):
        with missing_steps():
            sample = dataset[index]
        truth = sample['data_samples'].gt_pts_seg
        if 'pts_semantic_mask' not in truth:
            raise BadInput(
                'The teacher can only be judged on labelled keyframes; '
                f"'{sample['data_samples'].lidar_path}' has none.")
        found = teacher_labels(model, sample)
        label = truth.pts_semantic_mask[found['point'].cpu()]
        total += confusion_matrix(found['label'].cpu(), label, num_classes,
                                  meta['ignore_index'])
    figures = summarise(total)
    figures.update(zip(meta['classes'], iou_per_class(total).tolist()))
    figures['pairs'] = int(total.sum())
    return figures
