"""The demo's pictures of one held-out key frame and of the training."""
from pathlib import Path
from typing import List

import numpy as np
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from ..evaluation import teacher_labels
from ..functional import PointPixelPairs, unit_rows
from ..utils.checkpoint import load_weights
from ..visualization import (camera_grid, colour_range, draw_birds_eye,
                             draw_curves, draw_pairs, error_colours,
                             feature_colours, label_colours, principal_axes)


def draw_all(cfg: Config, work_dir: Path, out: Path) -> List[Path]:
    """Draw every picture.

    Args:
        cfg (Config): The demo's config.
        work_dir (Path): Of the training, with ``last_checkpoint``.
        out (Path): Folder for the pictures.

    Returns:
        List[Path]: Cameras with pairs, cameras with the teacher's labels,
        the scan from above, features as colours, curves.
    """
    init_default_scope('mmdet3d')
    options = cfg.val_dataloader.dataset
    options.pipeline = cfg.paired_pipeline
    dataset = DATASETS.build(options)
    model = MODELS.build(cfg.model).eval()
    checkpoint = (work_dir / 'last_checkpoint').read_text().strip()
    load_weights(model, checkpoint)
    names = list(dataset.get_data_info(0)['images'])
    palette = np.array(dataset.metainfo['palette'])
    sample = dataset[len(dataset) // 2]
    teacher = teacher_labels(model, sample)
    student = predict(model, sample)
    paths = [
        _cameras(teacher, sample, names, out / 'cameras_pairs.png', None),
        _cameras(teacher, sample, names, out / 'cameras_teacher_labels.png',
                 label_colours(teacher['label'].numpy(), palette)),
        _labels(student, sample, dataset, palette, out / 'birds_eye.png'),
        _features(teacher, student, sample, out / 'features.png')
    ]
    path = out / 'curves.png'
    draw_curves(work_dir).savefig(path, dpi=100)
    return paths + [path]


@torch.no_grad()
def predict(model, sample: dict) -> dict:
    """Labels (N,) and projected features (N, D) of one sample's points."""
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    result = model(**data, mode='predict')[0]
    features = model(**data, mode='tensor')
    return dict(
        label=result.pred_pts_seg.pts_semantic_mask.numpy(),
        features=unit_rows(features)[result.point2voxel_map])


def _cameras(teacher: dict, sample: dict, names: List[str], path: Path,
             colours) -> Path:
    """Six cameras with every pair marked."""
    images = teacher['images'].permute(0, 2, 3, 1).numpy()
    depth = sample['data_samples'].pairs.depth.numpy()
    pairs = PointPixelPairs(teacher['point'].numpy(),
                            teacher['camera'].numpy(), teacher['uv'].numpy(),
                            depth)
    pictures = draw_pairs(list(images), pairs, colours, radius=1.2)
    camera_grid(pictures, names).save(path)
    return path


def _labels(student: dict, sample: dict, dataset, palette: np.ndarray,
            path: Path) -> Path:
    """Ground truth, prediction and errors from above."""
    truth = sample['data_samples'].gt_pts_seg.pts_semantic_mask.numpy()
    panels = {
        'ground truth': label_colours(truth, palette),
        'student, zero-shot': label_colours(student['label'], palette),
        'errors (red)': error_colours(student['label'], truth, len(palette))
    }
    xy = sample['inputs']['points'][:, :2].numpy()
    draw_birds_eye(
        panels, xy, classes=dataset.metainfo['classes'],
        palette=palette).savefig(
            path, dpi=100)
    return path


def _features(teacher: dict, student: dict, sample: dict, path: Path) -> Path:
    """Teacher and student features of the visible points, same colours."""
    mean, axes = principal_axes(teacher['features'])
    low, high = colour_range(teacher['features'], mean, axes)
    count = len(sample['inputs']['points'])
    taught = np.full((count, 3), 40, np.uint8)
    taught[teacher['point']] = feature_colours(teacher['features'], mean, axes,
                                               low, high).numpy()
    learned = feature_colours(student['features'], mean, axes, low, high)
    panels = {
        'teacher features at the pairs': taught,
        'student features, every point': learned.numpy()
    }
    xy = sample['inputs']['points'][:, :2].numpy()
    figure = draw_birds_eye(panels, xy)
    figure.savefig(path, dpi=100)
    return path
