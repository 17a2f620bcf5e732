"""What is tested, resumed and trained from is the checkpoint's, all of it."""
import copy
from collections import OrderedDict

import pytest
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.registry import RUNNERS, DefaultScope
from small_options import make_options

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.io.fit_state import Rule, fill


@pytest.fixture(scope='module')
def runner(keyframes, tiny_clip, tmp_path_factory):
    """What ``tools/test.py`` builds; its config is changed by the tests."""
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(make_options(str(keyframes), 'infos.pkl', tiny_clip))
    cfg.work_dir = str(tmp_path_factory.mktemp('work'))
    cfg.launcher = 'none'
    cfg.log_level = 'ERROR'
    return RUNNERS.build(cfg)


@pytest.fixture(autouse=True)
def _as_configured(runner):
    yield
    for name in ('checkpoint_key', 'allow_partial'):
        runner.cfg.pop(name, None)


def content(path):
    return torch.load(path, weights_only=False)


def save(tmp_path, what):
    torch.save(what, tmp_path / 'given.pth')
    return str(tmp_path / 'given.pth')


def loaded(runner, path, **changes):
    """Weights after ``tools/test.py`` has loaded a checkpoint."""
    for each in runner.model.state_dict().values():
        each.fill_(5)
    runner.cfg.merge_from_dict(changes)
    runner.load_checkpoint(path)
    return runner.model.state_dict()


def under(prefix, state):
    return OrderedDict(
        (f'{prefix}{name}', each) for name, each in state.items())


def spconv_1(state):
    return OrderedDict(
        (name,
         each.permute(1, 2, 3, 4, 0).contiguous() if each.dim() == 5 else each)
        for name, each in state.items())


def ema_of(state):
    """As mmengine's EMAHook saves it."""
    return dict(steps=torch.tensor(3), **under('module.', state))


WRAPPERS = dict(
    plain=lambda state: dict(state),
    plain_state_dict=lambda state: dict(state_dict=dict(state)),
    ddp=lambda state: dict(state_dict=under('module.', state)),
    ddp_plain=lambda state: dict(under('module.', state)),
    lightning=lambda state: dict(state_dict=under('model.', state)),
    compiled=lambda state: dict(state_dict=under('_orig_mod.', state)),
    compiled_ddp=lambda state: under('module._orig_mod.', state),
    model=lambda state: dict(model=dict(state), epoch=3),
    model_points=lambda state: dict(model_points=dict(state)),
    spconv_1=lambda state: dict(state_dict=spconv_1(state)),
    spconv_1_ddp=lambda state: dict(model=under('module.', spconv_1(state))),
    with_more=lambda state: dict(
        state_dict=dict(state, **{'teacher.weight': torch.zeros(2)})))


@pytest.mark.parametrize('wrapper', WRAPPERS)
def test_every_tensor_in_whatever_wrapper(runner, distilled, tmp_path,
                                          wrapper):
    state = content(distilled)['state_dict']
    path = save(tmp_path, WRAPPERS[wrapper](state))
    found = loaded(runner, path)
    assert sum(each.dim() == 5 for each in found.values()) > 10
    for name, tensor in found.items():
        assert torch.equal(tensor, state[name]), name


@pytest.mark.parametrize('key, wrap', [('state_dict_ema', dict),
                                       ('ema_state_dict', ema_of),
                                       ('model_ema', ema_of)])
def test_averages_by_their_key(runner, distilled, tmp_path, key, wrap):
    state = content(distilled)['state_dict']
    zeros = {name: torch.zeros_like(each) for name, each in state.items()}
    path = save(tmp_path, {'state_dict': zeros, key: wrap(state)})
    found = loaded(runner, path, checkpoint_key=key)
    assert all(torch.equal(found[name], state[name]) for name in found)
    # Without the key the weights themselves.
    found = loaded(runner, path, checkpoint_key=None)
    assert not any(each.any() for each in found.values())


def without(part):
    return lambda state: dict(
        state_dict=OrderedDict((name, each) for name, each in state.items()
                               if not name.startswith(part)))


def only_backbone(state):
    return OrderedDict((name[9:], each) for name, each in state.items()
                       if name.startswith('backbone.'))


def changed(name, change):

    def wrap(state):
        state[name] = change(state[name])
        return dict(state_dict=state)

    return wrap


REFUSED = [
    ('empty', lambda _: dict(state_dict={}), 'holds no weights'),
    ('empty_model', lambda _: dict(model={}), 'holds no weights'),
    ('nothing', lambda _: {}, 'holds no weights'),
    ('average_alone', lambda state: dict(state_dict_ema=state),
     "holds no weights.*'state_dict_ema'.*--checkpoint-key"),
    ('number', lambda _: dict(state_dict=3), 'holds no weights'),
    ('no_backbone', without('backbone.'),
     '150 of 182 tensors missing.*backbone.conv_input.0.0.weight'),
    ('no_projector', without('projector.'),
     '2 of 182 tensors missing from the checkpoint: projector'),
    ('backbone_alone', only_backbone, 'is a backbone alone.*Distilled'),
    ('one_less', without('backbone.encoder.0.0.0.weight'),
     '1 of 182 .*missing from the checkpoint: backbone.encoder.0.0.0.weight'),
    ('one_more', lambda state: dict(state, **{'backbone.x': torch.ones(1)}),
     '1 of 182 tensors unknown to the model: backbone.x'),
    ('shape', changed('projector.layers.weight', lambda each: each[:, :4]),
     r'of another shape: projector.layers.weight \(16, 4\) for \(16, 8\)'),
    ('integers', changed('projector.layers.weight', lambda each: each.char()),
     'another kind: projector.layers.weight torch.int8 for torch.float32'),
    ('kernel', changed('backbone.conv_input.0.0.weight',
                       lambda each: each[..., :3]),
     r'another shape: backbone.conv_input.0.0.weight \(8, 3, 3, 3, 3\)'),
    ('nan', changed('backbone.conv_input.0.1.bias',
                    lambda each: each * float('nan')),
     "'state_dict.backbone.conv_input.0.1.bias' has 8 of 8 numbers"),
    ('other_model', lambda _: torch.nn.Linear(2, 2).state_dict(),
     'is not a checkpoint of this config.*weight'),
]  # yapf: disable


