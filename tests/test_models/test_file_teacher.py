"""A teacher that a script of one's own has asked, from files to a step."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

import reldistill_mm
from reldistill_mm.apis import (cache_teacher, distillation_config,
                                evaluate_teacher)
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.models import FileTeacher
from reldistill_mm.models.teachers.file_teacher import give_script
from reldistill_mm.teacher_cache import read_manifest
from reldistill_mm.teacher_cache.cache_key import check_config

TEACHER = dict(_delete_=True, type='FileTeacher', name='colours', embed_dim=16)


def colours(images, image, uv):
    """The pixel's own colour, and its place, as features."""
    assert images.dtype == torch.float32 and images.max() > 1
    column, row = uv.round().long().T
    colour = images[image, :,
                    row.clamp(max=images.shape[2] - 1),
                    column.clamp(max=images.shape[3] - 1)]
    return torch.cat([colour, uv, torch.ones(len(uv), 11)], 1)


@pytest.fixture
def config(small_options, tmp_path):
    """A child of the cached recipe, as a user would write it."""
    base = reldistill_mm.config_path('reldistill_nus_cached.py')
    cfg = Config.fromfile(base)
    cfg.merge_from_dict({
        name: value
        for name, value in small_options.items()
        if '.teacher.' not in name and 'train_pipeline' not in name
    })
    cfg.merge_from_dict(
        dict(
            model=dict(
                teacher=dict(TEACHER),
                zero_shot_head=None,
                data_preprocessor=dict(mean=[0.] * 3, std=[1.] * 3)),
            teacher_cache_root=str(tmp_path / 'cache')))
    path = tmp_path / 'config.py'
    cfg.dump(path)
    return str(path)


def test_a_script_writes_and_a_student_learns(config, tmp_path, mmdet3d_scope):
    root, report = cache_teacher(
        config, 'python my_script.py', workers=0, encode=colours)
    assert sum(report.outcomes.values()) == report.outcomes['built'] > 0
    cfg = distillation_config(config)
    cfg.merge_from_dict(
        {'train_dataloader.dataset.pipeline': cfg.cached_pipeline})
    for step in cfg.cached_pipeline:
        if step['type'] == 'LoadCachedPairs':
            step['root'] = str(root)
    dataset = DATASETS.build(
        dict(cfg.train_dataloader.dataset, pipeline=cfg.cached_pipeline))
    model = MODELS.build(cfg.model)
    data = model.data_preprocessor(pseudo_collate([dataset[0]]), True)
    features = data['data_samples'][0].pairs.features
    torch.testing.assert_close(
        features.float().norm(dim=1), torch.ones(len(features)), atol=1e-3,
        rtol=0)  # yapf: disable
    losses = model(**data, mode='loss')
    assert all(loss.isfinite() for loss in losses.values())
    # Again: nothing is left to do, and no script is asked.
    assert cache_teacher(
        config, 'python my_script.py', workers=0)[1].outcomes == {
            'kept': len(dataset)
        }
    cfg.model.teacher.name = 'other'
    with pytest.raises(BadInput, match='stale.*colours.*other'):
        check_config(cfg, read_manifest(root), str(root))


def test_without_its_script_it_has_no_network(config):
    with pytest.raises(BadInput, match="'colours'.*no network.*LoadCached"):
        cache_teacher(config, 'python my_script.py', workers=0)


def test_shapes_and_other_teachers_are_refused(config, small_options,
                                               clip_weights, tmp_path,
                                               mmdet3d_scope):
    with pytest.raises(BadInput, match=r'shape \(\d+, 3\).*16\)'):
        cache_teacher(
            config,
            'python my_script.py',
            workers=0,
            encode=lambda images, image, uv: torch.ones(len(uv), 3))
    with pytest.raises(BadInput, match='Only a FileTeacher'):
        cache_teacher(
            reldistill_mm.config_path('reldistill_nus_cached.py'),
            'python my_script.py',
            tmp_path / 'other',
            workers=0,
            options={
                **small_options, 'model.teacher.pretrained': clip_weights
            },
            encode=colours)


