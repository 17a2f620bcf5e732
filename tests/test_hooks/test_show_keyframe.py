"""Two pictures of a keyframe at each validation, of whatever model."""
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet3d.structures import Det3DDataSample
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.structures import InstanceData
from small_options import run_options

import reldistill_mm
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.functional import unit_rows
from reldistill_mm.hooks import ShowKeyframeHook, show_keyframe
from reldistill_mm.hooks.show_keyframe import draw_pair_features, measure
from reldistill_mm.visualization import figure_pixels

BOTH = ['val_features', 'val_labels']


def pictures(runner) -> list[str]:
    folder = Path(runner.log_dir, 'vis_data/vis_image')
    return sorted(path.stem.rpartition('_')[0] for path in folder.glob('*'))


def validated(cfg):
    runner = RUNNERS.build(cfg)
    runner.val()
    return runner


def test_a_distiller_with_words_in_batches(quick_config, monkeypatch):
    """The label picture shows the keyframe's own labels and prediction."""
    quick_config.val_dataloader.batch_size = 2
    drawn = []
    draw = show_keyframe.draw_labels
    monkeypatch.setattr(show_keyframe, 'draw_labels',
                        lambda *given: drawn.append(given) or draw(*given))
    runner = validated(quick_config)
    assert pictures(runner) == BOTH
    (sample, points, _), = drawn
    first = runner.val_dataloader.dataset[0]
    assert sample.lidar_path == first['data_samples'].lidar_path
    assert torch.equal(points, first['inputs']['points'])
    path = Path(runner.log_dir, 'vis_data/vis_image/val_labels_0.png')
    written = cv2.imread(str(path))[..., ::-1]
    np.testing.assert_array_equal(written, figure_pixels(draw(*drawn[0])))
    kept = {
        name.removeprefix('val/keyframe_')
        for name in runner.message_hub.log_scalars
        if name.startswith('val/keyframe_')
    }
    assert kept == {
        'uniformity', 'teacher_uniformity', 'tolerance', 'teacher_tolerance',
        'modality_gap', 'cka'
    }


def test_a_distiller_without_words(quick_config):
    """It is validated on images: nothing is read twice."""
    quick_config.model.zero_shot_head = None
    assert pictures(validated(quick_config)) == ['val_features']


def test_where_no_images_are(quick_config, monkeypatch):
    runner = RUNNERS.build(quick_config)
    said = []
    monkeypatch.setattr(runner.logger, 'warning', said.append)
    runner.cfg.paired_pipeline = None
    runner.val()
    runner.val()
    assert pictures(runner) == ['val_labels']
    assert sum('no picture of the features' in line for line in said) == 1

    def missing(*_):
        raise MissingInput("'front.jpg' does not exist.")

    monkeypatch.setattr(show_keyframe, 'predict_with_images', missing)
    quick_config.merge_from_dict(
        run_options(Path(quick_config.work_dir), 'again'))
    again = RUNNERS.build(quick_config)
    monkeypatch.setattr(again.logger, 'warning', said.append)
    again.val()
    assert pictures(again) == ['val_labels']
    assert any("features at validation: 'front.jpg' does" in line
               for line in said)


def test_a_model_of_mmdet3d(downstream_options, tmp_path):
    cfg = Config.fromfile(
        reldistill_mm.config_path('downstream/finetune_nus.py'))
    cfg.merge_from_dict({**downstream_options, **run_options(tmp_path)})
    cfg.val_dataloader.dataset.ann_file = 'infos.pkl'
    assert pictures(validated(cfg)) == ['val_labels']


def test_how_often(quick_config, monkeypatch):
    quick_config.default_hooks.pictures.interval = 2
    runner = RUNNERS.build(quick_config)
    names = []
    monkeypatch.setattr(runner.visualizer, 'add_image',
                        lambda name, *_: names.append(name))
    counts = []
    for _ in range(3):
        runner.val()
        counts.append(len(names))
    assert counts == [2, 2, 4]
    hook, = (
        each for each in runner.hooks if isinstance(each, ShowKeyframeHook))
    hook.interval = 0
    runner.val()
    hook.interval = 1
    monkeypatch.setattr(show_keyframe, 'is_main_process', lambda: False)
    runner.val()
    assert len(names) == 4
    with pytest.raises(BadInput, match='interval of 0'):
        ShowKeyframeHook(-1)


def test_the_features_picture():
    """Equal features have equal colours; what is not seen is dark."""
    point = torch.arange(0, 60, 2)
    rows = unit_rows(torch.randn(30, 8))
    sample = Det3DDataSample()
    sample.pairs = InstanceData(point=point)
    sample.pair_features = InstanceData(teacher=rows, student=rows.clone())
    figure = draw_pair_features(sample, torch.randn(60, 4))
    taught, learned = (
        axis.collections[0].get_facecolors()[:, :3] for axis in figure.axes)
    np.testing.assert_array_equal(taught, learned)
    assert len(np.unique(taught[::2], axis=0)) > 20
    assert len(np.unique(taught[1::2], axis=0)) == 1
    found = measure(sample, 3)
    assert found['cka'] == pytest.approx(1) and 'tolerance' not in found
    sample.eval_ann_info = dict(pts_semantic_mask=np.arange(60) % 4)
    # Of points 0, 2, 4... class 2, and class 0; label 3 does not occur.
    assert measure(sample, 3)['tolerance'] == measure(sample, 4)['tolerance']
