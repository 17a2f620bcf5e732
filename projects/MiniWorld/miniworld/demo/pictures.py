"""Draw the demo's pictures of a held-out keyframe and the training."""
import traceback
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from PIL import Image
from torch import nn
from torch.utils.data import Dataset

from reldistill_mm.apis import teacher_labels
from reldistill_mm.functional import PointPixelPairs, unit_rows
from reldistill_mm.io.checkpoint import load_weights
from reldistill_mm.io.files import atomic_path
from reldistill_mm.visualization import (COLOURS_NOTE, camera_grid,
                                         class_legend, common_colours,
                                         depth_scale, draw_birds_eye,
                                         draw_curves, error_colours,
                                         label_colours, paint_pairs,
                                         seen_colours, with_strips)


def draw_all(cfg: Config,
             work_dir: Path,
             out: Path,
             frame: 'KeyFrame | None' = None) -> dict[str, str]:
    """Draw every picture; one that fails does not stop the others.

    Args:
        cfg (Config): The demo's config.
        work_dir (Path): Work dir of the training, with ``last_checkpoint``.
        out (Path): Folder for the pictures.
        frame (KeyFrame, optional): The keyframe, which may be used again.

    Returns:
        dict[str, str]: Name of each picture (cameras with pairs, cameras
        with the teacher's labels, the scan from above, features as colours,
        curves) to what went wrong, empty where it was drawn. The traceback
        has been printed.
    """
    frame = frame or KeyFrame(cfg, work_dir)
    draw: dict[str, Callable[[Path], None]] = {
        'cameras_pairs.png': frame.paint_pairs,
        'cameras_teacher_labels.png': frame.draw_teacher_labels,
        'birds_eye.png': frame.draw_labels,
        'features.png': frame.draw_features,
        'curves.png':
        lambda path: draw_curves(work_dir).savefig(path, dpi=100)
    }
    return {name: try_drawing(draw[name], out / name) for name in draw}


def try_drawing(draw: Callable[[Path], None], path: Path) -> str:
    """Draw; print what goes wrong, and return it in a line."""
    # A picture of an earlier run would pass as this one's.
    path.unlink(missing_ok=True)
    try:
        with atomic_path(path) as fresh:
            draw(fresh)
    except Exception as error:
        traceback.print_exc()
        return f'{type(error).__name__}: {error}'
    return ''


class KeyFrame:
    """One held-out keyframe, loaded when the first picture needs it."""

    def __init__(self, cfg: Config, work_dir: Path) -> None:
        self.cfg, self.work_dir = cfg, work_dir

    @cached_property
    def dataset(self) -> Dataset:
        """The val scenes with images and pairs."""
        init_default_scope('mmdet3d')
        options = self.cfg.val_dataloader.dataset
        options.pipeline = self.cfg.paired_pipeline
        return DATASETS.build(options)

    @cached_property
    def sample(self) -> dict:
        """The keyframe, packed."""
        return self.dataset[len(self.dataset) // 2]

    @cached_property
    def model(self) -> nn.Module:
        """The trained distiller."""
        init_default_scope('mmdet3d')
        model = MODELS.build(self.cfg.model).eval()
        load_weights(model,
                     (self.work_dir / 'last_checkpoint').read_text().strip())
        return model

    @cached_property
    def teacher(self) -> dict:
        """See :func:`teacher_labels`."""
        return teacher_labels(self.model, self.sample)

    @cached_property
    def student(self) -> dict:
        """See :func:`predict`."""
        return predict(self.model, self.sample)

    @property
    def palette(self) -> np.ndarray:
        """(K, 3) colours of the classes."""
        return np.array(self.dataset.metainfo['palette'])

    def paint_pairs(self, path: Path) -> None:
        """Paint every pair in six cameras, coloured by depth."""
        self._draw_cameras(path, None,
                           'Points that each camera sees, by their distance',
                           depth_scale)

    def draw_teacher_labels(self, path: Path) -> None:
        """Paint the pairs, coloured by the teacher's labels."""
        labels = self.teacher['label'].numpy()
        seen = np.unique(labels)
        names = [self.dataset.metainfo['classes'][k] for k in seen]
        self._draw_cameras(
            path, label_colours(labels, self.palette),
            'What the teacher (CLIP) takes each pixel for, at the points',
            partial(class_legend, classes=names, palette=self.palette[seen]))

    def _draw_cameras(self, path: Path, colours: np.ndarray | None, title: str,
                      legend: Callable[[int], Image.Image]) -> None:
        teacher = self.teacher
        images = teacher['images'].permute(0, 2, 3, 1).numpy()
        depth = self.sample['data_samples'].pairs.depth.numpy()
        pairs = PointPixelPairs(teacher['point'].numpy(),
                                teacher['camera'].numpy(),
                                teacher['uv'].numpy(), depth)
        names = list(self.dataset.get_data_info(0)['images'])
        pictures = paint_pairs(list(images), pairs, colours, radius=2)
        grid = camera_grid(pictures, names)
        with_strips(grid, title, legend(grid.width)).save(path)

    def draw_labels(self, path: Path) -> None:
        """Draw ground truth, prediction and errors from above."""
        found, palette = self.student['label'], self.palette
        truth = self.sample['data_samples'].gt_pts_seg.pts_semantic_mask
        truth = truth.numpy()
        panels = {
            'ground truth':
            label_colours(truth, palette),
            'student, zero-shot':
            label_colours(found, palette),
            'student: right (blue), wrong (orange)':
            error_colours(found, truth, len(palette))
        }
        figure = draw_birds_eye(
            panels,
            self._xy(),
            classes=self.dataset.metainfo['classes'],
            palette=palette)
        figure.savefig(path, dpi=100)

    def draw_features(self, path: Path) -> None:
        """Draw teacher and student features of the points in one colouring."""
        teacher, student = self.teacher, self.student
        taught, learned = common_colours(teacher['features'],
                                         student['features'])
        panels = {
            'teacher features at the pairs':
            seen_colours(len(learned), teacher['point'], taught),
            'student features, every point':
            learned.numpy()
        }
        draw_birds_eye(
            panels, self._xy(), note=COLOURS_NOTE).savefig(
                path, dpi=100)

    def _xy(self) -> np.ndarray:
        """(N, 2) metres."""
        return self.sample['inputs']['points'][:, :2].numpy()


@torch.no_grad()
def predict(model, sample: dict) -> dict:
    """Predict labels (N,) and features (N, D) of one sample's points."""
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    result = model(**data, mode='predict')[0]
    features = model(**data, mode='tensor')
    return dict(
        label=result.pred_pts_seg.pts_semantic_mask.numpy(),
        features=unit_rows(features)[result.point2voxel_map])