@pytest.mark.parametrize('returned, message', [
    (lambda count: None, 'returned NoneType, not a tensor'),
    (lambda count: [torch.ones(16)] * 3 + ['x'], 'returned list, not'),
    (lambda count: torch.ones(16, count), r'shape \(16, 3\)'),
    (lambda count: torch.ones(count, 16, dtype=torch.complex64), 'complex64'),
    (lambda count: torch.eye(count, 16) * torch.arange(count)[:, None],
     'zeros for 1 of 3 pixels'),
])  # yapf: disable
def test_what_a_script_may_not_return(returned, message):
    teacher = FileTeacher('a', 16)
    give_script(teacher, lambda images, image, uv: returned(len(image)))
    with pytest.raises(
            BadInput, match=f"script of the teacher 'a'.*{message}"):
        teacher.features_at(
            torch.zeros(1, 3, 4, 4),
            torch.zeros(3).long(), torch.zeros(3, 2))


def test_arrays_of_a_script_are_taken():
    teacher = FileTeacher('a', 2)
    give_script(teacher, lambda images, image, uv: np.array([[3, 4], [0, 2]]))
    found = teacher.features_at(
        torch.zeros(1, 3, 4, 4),
        torch.zeros(2).long(), torch.zeros(2, 2))
    torch.testing.assert_close(found, torch.tensor([[.6, .8], [0., 1.]]))


@pytest.mark.parametrize('given', [('', 16), ('a', 0), ('a', 16, 0)])
def test_numbers_and_names_that_cannot_be(given):
    with pytest.raises(BadInput, match='give it a name, and positive'):
        FileTeacher(*given)
    with pytest.raises(BadInput, match='not a function'):
        give_script(FileTeacher('a', 16), 'encode.py')


def test_words_are_those_of_another_teacher(tiny_clip):
    text = dict(type='OpenCLIPTeacher', model=tiny_clip, pretrained='random')
    teacher = FileTeacher('openseg', 16, text_teacher=text)
    words = teacher.encode_words(['car', 'tree'], ['a {}'])
    assert words.shape == (2, 16)
    with pytest.raises(BadInput, match='embed_dim=8.*16 dimensions'):
        FileTeacher('openseg', 8, text_teacher=text)
    with pytest.raises(BadInput, match="'openseg'.*no words"):
        FileTeacher('openseg', 16).encode_words(['car'], ['a {}'])


def test_words_decide_no_feature_of_a_cache(tiny_clip, clip_weights):
    cfg = dict(type='FileTeacher', name='openseg', embed_dim=16)
    text = dict(
        type='OpenCLIPTeacher',
        model=tiny_clip,
        pretrained=clip_weights,
        quick_gelu=False)
    whole = dict(cfg, text_teacher=text)
    assert FileTeacher.identity(cfg) == FileTeacher.identity(whole)
    assert FileTeacher.space(cfg) != FileTeacher.space(whole)
    other = dict(cfg, text_teacher=dict(text, dense='nacl'))
    assert FileTeacher.space(whole) == FileTeacher.space(other)


def test_a_script_that_asks_for_the_paths(config, mmdet3d_scope):
    seen = []

    def by_path(images, image, uv, paths):
        seen.append(paths)
        assert len(paths) == len(images)
        return colours(images, image, uv)

    _, report = cache_teacher(
        config, 'python my_script.py', workers=0, encode=by_path)
    assert len(seen) == report.outcomes['built']
    assert len(set(seen[0])) == len(seen[0]) and seen[0] != seen[1]
    assert all(Path(path).is_file() for path in seen[0])


def test_its_cache_is_judged(config, tmp_path, mmdet3d_scope):
    """There is nothing else to judge it by, and no script is asked."""
    cache_teacher(config, 'python my_script.py', workers=0, encode=colours)
    figures = evaluate_teacher(distillation_config(config), 'train')
    assert figures['pairs'] > 0 and 0 < figures['uniformity'] < 4
    assert 'miou' not in figures and 'seconds' not in figures
    next((tmp_path / 'cache').glob('*.safetensors')).unlink()
    with pytest.raises(MissingInput, match='lacks 1 of .* keyframes'):
        evaluate_teacher(distillation_config(config), 'train')
