"""mmengine's own ``Pretrained`` with a prefix, and why it needs help."""
import pytest
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.runner import load_state_dict

import reldistill_mm
from reldistill_mm.compat.partial_checkpoint import load_part


@pytest.fixture
def backbone_cfg(downstream_options, mmdet3d_scope):
    cfg = Config.fromfile(
        reldistill_mm.config_path('downstream/finetune_nus.py'))
    cfg.merge_from_dict(downstream_options)
    return cfg.model.backbone.to_dict()


def equal_tensors(module, saved):
    state = module.state_dict()
    return [name for name in state if torch.equal(state[name], saved[name])]


def test_pretrained_with_a_prefix_loads_every_tensor(backbone_cfg, distilled):
    saved = load_part('backbone', str(distilled))
    backbone_cfg['init_cfg'] = dict(
        type='Pretrained', checkpoint=str(distilled), prefix='backbone.')
    backbone = MODELS.build(backbone_cfg)
    kernels = [n for n in saved if saved[n].dim() == 5]
    assert len(kernels) > 10
    assert not set(kernels) & set(equal_tensors(backbone, saved))
    backbone.init_weights()
    assert len(equal_tensors(backbone, saved)) == len(saved)
    assert len(saved) == len(backbone.state_dict())


def test_without_metadata_the_kernels_stay_behind(backbone_cfg, distilled):
    """The fault of mmengine and mmdet3d that load_part is there for."""
    backbone_cfg['init_cfg'] = None
    backbone = MODELS.build(backbone_cfg)
    saved = load_part('backbone.', str(distilled))
    assert saved._metadata == backbone.state_dict()._metadata
    load_state_dict(backbone, dict(saved))
    kernels = {n for n in saved if saved[n].dim() == 5}
    assert set(saved) - set(equal_tensors(backbone, saved)) == kernels


def test_a_prefix_that_is_not_there(distilled):
    with pytest.raises(ValueError, match=r"'neck\.\.\.\..*'backbone'"):
        load_part('neck', str(distilled))
    # 'back' is not a module.
    with pytest.raises(ValueError, match='back'):
        load_part('back', str(distilled))
    with pytest.raises(FileNotFoundError):
        load_part('backbone', str(distilled) + 'x')


@pytest.mark.parametrize('change', [
    lambda state: dict(state),
    lambda state: {
        f'module.{name}': each
        for name, each in state.items()
    },
])
def test_pretrained_without_metadata(backbone_cfg, distilled, tmp_path,
                                     change):
    saved = load_part('backbone', str(distilled))
    state = torch.load(distilled, weights_only=True)['state_dict']
    torch.save(change(state), tmp_path / 'plain.pth')
    backbone_cfg['init_cfg'] = dict(
        type='Pretrained',
        checkpoint=str(tmp_path / 'plain.pth'),
        prefix='backbone.')
    backbone = MODELS.build(backbone_cfg)
    backbone.init_weights()
    assert len(equal_tensors(backbone, saved)) == len(saved)


@pytest.mark.parametrize('prefix', ['projector', None])
def test_pretrained_that_fills_nothing(backbone_cfg, distilled, prefix,
                                       tmp_path):
    torch.save({'other.weight': torch.ones(2)}, tmp_path / 'other.pth')
    path = distilled if prefix else tmp_path / 'other.pth'
    backbone_cfg['init_cfg'] = dict(
        type='Pretrained', checkpoint=str(path), prefix=prefix)
    with pytest.raises(ValueError, match='(N|n)one of (the|its) tensors'):
        MODELS.build(backbone_cfg).init_weights()
