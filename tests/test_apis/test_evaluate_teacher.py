"""Teachers of configs on either split, the configs as they were."""
import copy
import math

import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS

from reldistill_mm.apis import (cache_teacher, distillation_config,
                                evaluate_teacher, evaluate_teachers,
                                teacher_at_pairs, teacher_labels,
                                teacher_table)
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.functional import (confusion_matrix, iou_per_class,
                                      summarise, tolerance, uniformity)


@pytest.mark.parametrize('split', ['train', 'val'])
def test_equals_what_is_computed_by_hand(split, trained):
    cfg = distillation_config(trained.cfg.filename)
    before = copy.deepcopy(cfg.to_dict())
    figures = evaluate_teacher(cfg, split)
    assert cfg.to_dict() == before
    options = cfg[f'{split}_dataloader'].dataset
    options.pipeline = cfg.paired_pipeline
    dataset, model = DATASETS.build(options), MODELS.build(cfg.model).eval()
    parts = []
    for sample in dataset:
        found = teacher_labels(model, sample)
        truth = sample['data_samples'].gt_pts_seg.pts_semantic_mask
        parts.append(
            (found['features'], found['label'], truth[found['point']].long()))
    features, label, truth = (torch.cat(each) for each in zip(*parts))
    total = confusion_matrix(label, truth, 16,
                             dataset.metainfo['ignore_index'])
    expected = summarise(total)
    expected.update(
        zip(dataset.metainfo['classes'],
            iou_per_class(total).tolist()))
    for name, value in expected.items():
        assert figures[name] == pytest.approx(value, nan_ok=True)
    assert figures['pairs'] == int(total.sum()) > 0
    # Fewer than 5000 per class: all of them.
    known = truth < 16
    assert figures['uniformity'] == pytest.approx(
        float(uniformity(features[known])), rel=1e-5)
    assert figures['tolerance'] == pytest.approx(
        float(tolerance(features[known], truth[known], 16).overall), rel=1e-5)
    assert figures['seconds'] > 0


def test_several_teachers_in_one_table(trained):
    found = evaluate_teachers([trained.cfg.filename],
                              vary=('model.teacher.dense',
                                    ['maskclip', 'nacl']))
    assert list(found) == ['config, dense=maskclip', 'config, dense=nacl']
    first, second = found.values()
    assert first['pairs'] == second['pairs']
    assert first['uniformity'] != second['uniformity']
    table = teacher_table(found)
    assert 'dense=nacl' in table and f'{second["miou"]:.4f}' in table
    with pytest.raises(BadInput, match='dense names no values'):
        evaluate_teachers([trained.cfg.filename],
                          vary=('model.teacher.dense', []))
    with pytest.raises(BadInput, match='layers changes nothing that a teach'):
        evaluate_teachers([trained.cfg.filename],
                          vary=('model.projector.layers', [1, 3]))
    with pytest.raises(BadInput, match="Two teachers.*'config'"):
        evaluate_teachers([trained.cfg.filename] * 2)


def test_without_a_labelled_pair_there_is_nothing_to_judge_by(
        trained, monkeypatch):
    labels = teacher_at_pairs._labels
    monkeypatch.setattr(teacher_at_pairs, '_labels',
                        lambda sample: torch.full_like(labels(sample), 16))
    with pytest.raises(BadInput, match='No pair of the .* has a label of the'):
        evaluate_teachers([trained.cfg.filename])


def test_a_teacher_without_words_has_a_structure(trained):
    found = evaluate_teachers([trained.cfg.filename],
                              {'model.zero_shot_head': None})
    values, = found.values()
    assert 'miou' not in values
    assert math.isfinite(values['uniformity'] + values['tolerance'])
    assert 'no words' in teacher_table({**found, 'other': values})


def test_features_from_the_cache(trained, tmp_path):
    """They were kept in half precision."""
    path, root = trained.cfg.filename, tmp_path / 'cache'
    cache_teacher(path, 'python x.py', out=root, split='val', workers=0)
    options = dict(teacher_cache_root=str(root))
    live, = evaluate_teachers([path]).values()
    cached, = evaluate_teachers([path], options, cached=True).values()
    seconds = live.pop('seconds')
    assert cached == pytest.approx(live, abs=.01, nan_ok=True)
    assert 'cached' in teacher_table({
        'live': dict(live, seconds=seconds),
        'kept': cached
    })
    with pytest.raises(BadInput, match='stale'):
        evaluate_teachers([path],
                          dict(options, **{'model.teacher.dense': 'nacl'}),
                          cached=True)
    with pytest.raises(BadInput, match='names no cache to read.*cfg-options'):
        evaluate_teachers([path], dict(teacher_cache_root=None), cached=True)
    next(root.glob('*.safetensors')).unlink()
    with pytest.raises(MissingInput, match='lacks 1 of .* keyframes'):
        evaluate_teachers([path], options, cached=True)
    with pytest.raises(BadInput, match='has no cached_paired_pipeline, which'):
        cfg = distillation_config(path)
        cfg.pop('cached_paired_pipeline')
        evaluate_teacher(cfg, cached=True)
