"""mmengine's other runner loads with the same checks."""
from pathlib import Path

import pytest
import torch
from mmengine._strategy import SingleDeviceStrategy
from mmengine.runner import FlexibleRunner
from test_compat.test_safe_loading import Touch, Toy, ToyData

from reldistill_mm.errors import BadInput


def make_runner(folder: Path, **changes) -> FlexibleRunner:
    settings = dict(
        work_dir=str(folder),
        train_dataloader=dict(
            dataset=ToyData(),
            batch_size=1,
            sampler=dict(type='DefaultSampler', shuffle=True)),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        param_scheduler=dict(type='StepLR', step_size=1),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        strategy=dict(type='SingleDeviceStrategy'),
        experiment_name=str(folder).replace('/', '_'),
        randomness=dict(seed=0),
        log_level='ERROR')
    settings.update(changes)
    return FlexibleRunner(Toy(), **settings)


@pytest.fixture
def saved(tmp_path):
    make_runner(tmp_path / 'a').train()
    return tmp_path / 'a' / 'epoch_1.pth'


def changed(path, change):
    content = torch.load(path, weights_only=False)
    change(content)
    torch.save(content, path)


def resumed(tmp_path, path):
    runner = make_runner(tmp_path / 'b', resume=True, load_from=str(path))
    runner.train()
    return runner


def test_it_resumes(saved, tmp_path):
    runner = resumed(tmp_path, saved)
    assert runner.epoch == 2
    wanted = torch.load(
        tmp_path / 'a/epoch_2.pth', weights_only=False)['state_dict']
    for name, tensor in runner.model.state_dict().items():
        assert torch.equal(tensor, wanted[name])


def test_nothing_of_the_file_runs(saved, tmp_path):
    mark = tmp_path / 'mark'
    changed(saved, lambda content: content.update(extra=Touch(mark)))
    with pytest.raises(BadInput, match='epoch_1.pth.*asks for'):
        resumed(tmp_path, saved)
    assert not mark.exists()


def test_neither_does_a_config_in_it(saved, tmp_path):
    """mmengine runs ``meta['config']`` when it resumes."""
    mark = tmp_path / 'mark'
    text = f"import pathlib\npathlib.Path('{mark}').touch()\n"
    changed(saved, lambda content: content['meta'].update(config=text))
    assert resumed(tmp_path, saved).epoch == 2
    assert not mark.exists()


@pytest.mark.parametrize('change, message', [
    (lambda c: c['state_dict'].pop('layer.bias'), 'missing.*layer.bias'),
    (lambda c: c.update(state_dict={}), 'holds no weights'),
    (lambda c: c['state_dict']['layer.bias'].fill_(float('nan')),
     "'state_dict.layer.bias' has 1 of 1"),
])
def test_what_is_not_whole(saved, tmp_path, change, message):
    changed(saved, change)
    with pytest.raises(BadInput, match=f'epoch_1.pth.*{message}'):
        resumed(tmp_path, saved)


def test_a_strategy_that_reads_files_itself(saved, tmp_path, monkeypatch):

    class Other(SingleDeviceStrategy):

        def load_checkpoint(self, *args, **kwargs):
            raise AssertionError('read')

    runner = make_runner(tmp_path / 'b')
    runner.strategy = Other()
    for load in (runner.load_checkpoint, runner.resume):
        with pytest.raises(BadInput, match='strategy=Other reads check'):
            load(str(saved))
