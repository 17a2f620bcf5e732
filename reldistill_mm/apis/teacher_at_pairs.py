"""Measure how well the teacher labels the pixels that points fall on."""

import time
from statistics import median
from typing import Any

import torch
from mmengine.dataset import BaseDataset, pseudo_collate
from torch import Tensor

from ..cli.pipeline_errors import missing_steps
from ..cli.progress import track
from ..errors import BadInput
from ..evaluation.structure_metric import keep_lowest
from ..functional import (confusion_matrix, iou_per_class, summarise,
                          tolerance, uniformity, unit_rows)
from ..functional.finite_scores import finite_scores
from ..models.segmentors.distiller_parts import cached_features
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
            'with (zero_shot_head=None): it needs a TextTeacher and a '
            'zero_shot_head.')
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    images, pairs = data['inputs']['imgs'][0], data['data_samples'][0].pairs
    model.teacher.require_size(images.shape[-2:])
    features = model.teacher.features_at(images, pairs.camera, pairs.uv)
    model.prepare_words()
    scores = finite_scores(model.zero_shot_head(features), of_teacher=True)
    return dict(
        point=pairs.point,
        camera=pairs.camera,
        uv=pairs.uv,
        features=features,
        label=scores.argmax(1),
        images=sample['inputs']['img'])


@torch.no_grad()
def judge_teacher(model: RelationalDistiller,
                  dataset: BaseDataset,
                  per_class: int = 5000,
                  seed: int = 0) -> dict[str, float]:
    """Judge a teacher at all point-pixel pairs of a labelled dataset.

    Its mIoU is the ceiling of what distillation can teach on visible points;
    its uniformity and tolerance are those that the student should get.

    Args:
        model (RelationalDistiller): Its teacher, words and preprocessing.
        dataset (BaseDataset): Labelled samples with pairs, and with images or
            cached features.
        per_class (int): Pairs per class, drawn from the whole set, at which
            structure is measured. Defaults to 5000, as in the paper.
        seed (int): Seed for the draw. Defaults to 0.

    Returns:
        dict[str, float]: Where there are words, values of
        :func:`reldistill_mm.functional.summarise` and each class's IoU; for
        all teachers ``pairs``, ``uniformity``, ``tolerance`` and, where no
        cache is read, ``seconds``, the median time of the features of a
        keyframe.

    Raises:
        BadInput: A sample without labels, or no pair with one.
    """
    meta = dataset.metainfo
    num_classes = len(meta['classes'])
    total: Tensor = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    draws = torch.Generator().manual_seed(seed)
    kept: dict[str, Tensor] = {}
    seconds = []
    count = 0
    for index in track(range(len(dataset))):
        with missing_steps():
            sample = dataset[index]
        label = _labels(sample)
        pairs, features, spent = _timed_features(model, sample)
        if spent is not None:
            seconds.append(spent)
        label = label[pairs.point.cpu()].long()
        if model.zero_shot_head is not None:
            model.prepare_words()
            found = finite_scores(model.zero_shot_head(features)).argmax(1)
            total += confusion_matrix(found.cpu(), label, num_classes,
                                      meta['ignore_index'])
        rows = ((label >= 0) & (label < num_classes)).nonzero().flatten()
        count += len(rows)
        part = dict(
            label=label[rows],
            chance=torch.rand(len(rows), generator=draws),
            features=features.cpu()[rows])
        kept = keep_lowest([kept, part], per_class)
    if not count:
        raise BadInput(
            f'No pair of the {len(dataset)} keyframes has a label of the '
            f"dataset's {num_classes} classes: there is nothing to judge by. "
            'Give the split its labels and classes '
            '(train_dataloader.dataset.classes for --split train).')
    figures: dict[str, float] = {}
    if model.zero_shot_head is not None:
        figures.update(summarise(total))
        figures.update(zip(meta['classes'], iou_per_class(total).tolist()))
    rows, label = kept['features'], kept['label']
    figures.update(
        pairs=count,
        uniformity=float(uniformity(rows)),
        tolerance=float(tolerance(rows, label, num_classes).overall))
    if seconds:
        figures['seconds'] = median(seconds)
    return figures


def _timed_features(model: RelationalDistiller,
                    sample: dict) -> tuple[Any, Tensor, float | None]:
    """Return a sample's pairs, their features and the seconds they took.

    What a cache has took none.
    """
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    inputs, samples = data['inputs'], data['data_samples']
    pairs = samples[0].pairs
    if 'imgs' not in inputs:
        return pairs, unit_rows(cached_features(samples, slice(None))), None
    images = inputs['imgs'][0]
    model.teacher.require_size(images.shape[-2:])
    model.teacher.load()
    start = time.perf_counter()
    features = model.teacher.features_at(images, pairs.camera, pairs.uv)
    if features.is_cuda:
        torch.cuda.synchronize()
    return pairs, features, time.perf_counter() - start


def _labels(sample: dict) -> Tensor:
    truth = sample['data_samples'].gt_pts_seg
    if 'pts_semantic_mask' not in truth:
        raise BadInput('The teacher can only be judged on labelled keyframes; '
                       f"'{sample['data_samples'].lidar_path}' has none.")
    return truth.pts_semantic_mask
