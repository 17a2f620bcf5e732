"""What a resumed run, and an optimizer that cannot be built, say."""
import pytest
from test_hooks.test_seeded import run

from reldistill_mm.errors import BadInput

SGD = dict(type='SGD', lr=.1, momentum=.9)
COSINE = dict(type='CosineAnnealingLR', T_max=6, end=6)


@pytest.fixture
def warnings(monkeypatch):
    """Warnings of the runner and of what it calls, by their text."""
    from mmengine.logging import MMLogger
    seen = []

    def warn(logger, level, text, *args, **kwargs):
        if level >= 30:
            seen.append(str(text))

    monkeypatch.setattr(MMLogger, '_log', warn)
    monkeypatch.setattr(MMLogger, 'isEnabledFor', lambda *_: True)
    return seen


def test_nothing_to_resume_is_said(tmp_path, warnings):
    run(tmp_path / 'none', epochs=1, resume=True)
    said, = (text for text in warnings if 'resume' in text)
    assert "no checkpoint in '" in said and 'starts at the beginning' in said


@pytest.mark.parametrize('changes, said', [
    (dict(), None),
    (dict(optim_wrapper=dict(optimizer=dict(SGD, lr=.5))),
     'optimizer.lr=0.1 (the config says 0.5)'),
    (dict(optim_wrapper=dict(optimizer=dict(SGD, weight_decay=.01))),
     'optimizer.weight_decay=0 (the config says 0.01)'),
    (dict(param_scheduler=dict(COSINE, T_max=9)),
     'param_scheduler.0.T_max=6 (the config says 9)'),
])
def test_overridden_settings_are_said(tmp_path, warnings, changes, said):
    settings = dict(param_scheduler=COSINE, optim_wrapper=dict(optimizer=SGD))
    run(tmp_path, epochs=1, **settings)
    assert not any('settings' in text for text in warnings)
    run(tmp_path, epochs=2, resume=True, **{**settings, **changes})
    found = [text for text in warnings if 'settings of its' in text]
    assert len(found) == (said is not None), found
    if said:
        assert f': {said}. For' in found[0]


@pytest.mark.parametrize('wrapper, message', [
    (dict(optimizer=dict(SGD, lr=-1.)),
     r'optim_wrapper cannot be built \(.*Invalid learning rate: -1'),
    (dict(optimizer=dict(SGD, momentum=-1.)), 'Invalid momentum'),
    (dict(type='AmpOptimWrapper', optimizer=SGD), 'needs a GPU'),
])
def test_what_cannot_be_built_is_named(tmp_path, monkeypatch, wrapper,
                                       message):
    monkeypatch.setattr('reldistill_mm.hooks.distill_runner.get_device',
                        lambda: 'cpu')
    with pytest.raises(BadInput, match=message):
        run(tmp_path, optim_wrapper=wrapper)
    with pytest.raises(BadInput, match='param_scheduler cannot be built'):
        run(tmp_path / 'b', param_scheduler=dict(COSINE, begin=5, end=2))


def test_what_mmengine_refuses_is_named_and_bugs_keep_their_traceback():
    from mmengine.hooks import LoggerHook

    from reldistill_mm.hooks.distill_runner import _built
    with pytest.raises(BadInput, match=r'be built \(interval must be greater'):
        with _built('The config'):
            LoggerHook(interval=0)
    with pytest.raises(TypeError, match='len'), _built('The config'):
        len(3)
