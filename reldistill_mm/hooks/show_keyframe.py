"""Show what a model makes of one keyframe, at each validation."""
import copy
from collections.abc import Sequence
from typing import Any

import torch
from mmdet3d.registry import HOOKS
from mmdet3d.structures import Det3DDataSample
from mmengine.dataset import Compose, pseudo_collate
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..cli.pipeline_errors import missing_steps
from ..cli.said import said
from ..datasets.backend import BACKEND, fill_backend_args
from ..datasets.seeded import random_numbers_of
from ..errors import BadInput, MissingInput
from ..functional import structure_measures
from ..io.fit_state import unwrap
from ..models import RelationalDistiller
from ..teacher_cache.keyframes import unwrapped
from ..teacher_cache.root import config_of
from ..visualization import (COLOURS_NOTE, common_colours, draw_birds_eye,
                             figure_pixels, seen_colours)
from .draw_segmentation import batch_clouds, draw_labels
from .watch import steps_done

# Enough to measure structure, whose cost grows with the square.
_ROWS = 4000
# As many pairs have principal components.
_FEWEST = 3


@HOOKS.register_module()
class ShowKeyframeHook(Hook):
    """Two pictures of the first validation keyframe, at each validation.

    They go to every backend of the runner's visualizer; the local one writes
    them into ``vis_data/vis_image``. ``val_labels``, of a model that labels
    points: prediction and labels, if there are any, from above.
    ``val_features``, of a distiller: features of teacher and student where a
    camera sees the point, in the colours of the teacher's principal
    components. The structure of these features is logged with the validation
    (``keyframe_uniformity``..., tolerance if there are labels).

    A validation that reads no images has them read for this keyframe; where
    there are none, or the teacher is known by its files alone, a warning says
    so once, and there is no picture of features.

    Args:
        interval (int): Validations from one drawing to the next, the first
            being drawn; 0 draws nothing. Defaults to 1.

    Raises:
        BadInput: A negative interval.
    """

    def __init__(self, interval: int = 1) -> None:
        if interval < 0:
            raise BadInput('ShowKeyframeHook needs an interval of 0 (no '
                           f'pictures) or more, got {interval}.')
        self.interval = interval
        self._validations = 0
        self._without_images = False

    def after_val_iter(self,
                       runner: Runner,
                       batch_idx: int,
                       data_batch: Any = None,
                       outputs: Sequence | None = None) -> None:
        """Draw the first sample of the first batch of rank 0."""
        if batch_idx or not self.interval or not is_main_process():
            return
        due = self._validations % self.interval == 0
        self._validations += 1
        if not due or not outputs:
            return
        sample, points = outputs[0], batch_clouds(data_batch)[0]
        if 'pred_pts_seg' in sample:
            figure = draw_labels(sample, points,
                                 runner.val_dataloader.dataset.metainfo)
            _show(runner, 'val_labels', figure)
        self._show_features(runner, sample, points)

    def _show_features(self, runner: Runner, sample: Det3DDataSample,
                       points: torch.Tensor) -> None:
        if 'pair_features' not in sample:
            model = unwrap(runner.model)
            if (not isinstance(model, RelationalDistiller)
                    or self._without_images):
                return
            try:
                sample, points = predict_with_images(runner, model)
            except (BadInput, MissingInput) as error:
                self._without_images = True
                runner.logger.warning(
                    'There is no picture of the features at validation: '
                    f'{said(error)}')
                return
        if len(sample.pairs) < _FEWEST:
            return
        _show(runner, 'val_features', draw_pair_features(sample, points))
        classes = runner.val_dataloader.dataset.metainfo['classes']
        for name, value in measure(sample, len(classes)).items():
            runner.message_hub.update_scalar(f'val/keyframe_{name}', value)


@torch.no_grad()
def predict_with_images(
        runner: Runner,
        model: RelationalDistiller) -> tuple[Det3DDataSample, torch.Tensor]:
    """Run a distiller on the first validation keyframe with its images.

    Args:
        runner (Runner): Its config has a ``paired_pipeline``.
        model (RelationalDistiller): Its model.

    Returns:
        tuple[Det3DDataSample, Tensor]: With ``pairs`` and ``pair_features``;
        the cloud (N, C).

    Raises:
        BadInput, MissingInput: The keyframe cannot be read with images, or
            the teacher has no network for them.
    """
    dataset = copy.copy(next(unwrapped(runner.val_dataloader.dataset)))
    cfg = config_of(runner.cfg, dataset)
    steps = copy.deepcopy(cfg.get('paired_pipeline'))
    if not steps:
        raise BadInput('the config names no paired_pipeline.')
    fill_backend_args(steps, cfg.get(BACKEND))
    dataset.pipeline = Compose(steps)
    with missing_steps(), random_numbers_of((runner.seed, )):
        data = dataset[0]
    found, = model.val_step(pseudo_collate([data]))
    return found, data['inputs']['points']


def draw_pair_features(sample: Det3DDataSample, points: torch.Tensor) -> Any:
    """Draw the features of teacher and student from above.

    Args:
        sample (Det3DDataSample): ``pairs`` and ``pair_features``.
        points (Tensor): (N, C) x, y in metres first.

    Returns:
        Figure: See :func:`draw_birds_eye`.
    """
    point, features = sample.pairs.point, sample.pair_features
    colours = common_colours(features.teacher, features.student)
    panels = {
        title: seen_colours(len(points), point, each)
        for title, each in zip(("teacher's features",
                                "student's features"), colours)
    }
    return draw_birds_eye(
        panels, points[:, :2].cpu().numpy(), note=COLOURS_NOTE)


def measure(sample: Det3DDataSample, num_classes: int) -> dict[str, float]:
    """Measure the structure of a keyframe's features.

    Args:
        sample (Det3DDataSample): ``pairs``, ``pair_features`` and, with
            labels, ``eval_ann_info``.
        num_classes (int): K; other labels do not count.

    Returns:
        dict[str, float]: See :func:`.structure_measures`, of 4000 to 8000
        pairs, evenly taken, where there are more.
    """
    # Neighbouring pairs say nearly the same.
    some = slice(None, None, max(len(sample.pairs) // _ROWS, 1))
    features = sample.pair_features[some]
    truth = (sample.get('eval_ann_info') or {}).get('pts_semantic_mask')
    labels = None
    if truth is not None:
        labels = torch.as_tensor(truth)[sample.pairs.point[some].cpu()]
        labels = labels.to(features.student.device)
    return structure_measures(features.student, features.teacher, labels,
                              num_classes, _ROWS)


def _show(runner: Runner, name: str, figure: Any) -> None:
    runner.visualizer.add_image(name, figure_pixels(figure), steps_done())
