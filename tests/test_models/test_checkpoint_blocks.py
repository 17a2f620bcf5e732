"""Activation checkpointing changes memory, not results."""
import copy

import pytest
import torch
from devices import ON_CURRENT
from mmdet3d.registry import MODELS
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.models.checkpoint_blocks import checkpoint_blocks


@pytest.fixture
def models(small_options, mmdet3d_scope):
    """The same student twice, the second one checkpointed."""
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict({
        **small_options, 'model.backbone.encoder_blocks': [2, 1, 1, 1]
    })
    plain = MODELS.build(cfg.model)
    cfg.merge_from_dict({'model.checkpoint': True})
    saving = MODELS.build(cfg.model)
    saving.load_state_dict(plain.state_dict())
    return plain.backbone.train(), saving.backbone.train()


def cloud(seed=0, count=2000):
    """Voxels (M, 4) and coordinates (M, 4) of one sample."""
    generator = torch.Generator().manual_seed(seed)
    coors = torch.randint(0, 64, (count, 3), generator=generator).unique(dim=0)
    coors = torch.nn.functional.pad(coors, (1, 0)).int()
    return torch.rand(len(coors), 4, generator=generator), coors


def state(backbone, saved, device):
    """Output, gradients and buffers after two steps; bytes kept."""
    backbone.to(device)
    outputs = []
    for seed in (0, 1):
        with torch.autograd.graph.saved_tensors_hooks(
                lambda tensor: saved.append(tensor.numel()) or tensor,
                lambda tensor: tensor):
            out = backbone(*(each.to(device) for each in cloud(seed)))
            count = len(saved)
        out.square().mean().backward()
        # What recomputation saves for itself is freed block by block.
        del saved[count:]
        outputs.append(out.detach())
    return outputs, [p.grad
                     for p in backbone.parameters()], list(backbone.buffers())


@ON_CURRENT
def test_same_outputs_gradients_and_statistics_in_less_memory(models, device):
    kept = [[], []]
    plain, saving = map(state, models, kept, [device] * 2)
    # A GPU makes the voxels of lower resolutions in an order that varies.
    rtol, atol = (1e-6, 1e-7) if device == 'cpu' else (1e-2, 1e-4)
    for ours, theirs in zip(saving, plain):
        assert len(ours) == len(theirs) > 0
        for value, wanted in zip(ours, theirs):
            torch.testing.assert_close(value, wanted, rtol=rtol, atol=atol)
    assert any(gradient.abs().sum() > 0 for gradient in plain[1])
    assert sum(kept[1]) < 0.7 * sum(kept[0])


def test_evaluation_and_copies(models):
    plain, saving = models
    plain.eval(), saving.eval()
    with torch.no_grad():
        torch.testing.assert_close(saving(*cloud()), plain(*cloud()))
    assert list(saving.state_dict()) == list(plain.state_dict())
    # As an EMA of the model does.
    other = copy.deepcopy(saving)
    with torch.no_grad():
        for name, weights in saving.named_parameters():
            if name.startswith(('encoder', 'decoder')):
                weights.zero_()
        torch.testing.assert_close(other(*cloud()), plain(*cloud()))


def test_another_backend_is_refused(models):
    other = copy.copy(models[0])
    other.sparseconv_backend = 'torchsparse'
    with pytest.raises(ValueError, match="spconv.*'torchsparse'"):
        checkpoint_blocks(other)
