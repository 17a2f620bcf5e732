"""Pictures of a test's labels, drawn without a window."""
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmdet3d.engine.hooks import Det3DVisualizationHook
from mmdet3d.registry import HOOKS
from mmdet3d.structures import Det3DDataSample
from mmengine.runner import Runner

from ..errors import BadInput
from ..io.files import atomic_path
from ..teacher_cache import frame_name
from ..visualization import draw_birds_eye, label_colours
from .without_words import has_words


@HOOKS.register_module()
class DrawSegmentationHook(Det3DVisualizationHook):
    """``--task lidar_seg --show-dir`` on machines without a screen.

    mmdet3d's own hook opens an OpenGL window even to write pictures, calls
    those of different sequences alike, and nests its folder at each step. This
    one draws each scan from above into
    ``WORK_DIR/TIMESTAMP/SHOW_DIR/NAME-SUM.png``: the prediction, and the
    labels where there are any. Other tasks and ``--show`` are mmdet3d's.

    Args:
        args, kwargs: Arguments of ``Det3DVisualizationHook``.

    Raises:
        BadInput: What was asked for needs a screen, and there is none; or
            the model has no words to give labels.
    """

    def before_test(self, runner: Runner) -> None:
        """Find before the test what could not be drawn."""
        drawn = self.vis_task == 'lidar_seg' and not self.show
        windows = self.show or self.vis_task in ('lidar_det',
                                                 'multi-modality_det')
        if self.draw and not drawn and windows and not has_screen():
            raise BadInput(
                f'--task {self.vis_task}{" --show" if self.show else ""} '
                'opens a window, and there is no screen ($DISPLAY is not '
                'set): write pictures by --task lidar_seg --show-dir DIR.')
        if self.draw and drawn and not has_words(runner):
            raise BadInput(
                '--show-dir draws labels, and the model has no words to give '
                'any (zero_shot_head=None): leave --show-dir out.')

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch: dict,
                       outputs: Sequence[Det3DDataSample]) -> None:
        """Leave validation of segmentation without pictures."""
        if self.vis_task != 'lidar_seg':
            super().after_val_iter(runner, batch_idx, data_batch, outputs)

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch: dict,
                        outputs: Sequence[Det3DDataSample]) -> None:
        """Draw the scans of a batch."""
        if self.vis_task != 'lidar_seg' or self.show:
            super().after_test_iter(runner, batch_idx, data_batch, outputs)
            return
        if not self.draw or self.test_out_dir is None:
            return
        dataset = runner.test_dataloader.dataset
        folder = Path(runner.work_dir, runner.timestamp, self.test_out_dir)
        clouds = batch_clouds(data_batch)
        for sample, points in zip(outputs, clouds):
            root = str(getattr(dataset, 'data_root', None) or '')
            info = dict(lidar_points=dict(lidar_path=sample.lidar_path))
            figure = draw_labels(sample, points, dataset.metainfo)
            with atomic_path(folder / f'{frame_name(info, root)}.png') as path:
                figure.savefig(path, dpi=120)


def has_screen() -> bool:
    """Whether a window can be opened."""
    return not sys.platform.startswith('linux') or any(
        os.environ.get(name) for name in ('DISPLAY', 'WAYLAND_DISPLAY'))


def batch_clouds(data_batch: dict) -> list[torch.Tensor]:
    """List the clouds (N, C) of a batch, as the model receives them.

    With test-time augmentation they are those of the first choice.
    """
    inputs: Any = data_batch['inputs']
    if isinstance(inputs, (list, tuple)):
        inputs = inputs[0]
    clouds = inputs['points']
    return list(clouds if isinstance(clouds[0], torch.Tensor) else clouds[0])


def draw_labels(sample: Det3DDataSample, points: torch.Tensor,
                metainfo: dict) -> Any:
    """Draw a scan's predicted labels and its own, if it has some.

    Args:
        sample (Det3DDataSample): ``pred_pts_seg`` and, with labels,
            ``eval_ann_info``.
        points (Tensor): (N, C) x, y in metres first.
        metainfo (dict): ``classes`` and ``palette``.

    Returns:
        Figure: See :func:`draw_birds_eye`.
    """
    xy = points[:, :2].cpu().numpy()
    palette = np.asarray(metainfo['palette'], np.uint8)
    found = sample.pred_pts_seg.pts_semantic_mask.cpu().numpy()
    labels = dict(prediction=found)
    truth = (sample.get('eval_ann_info') or {}).get('pts_semantic_mask')
    if truth is not None:
        labels['labels'] = np.asarray(truth)
    return draw_birds_eye(
        {
            name: label_colours(each, palette)
            for name, each in labels.items()
        },
        xy,
        classes=metainfo['classes'],
        palette=palette)
