"""Optimizers in one pass take the steps that they take otherwise."""
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.optim import build_optim_wrapper
from torch import nn

from reldistill_mm.compat import fused_optimizer
from reldistill_mm.compat.fused_optimizer import step_as_torch_can, with_fused

pytestmark = pytest.mark.skipif(
    not fused_optimizer._can_fuse('AdamW'),
    reason='this torch has no optimizer in one pass on CPUs')


def config(kind, **extra):
    return ConfigDict(
        type='OptimWrapper',
        optimizer=dict(type=kind, lr=.1, weight_decay=.01, **extra),
        paramwise_cfg=dict(custom_keys={'0': dict(lr_mult=.5)}))


def trained(wrapper_cfg):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 3))
    model[1].bias.requires_grad = False
    wrapper = build_optim_wrapper(model, wrapper_cfg)
    for _ in range(5):
        wrapper.update_params(model(torch.randn(16, 8)).square().mean())
    return wrapper, [each.detach() for each in model.parameters()]


@pytest.mark.parametrize('kind', ['AdamW', 'Adam', 'SGD'])
def test_the_same_steps(kind):
    cfg = config(kind)
    changed = with_fused(cfg)
    assert 'fused' not in cfg.optimizer
    wrapper, ours = trained(changed)
    assert {group['fused'] for group in wrapper.param_groups} == {True}
    assert len({group['lr'] for group in wrapper.param_groups}) == 2
    plain, theirs = trained(cfg)
    for mine, other in zip(ours, theirs):
        torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-6)
    # A checkpoint of the one is resumed by the other.
    plain.load_state_dict(wrapper.state_dict())
    step_as_torch_can(plain.optimizer)
    assert plain.param_groups[0]['fused']


@pytest.mark.parametrize('cfg', [
    config('AdamW', foreach=True),
    config('AdamW', fused=False),
    config('Rprop'), {},
    dict(optimizer=None)
])
def test_what_a_config_says_is_left(cfg):
    assert with_fused(cfg) is cfg


def test_a_torch_that_cannot(monkeypatch):
    wrapper, _ = trained(with_fused(config('AdamW')))
    monkeypatch.setattr(fused_optimizer, '_can_fuse', lambda kind: False)
    cfg = config('AdamW')
    assert with_fused(cfg) is cfg
    step_as_torch_can(wrapper.optimizer)
    assert wrapper.param_groups[0]['fused'] is None
