"""Words, weights and files are looked at before the first step."""
from pathlib import Path

import pytest
import safetensors.torch
import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from tiny_nuscenes import write_keyframes

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.models.teachers import OpenCLIPTeacher


@pytest.fixture
def config(small_options, clip_weights, tmp_path):
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.merge_from_dict({
        'model.teacher.pretrained': clip_weights,
        'train_cfg.max_epochs': 2,
        'train_cfg.val_interval': 1,
        'model.teacher.text_dir': str(tmp_path / 'text'),
    })
    cfg.work_dir = str(tmp_path / 'work')
    cfg.launcher = 'none'
    cfg.log_level = 'ERROR'
    cfg.experiment_name = tmp_path.name
    return cfg


def steps_of(runner, monkeypatch):
    """Counts training steps."""
    seen = []
    step = runner.model.train_step
    monkeypatch.setattr(runner.model, 'train_step',
                        lambda *a, **k: seen.append(1) or step(*a, **k))
    return seen


@pytest.mark.parametrize('buffers', [True, False])
def test_a_moving_average_with_validation(config, tmp_path, buffers):
    """Every buffer is there from the start: training goes on after it."""
    config.custom_hooks.append(
        dict(type='EMAHook', update_buffers=buffers, momentum=.5))
    runner = RUNNERS.build(config)
    runner.train()
    saved = torch.load(tmp_path / 'work/epoch_2.pth', weights_only=False)
    assert saved['meta']['epoch'] == 2
    names = {name.removeprefix('module.') for name in saved['ema_state_dict']}
    assert names == {*saved['state_dict'], 'steps'}
    # Resumes and validates again.
    config.experiment_name += 'again'
    config.merge_from_dict({'train_cfg.max_epochs': 3, 'resume': True})
    runner = RUNNERS.build(config)
    runner.train()
    assert runner.epoch == 3


def test_words_are_embedded_before_the_first_step(config, monkeypatch):

    def broken(*_, **__):
        raise BadInput('no words today')

    config.train_cfg.val_interval = 10
    monkeypatch.setattr(OpenCLIPTeacher, '_encode_words', broken)
    runner = RUNNERS.build(config)
    steps = steps_of(runner, monkeypatch)
    with pytest.raises(BadInput, match='no words today'):
        runner.train()
    assert not steps


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_teacher_weights_that_are_not_finite(config, tmp_path, monkeypatch,
                                             value):
    state = safetensors.torch.load_file(config.model.teacher.pretrained)
    name = next(
        name for name in state
        if name.endswith('proj.weight') or name.endswith('mlp.c_fc.weight'))
    state[name][0, 0] = value
    path = tmp_path / 'damaged.safetensors'
    safetensors.torch.save_file(state, str(path))
    config.model.teacher.pretrained = str(path)
    runner = RUNNERS.build(config)
    steps = steps_of(runner, monkeypatch)
    with pytest.raises(BadInput, match=f"damaged.safetensors.*'{name}' has 1"):
        runner.train()
    assert not steps


@pytest.mark.parametrize('damage, message', [
    (lambda path: path.unlink(), '1 of the 2 clouds of validation'),
    (lambda path: path.write_bytes(b'abc'), '000.pcd.bin'),
])
def test_files_of_the_validation(config, tmp_path, monkeypatch, damage,
                                 message):
    write_keyframes(tmp_path / 'val', count=2)
    damage(Path(tmp_path / 'val/samples/LIDAR_TOP/000.pcd.bin'))
    config.val_dataloader.dataset.data_root = str(tmp_path / 'val')
    runner = RUNNERS.build(config)
    steps = steps_of(runner, monkeypatch)
    with pytest.raises((BadInput, OSError), match=message):
        runner.train()
    assert not steps


def test_structure_without_labels(config, monkeypatch):
    config.model.zero_shot_head = None
    config.paired_pipeline = [
        step for step in config.paired_pipeline
        if step['type'] != 'LoadPointLabels'
    ]
    runner = RUNNERS.build(config)
    steps = steps_of(runner, monkeypatch)
    with pytest.raises(BadInput, match="needs labels.*000.pcd.bin' has none"):
        runner.train()
    assert not steps


def test_stored_words_have_their_room_from_the_start():
    from reldistill_mm.models.heads import ZeroShotHead
    head = ZeroShotHead(dict(car='car', tree='tree'), store_text=True)
    head.reserve(4)
    shapes = {name: each.shape for name, each in head.state_dict().items()}
    assert shapes['text_weights'] == (2, 4)
    with pytest.raises(RuntimeError, match='No text embeddings'):
        head(torch.rand(3, 4))
    head.set_text_weights(torch.eye(4)[:2])
    assert head(torch.rand(3, 4)).shape == (3, 2)
    with pytest.raises(BadInput, match='text_weights: 1 of 8 numbers'):
        head.set_text_weights(
            torch.tensor([[1., 2, 3, torch.nan]] * 2)[:, :].index_put(
                (torch.tensor([1]), torch.tensor([3])), torch.tensor(1.)))
