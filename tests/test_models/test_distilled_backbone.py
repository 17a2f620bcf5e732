"""Every tensor or an error that names it."""
from collections import OrderedDict

import pytest
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.model import BaseModule, initialize
from torch import nn

import reldistill_mm
from reldistill_mm.models.initializers import distilled_backbone


@pytest.fixture
def config(downstream_options, mmdet3d_scope):
    cfg = Config.fromfile(
        reldistill_mm.config_path('downstream/finetune_nus.py'))
    cfg.merge_from_dict(downstream_options)
    return cfg


@pytest.fixture
def lines(monkeypatch):
    found = []
    monkeypatch.setattr(distilled_backbone, 'print_log',
                        lambda text, **_: found.append(text))
    return found


def saved_tensors(path):
    return torch.load(path, weights_only=True)['state_dict']


def changed(path, tmp_path, change):
    """The checkpoint's path after ``change(state_dict)``."""
    state = saved_tensors(path)
    change(state)
    torch.save(dict(state_dict=state), tmp_path / 'changed.pth')
    return str(tmp_path / 'changed.pth')


def test_every_tensor_to_the_bit(config, distilled, lines):
    saved = saved_tensors(distilled)
    model = MODELS.build(config.model)
    before = {n: t.clone() for n, t in model.backbone.state_dict().items()}
    model.init_weights()
    after = model.backbone.state_dict()
    count = sum(name.startswith('backbone.') for name in saved)
    assert len(after) == count > 90
    assert all(
        torch.equal(tensor, saved[f'backbone.{name}'])
        for name, tensor in after.items())
    kernels = [name for name, tensor in after.items() if tensor.dim() == 5]
    assert len(kernels) > 10
    assert not any(torch.equal(before[name], after[name]) for name in kernels)
    assert f"{count} of {count} tensors of 'backbone.'" in lines[0]
    assert str(distilled) in lines[0]


def test_a_state_dict_without_metadata_will_do(config, distilled, tmp_path):
    """Of a converted file, say; mmengine's loader would drop the kernels."""
    plain = {name: tensor for name, tensor in saved_tensors(distilled).items()}
    torch.save(dict(state_dict=plain), tmp_path / 'plain.pth')
    config.model.backbone.init_cfg.checkpoint = str(tmp_path / 'plain.pth')
    model = MODELS.build(config.model)
    model.init_weights()
    assert all(
        torch.equal(tensor, plain[f'backbone.{name}'])
        for name, tensor in model.backbone.state_dict().items())


def fails(config, checkpoint, match):
    config.model.backbone.init_cfg.checkpoint = checkpoint
    model = MODELS.build(config.model)
    before = {n: t.clone() for n, t in model.backbone.state_dict().items()}
    with pytest.raises(ValueError, match=match):
        model.init_weights()
    assert all(
        torch.equal(before[name], tensor)
        for name, tensor in model.backbone.state_dict().items())


def test_a_missing_kernel(config, distilled, tmp_path):
    path = changed(distilled, tmp_path,
                   lambda s: s.pop('backbone.conv_input.0.0.weight'))
    fails(config, path,
          r'1 of \d+ tensors missing from the checkpoint: conv_input.0.0')


def test_a_tensor_too_many(config, distilled, tmp_path):
    path = changed(
        distilled, tmp_path,
        lambda s: s.update({'backbone.more.weight': torch.zeros(1)}))
    fails(config, path, r'unknown to the model: more.weight')


def loads(config, checkpoint, distilled):
    """Every tensor, as it is in the distiller's own checkpoint."""
    config.model.backbone.init_cfg.checkpoint = checkpoint
    model = MODELS.build(config.model)
    model.init_weights()
    saved = saved_tensors(distilled)
    for name, tensor in model.backbone.state_dict().items():
        assert torch.equal(tensor, saved[f'backbone.{name}']), name


def test_kernels_of_spconv_1(config, distilled, tmp_path):
    """Their layout is read from their shapes."""

    def permute(state):
        for name, tensor in state.items():
            if tensor.dim() == 5:
                state[name] = tensor.permute(1, 2, 3, 4, 0).contiguous()

    loads(config, changed(distilled, tmp_path, permute), distilled)


def part(state):
    return OrderedDict((name[len('backbone.'):], tensor)
                       for name, tensor in state.items()
                       if name.startswith('backbone.'))


