"""A checkpoint is of one teacher's student, and says so."""
import json
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS

import reldistill_mm
from reldistill_mm.apis import export_zero_shot
from reldistill_mm.apis.load_segmentor import load_segmentor
from reldistill_mm.apis.words import embed_words
from reldistill_mm.errors import BadInput
from reldistill_mm.models.teachers.teacher_mark import (require_teacher,
                                                        teacher_mark)


@pytest.fixture
def other_weights(clip_weights, tmp_path):
    """Another teacher of the same width."""
    state = safetensors.torch.load_file(clip_weights)
    path = tmp_path / 'other.safetensors'
    safetensors.torch.save_file(
        {
            name: tensor + 0.01
            for name, tensor in state.items()
        }, str(path))
    return str(path)


@pytest.fixture
def teacher(tiny_clip, clip_weights):
    return dict(
        type='OpenCLIPTeacher', model=tiny_clip, pretrained=clip_weights)


@pytest.fixture
def config(small_options, teacher, tmp_path):
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.merge_from_dict({
        'model.teacher': {
            **teacher, 'text_dir': str(tmp_path / 'text')
        },
        'train_cfg.max_epochs': 1
    })
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.work_dir, cfg.launcher = str(tmp_path / 'work'), 'none'
    cfg.log_level, cfg.experiment_name = 'ERROR', tmp_path.name
    return cfg


def again(config, **changes):
    """The same run with changes, as another process would do it."""
    cfg = config.copy()
    cfg.merge_from_dict(changes)
    cfg.experiment_name += str(len(changes)) + '.'.join(changes)
    return cfg


@pytest.mark.slow
def test_saved_tested_resumed_and_exported(config, other_weights, tmp_path):
    RUNNERS.build(config).train()
    path = tmp_path / 'work/epoch_1.pth'
    mark = torch.load(path, weights_only=False)['meta']['teacher']
    assert mark['name'].startswith('OpenCLIPTeacher(model=tiny-test-vit.json')
    other = {'model.teacher.pretrained': other_weights}
    uses = {
        'load_from': dict(load_from=str(path)),
        'resume': dict(load_from=str(path), resume=True),
    }
    for use in uses.values():
        runner = RUNNERS.build(again(config, **use, **other))
        with pytest.raises(BadInput, match='student of the teacher .*weights'):
            runner.test()
        with pytest.raises(BadInput, match='other.safetensors'):
            runner.train()
    cfg = again(config, **other)
    with pytest.raises(BadInput, match='epoch_1.pth.*student of the teacher'):
        export_zero_shot(cfg, path, tmp_path / 'out')
    partly = again(config, allow_partial=True, load_from=str(path), **other)
    RUNNERS.build(partly).load_or_resume()
    # The same weights elsewhere are the same teacher.
    moved = shutil.copy(config.model.teacher.pretrained,
                        tmp_path / 'b.safetensors')
    moved = {'model.teacher.pretrained': str(moved)}
    cfg = again(config, load_from=str(path), **moved)
    assert 'miou' in RUNNERS.build(cfg).test()
    _, exported = export_zero_shot(cfg, path, tmp_path / 'out')
    assert torch.load(exported)['meta']['teacher'] == mark
    # Words that the export does not hold are those of its teacher.
    model = load_segmentor(tmp_path / 'out')
    assert len(embed_words(model, ['a cow'])) == 1
    model.cfg.text_teacher.pretrained = other_weights
    with pytest.raises(BadInput, match='text_teacher'):
        embed_words(model, ['a cow'])


def require(first, second):
    require_teacher(teacher_mark(first), second, 'a.pth')


def test_one_teacher_however_it_is_named(teacher, clip_weights, tmp_path,
                                         mmdet3d_scope):
    folder = tmp_path / 'clip'
    folder.mkdir()
    shutil.copy(clip_weights, folder / 'open_clip_model.safetensors')
    (folder / 'open_clip_config.json').write_text(
        json.dumps(
            dict(
                model_cfg=json.loads(Path(teacher['model']).read_text()),
                preprocess_cfg={})))
    for same in (dict(model=f'local-dir:{folder}',
                      pretrained=None), dict(quick_gelu=False),
                 dict(images_per_step=2), dict(text_dir=str(tmp_path))):
        require(teacher, {**teacher, **same})
    for mark in (None, 'a', {}, dict(space=3)):
        require_teacher(mark, teacher, 'a.pth')


def test_other_teachers(teacher, other_weights, mmdet3d_scope):
    for other in (dict(pretrained=other_weights), dict(quick_gelu=True),
                  dict(pretrained='random')):
        with pytest.raises(BadInput, match="'a.pth' holds a student"):
            require(teacher, {**teacher, **other})
    with pytest.raises(BadInput, match='ViT-B-16.*architecture'):
        require(
            teacher, {
                **teacher, 'model': 'ViT-B-16',
                'pretrained': 'openai',
                'quick_gelu': True
            })


def test_a_tag_and_a_file_cannot_be_compared(clip_weights, mmdet3d_scope,
                                             caplog):
    tag = dict(
        type='OpenCLIPTeacher',
        model='ViT-B-16',
        pretrained='laion2b_s34b_b88k')
    require(tag, dict(tag, pretrained='laion2b-s34b-b88k'))
    require(tag, dict(tag, pretrained=clip_weights, quick_gelu=False))
    with pytest.raises(BadInput, match='laion400m'):
        require(tag, dict(tag, pretrained='laion400m_e32'))
