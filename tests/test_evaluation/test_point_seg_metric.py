"""The streaming metric against mmdet3d's SegMetric, and what it refuses."""
import json

import numpy as np
import pytest
import torch
from mmdet3d.evaluation import SegMetric

from reldistill_mm.errors import BadInput
from reldistill_mm.evaluation import PointSegMetric
from reldistill_mm.evaluation.scene_counts import ScenesOfRank
from reldistill_mm.functional import summarise

CLASSES = ('a', 'b', 'c', 'd')
META = dict(
    classes=CLASSES, ignore_index=4, label2cat=dict(enumerate(CLASSES)))


def sample(prediction, label=None, visible=None, **more):
    truth = {}
    if label is not None:
        truth['pts_semantic_mask'] = np.asarray(label)
    if visible is not None:
        truth['camera_visible'] = np.asarray(visible)
    return dict(
        pred_pts_seg=dict(pts_semantic_mask=torch.as_tensor(prediction)),
        eval_ann_info=truth,
        **more)


def build(cls=PointSegMetric):
    metric = cls()
    metric.dataset_meta = META
    return metric


def random_samples(count=5, points=200):
    rng = np.random.default_rng(0)
    return [
        sample(
            rng.integers(0, 4, points), rng.integers(0, 5, points),
            rng.random(points) < 0.6) for _ in range(count)
    ]


def test_equals_mmdet3d_and_counts_visible_points():
    samples = random_samples()
    metric, upstream = build(), build(SegMetric)
    for item in samples:
        metric.process({}, [item])
        upstream.process({}, [item])
    found, expected = metric.evaluate(5), upstream.evaluate(5)
    for key in ('miou', 'acc', 'acc_cls', *CLASSES):
        assert found[key] == pytest.approx(expected[key])
    seen = build()
    for item in samples:
        mask = item['eval_ann_info']['camera_visible']
        seen.process({}, [
            sample(item['pred_pts_seg']['pts_semantic_mask'][mask],
                   item['eval_ann_info']['pts_semantic_mask'][mask])
        ])
    assert found['miou_visible'] == pytest.approx(seen.evaluate(5)['miou'])
    assert found['classes'] == found['classes_visible'] == 4


def test_an_ensembles_sources_on_the_same_points():
    """Two pixels are seen; the teacher is right at one of them."""
    metric = build()
    metric.process({}, [
        sample([0, 1, 2, 3], [0, 1, 2, 2],
               pred_sources=dict(
                   student=torch.tensor([1, 1, 2, 2]),
                   teacher=torch.tensor([0, -1, 3, -1])))
    ])
    found = metric.evaluate(1)
    assert found['acc'] == found['acc_student'] == .75
    assert found['acc_teacher'] == .5
    assert (found['acc_student_seen'], found['acc_both_seen']) == (.5, 1.)


def test_memory_is_two_matrices():
    metric = build()
    for item in random_samples(50):
        metric.process({}, [item])
    assert len(metric.results) == 1
    kept = sum(m.numel() for m in metric.results[0][1].values())
    assert kept == 2 * 4 * 4


def test_a_second_evaluation_starts_from_zero():
    metric = build()
    samples = random_samples()
    metric.process({}, samples)
    first = metric.evaluate(5)
    metric.process({}, samples)
    assert metric.evaluate(5) == first


def test_wrong_classes():
    metric = build()
    with pytest.raises(ValueError, match='3 classes.*dataset has 4'):
        metric.process({}, [sample([0], [0], pred_classes=['a', 'b', 'c'])])
    with pytest.raises(ValueError, match='in its order'):
        metric.process({},
                       [sample([0], [0], pred_classes=['b', 'a', 'c', 'd'])])
    scores = dict(pts_seg_logits=torch.zeros(5, 1))
    with pytest.raises(ValueError, match='5 outputs.*num_classes=4'):
        metric.process({}, [sample([0], [0], pts_seg_logits=scores)])
    with pytest.raises(ValueError, match='prediction of 4'):
        metric.process({}, [sample([4], [0])])


def test_without_labels():
    metric = build()
    metric.process({}, [sample([0, 1]), sample([2])])
    assert metric.evaluate(2) == dict(samples=2, labelled_samples=0)


def test_labels_that_are_all_ignored():
    """None would give an mIoU of NaN."""
    metric = build()
    metric.process({}, [sample([0, 1], [4, 4]), sample([2], [4])])
    with pytest.raises(BadInput, match='of the 2 labelled samples.*ignored'):
        metric.evaluate(2)


def test_scores_that_are_not_finite():
    scores = torch.zeros(4, 1)
    scores[2] = torch.nan
    with pytest.raises(BadInput, match='not finite.*earlier checkpoint'):
        build().process(
            {}, [sample([0], [0], pts_seg_logits=dict(pts_seg_logits=scores))])


def test_doubly_counted_samples_are_reported(monkeypatch):
    messages = []
    monkeypatch.setattr('reldistill_mm.evaluation.point_seg_metric.print_log',
                        lambda message, **kwargs: messages.append(message))
    metric = build()
    metric.process({}, random_samples(6))
    metric.evaluate(5)
    assert 'round_up=False' in messages[0]
    assert '4 of 4' in messages[1]


def test_the_matrices_of_the_scenes(tmp_path):
    """They add up to that of the set, and each is its keyframes' own."""
    path = tmp_path / 'scenes.json'
    metric = PointSegMetric(scene_file=str(path))
    metric.dataset_meta = META
    samples = random_samples(count=4)
    for number, item in enumerate(samples):
        item['scene_name'] = f'scene-{number % 2}'
    metric.process({}, samples)
    found = metric.evaluate(4)
    kept = json.loads(path.read_text())
    assert kept['classes'] == list(CLASSES)
    assert list(kept['scenes']) == ['scene-0', 'scene-1']
    matrices = torch.tensor(list(kept['scenes'].values()))
    assert summarise(matrices.sum(0))['miou'] == found['miou']
    alone = build()
    alone.process({}, samples[1::2])
    assert alone.evaluate(2)['miou'] == summarise(matrices[1])['miou']
    # A second test begins with nothing.
    metric.process({}, [dict(samples[0], scene_name='x')])
    metric.evaluate(1)
    assert list(json.loads(path.read_text())['scenes']) == ['x']


def test_the_folder_stands_for_a_scene_without_a_name():
    scenes = ScenesOfRank()
    for path in ('a/08/velodyne/0.bin', 'a/08/velodyne/1.bin', 'b/0.bin'):
        scenes.add(dict(lidar_path=path), torch.eye(2, dtype=torch.int64))
    assert {
        name: int(matrix.sum())
        for name, matrix in scenes.counts.items()
    } == {
        'a/08/velodyne': 4,
        'b': 2
    }
    with pytest.raises(BadInput, match='neither scene_name nor lidar_path'):
        scenes.add({}, torch.eye(2))