def under(prefix, state):
    return {f'{prefix}{name}': tensor for name, tensor in state.items()}


@pytest.mark.parametrize(
    'wrap', [
        lambda state: part(state),
        lambda state: dict(state_dict=part(state)),
        lambda state: dict(state_dict=under('module.', part(state))),
        lambda state: dict(model_points=part(state), epoch=3),
        lambda state: dict(model_points=under('module.', part(state))),
        lambda state: dict(model=under('module.', state)),
        lambda state: dict(state_dict=under('model.', state)),
        lambda state: under('_orig_mod.', state),
        lambda state: under('module._orig_mod.', state),
        lambda state: under('backbone._orig_mod.', part(state)),
    ],
    ids=[
        'backbone', 'backbone_state_dict', 'backbone_ddp', 'slidr',
        'slidr_ddp', 'model_ddp', 'lightning', 'compiled', 'compiled_ddp',
        'compiled_part'
    ])
def test_a_backbone_in_a_wrapper(config, distilled, tmp_path, wrap):
    path = tmp_path / 'wrapped.pth'
    torch.save(wrap(saved_tensors(distilled)), path)
    loads(config, str(path), distilled)


def test_another_average_by_its_key(config, distilled, tmp_path):
    state = saved_tensors(distilled)
    path = tmp_path / 'ema.pth'
    zeros = {name: torch.zeros_like(each) for name, each in state.items()}
    torch.save(dict(state_dict=zeros, state_dict_ema=state), path)
    config.model.backbone.init_cfg.key = 'state_dict_ema'
    loads(config, str(path), distilled)
    torch.save(dict(state_dict_ema=state), path)
    loads(config, str(path), distilled)
    config.model.backbone.init_cfg.key = None
    fails(config, str(path), r"ema.pth' holds no weights.*state_dict_ema")


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_numbers_that_are_not_finite(config, distilled, tmp_path, value):
    name = 'backbone.encoder.0.0.0.weight'
    path = changed(distilled, tmp_path,
                   lambda state: state[name].view(-1)[3:5].fill_(value))
    fails(config, path, f"changed.pth': the tensor 'state_dict.{name}' has 2")


def test_another_width(config, distilled):
    config.model.backbone.base_channels = 12
    config.model.backbone.encoder_channels = [12, 8, 8, 8]
    fails(
        config, str(distilled), r'of another shape: conv_input.0.0.weight '
        r'\(8, 3, 3, 3, 4\) for \(12, 3, 3, 3, 4\)')


def test_another_depth(config, distilled):
    config.model.backbone.encoder_blocks = [2, 1, 1, 1]
    fails(config, str(distilled), 'missing from the checkpoint: encoder.0.2')


def test_a_foreign_checkpoint(config, tmp_path):
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / 'linear.pth')
    fails(config, str(tmp_path / 'linear.pth'),
          r"No tensor of .*linear.pth' is called 'backbone\....'")
    torch.save(
        dict(state_dict={'backbone.weight': torch.zeros(2)}),
        tmp_path / 'other.pth')
    fails(config, str(tmp_path / 'other.pth'), 'unknown to the model: weight')


def test_no_checkpoint_named(config):
    fails(config, None, 'model.backbone.init_cfg.checkpoint=PATH')


def test_no_such_file(config):
    config.model.backbone.init_cfg.checkpoint = '/none/such.pth'
    with pytest.raises(FileNotFoundError):
        MODELS.build(config.model).init_weights()


class Child(BaseModule):

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))

    def init_weights(self):
        self.weight.data.fill_(7)


class Parent(BaseModule):

    def __init__(self, init_cfg):
        super().__init__(init_cfg)
        self.child = Child()


def test_children_do_not_initialise_over_it(tmp_path, mmdet3d_scope):
    """mmengine initialises them after any type but its 'Pretrained'."""
    state = OrderedDict({'backbone.child.weight': torch.tensor([1., 2.])})
    torch.save(dict(state_dict=state), tmp_path / 'part.pth')
    cfg = dict(type='DistilledBackbone', checkpoint=str(tmp_path / 'part.pth'))
    model = Parent(cfg)
    model.init_weights()
    assert model.child.weight.tolist() == [1, 2]
    # Without a model around it, too.
    child = nn.ModuleDict(dict(child=Child()))
    initialize(child, cfg)
    assert child['child'].weight.tolist() == [1, 2]