@pytest.mark.parametrize(
    'wrap, message', [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED])
def test_what_is_not_whole_is_not_tested(runner, distilled, tmp_path, wrap,
                                         message):
    path = save(tmp_path, wrap(content(distilled)['state_dict']))
    before = {
        name: each.clone()
        for name, each in runner.model.state_dict().items()
    }
    with pytest.raises(BadInput, match=message) as error:
        runner.load_checkpoint(path)
    assert 'given.pth' in str(error.value)
    assert '\n' not in str(error.value) and len(str(error.value)) < 1200
    assert all(
        torch.equal(each, before[name])
        for name, each in runner.model.state_dict().items())


def test_allow_partial(runner, distilled, tmp_path):
    state = content(distilled)['state_dict']
    path = save(tmp_path, without('projector.')(state))
    found = loaded(runner, path, allow_partial=True)
    assert all(
        torch.equal(each, state[name]) for name, each in found.items()
        if name.startswith('backbone.'))
    # Not even then without anything.
    path = save(tmp_path, torch.nn.Linear(2, 2).state_dict())
    with pytest.raises(BadInput, match='none of its tensors'):
        loaded(runner, path, allow_partial=True)


def test_another_backbone(runner, distilled):
    with pytest.raises(BadInput, match='of another shape|missing from'):
        fill(
            other_model(
                runner, base_channels=12, encoder_channels=[12, 8, 8, 8]),
            content(distilled)['state_dict'], 'x.pth')


def other_model(runner, **backbone):
    cfg = copy.deepcopy(runner.cfg.model)
    cfg.backbone.update(backbone)
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        return MODELS.build(cfg)


def test_a_deeper_checkpoint(runner, tmp_path):
    """Nothing is missing, but half of the network is left out."""
    deeper = other_model(runner, encoder_blocks=[2, 1, 1, 1])
    path = save(tmp_path, deeper.state_dict())
    with pytest.raises(BadInput, match='unknown to the model: backbone.enc'):
        loaded(runner, path)


class Parts(torch.nn.Module):

    def __init__(self, classes=3):
        super().__init__()
        self.backbone = torch.nn.Linear(2, 2)
        self.decode_head = torch.nn.Linear(2, classes)


@pytest.mark.parametrize('given, message', [
    (['backbone'], None),
    (['backbone', 'decode_head'], None),
    (['backbone', 'teacher'], None),
    (['decode_head'], 'backbone.weight.*holds no backbone'),
    (['backbone', 'decode_head.weight'], 'missing.*decode_head.bias'),
])
def test_training_starts_from_whole_parts(given, message):
    source = Parts().state_dict()
    source['teacher.weight'] = torch.zeros(1)
    state = {
        name: each
        for name, each in source.items() if name.startswith(tuple(given))
    }
    model = Parts()
    if message is None:
        fill(model, state, 'x.pth', Rule.PARTS)
        for name, each in model.state_dict().items():
            assert torch.equal(each, source[name]) == (name in state)
    else:
        with pytest.raises(BadInput, match=f"'x.pth'.*{message}"):
            fill(model, state, 'x.pth', Rule.PARTS)


def test_training_from_another_number_of_classes():
    with pytest.raises(BadInput, match=r'decode_head.weight \(4, 2\) for \(3'):
        fill(Parts(3), Parts(4).state_dict(), 'x.pth', Rule.PARTS)
    fill(Parts(3), Parts(4).state_dict(), 'x.pth', Rule.PARTS, True)


def test_resuming_wants_all_of_it(runner, distilled, tmp_path):
    state = content(distilled)
    state.update(
        meta=dict(epoch=1, iter=1),
        optimizer={},
        message_hub={},
        param_schedulers=[])
    del state['state_dict']['projector.layers.bias']
    path = save(tmp_path, state)
    runner.cfg.allow_partial = True
    with pytest.raises(BadInput, match='projector.layers.bias'):
        runner.resume(path)


@pytest.mark.parametrize('place', ['optimizer', 'ema_state_dict'])
def test_a_diverged_state_is_not_resumed(runner, distilled, tmp_path, place):
    state = content(distilled)
    state[place] = dict(state={0: dict(x=torch.tensor([1., torch.inf]))})
    with pytest.raises(
            BadInput,
            match=f"given.pth.*'{place}.state.0.x' has "
            '1 of 2 numbers that are not finite'):
        runner.resume(save(tmp_path, state))


@pytest.mark.parametrize('lacks', ['meta', 'optimizer', 'message_hub', None])
def test_weights_alone_are_not_resumed(runner, distilled, tmp_path, lacks):
    """mmengine would begin with a new optimizer, or fail."""
    state = content(distilled)
    if lacks is None:
        state, lacks = dict(state['state_dict']), 'meta'
    else:
        state.update(
            meta={}, optimizer={}, message_hub={}, param_schedulers=[])
        del state[lacks]
    with pytest.raises(
            BadInput, match=f"given.pth' cannot be resumed.*{lacks}"
            '.*load_from'):
        runner.resume(save(tmp_path, state))
