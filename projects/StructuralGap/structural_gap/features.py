"""Compute features of the teacher and all students at the same points."""
from typing import NamedTuple

import numpy as np
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import Tensor

from reldistill_mm.apis import teacher_labels
from reldistill_mm.functional import balanced_rows, unit_rows

TEACHER = 'teacher'


class Sample(NamedTuple):
    """Class-balanced pairs of several keyframes, and one whole keyframe.

    Attributes:
        features: Name to (M, D) unit rows; the teacher's first.
        label: (M,) int64.
        xy: (N, 2) metres, points of the keyframe.
        seen: (P,) int64, its points that have a pixel.
        seen_features: (P, D) features of the teacher.
        point_features: Method to (N, D) features of all points.
        classes: K names.
        palette: (K, 3) uint8.
    """
    features: dict[str, Tensor]
    label: Tensor
    xy: np.ndarray
    seen: Tensor
    seen_features: Tensor
    point_features: dict[str, Tensor]
    classes: list[str]
    palette: np.ndarray


def sample_features(cfg: Config,
                    checkpoints: dict[str, str],
                    frames: int = 20,
                    per_class: int = 500) -> Sample:
    """Run teacher and students over keyframes spread over the test set.

    Args:
        cfg (Config): A distillation config; its test set is read by the
            ``paired_pipeline``, with images and labels.
        checkpoints (dict[str, str]): Method to path.
        frames (int): Number of keyframes. Defaults to 20.
        per_class (int): Pairs per class. Defaults to 500; the paper's 5000
            would hide each other in a picture.
    """
    init_default_scope('mmdet3d')
    dataset = DATASETS.build(
        dict(cfg.test_dataloader.dataset, pipeline=cfg.paired_pipeline))
    model = MODELS.build(cfg.model).to(get_device()).eval()
    chosen = np.linspace(0, len(dataset) - 1, min(frames, len(dataset)))
    samples = [dataset[round(index)] for index in chosen]
    taught = [teacher_labels(model, sample) for sample in samples]
    points = [found['point'].cpu() for found in taught]
    pixels = [found['features'].cpu() for found in taught]
    label = torch.cat([
        torch.as_tensor(s['data_samples'].gt_pts_seg.pts_semantic_mask)[p]
        for s, p in zip(samples, points)
    ]).long()
    label[label >= len(dataset.metainfo['classes'])] = -1
    rows = balanced_rows(label, per_class)
    features = {TEACHER: torch.cat(pixels)[rows]}
    middle, everywhere = len(samples) // 2, {}
    for method, path in checkpoints.items():
        load_checkpoint(model, path, map_location='cpu', strict=True)
        whole = [point_features(model, sample) for sample in samples]
        features[method] = torch.cat([w[p] for w, p in zip(whole, points)
                                      ])[rows]  # yapf: disable
        everywhere[method] = whole[middle]
    return Sample(features, label[rows],
                  samples[middle]['inputs']['points'][:, :2].numpy(),
                  points[middle], pixels[middle], everywhere,
                  list(dataset.metainfo['classes']),
                  np.array(dataset.metainfo['palette']))


@torch.no_grad()
def point_features(model, sample: dict) -> Tensor:
    """Compute unit rows (N, D) of a packed sample's points, on the CPU."""
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    rows = unit_rows(model(**data, mode='tensor'))
    return rows[data['data_samples'][0].point2voxel_map].cpu()
