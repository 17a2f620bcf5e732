"""The whole model and its training on every device."""
import copy

import pytest
import torch
from devices import ON_CURRENT, autocast
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import RUNNERS

import reldistill_mm

HEAD = dict(
    type='DistillHead',
    losses=[
        dict(type='RelationalLoss'),
        dict(type='ContrastiveLoss', learn_temperature=True),
        dict(type='TextGuidedLoss'),
        dict(type='CellConsistencyLoss')
    ])

# Half precision has no room for gradients of a mean over thousands of pairs.
SCALE = 2.**14


@pytest.fixture(autouse=True)
def _exact(monkeypatch):
    """A GPU's convolutions of images would round their input to 10 bits."""
    monkeypatch.setattr(torch.backends.cudnn, 'allow_tf32', False)


@pytest.fixture
def config(small_options, mmdet3d_scope):
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    # Every pair: what is drawn differs from device to device.
    cfg.merge_from_dict({**small_options, 'model.pair_sampler': None})
    return cfg


def batch_of(config, split='train'):
    dataset = DATASETS.build(config[f'{split}_dataloader'].dataset)
    return pseudo_collate([dataset[0], dataset[1]])


def forward(model, batch, mode):
    data = model.data_preprocessor(copy.deepcopy(batch), mode == 'loss')
    return model(data['inputs'], data['data_samples'], mode=mode)


def losses_and_gradients(model, batch, mixed=None):
    """Terms and the gradient of all weights, on the CPU."""
    model = copy.deepcopy(model)
    if mixed is None:
        terms = forward(model, batch, 'loss')
    else:
        with mixed:
            terms = forward(model, batch, 'loss')
    assert all(value.dtype == torch.float32 for value in terms.values())
    total = sum(value for name, value in terms.items() if 'loss' in name)
    (SCALE * total).backward()
    gradient = torch.cat([
        each.grad.cpu().flatten() / SCALE for each in model.parameters()
        if each.requires_grad
    ])
    return {k: value.detach().cpu() for k, value in terms.items()}, gradient


@ON_CURRENT
def test_losses_gradients_and_mixed_precision(config, device):
    """As on the CPU; and mixed precision comes near, its losses float32."""
    config.model.distill_head = HEAD
    model, batch = MODELS.build(config.model).train(), batch_of(config)
    wanted, gradient = losses_and_gradients(model, batch)
    assert gradient.abs().sum() > 0 and int(wanted['num_pairs']) > 300
    model = model.to(device)
    for mixed, share in ((None, 2e-2), (autocast(device), 0.2)):
        found, mine = losses_and_gradients(model, batch, mixed)
        assert set(found) == set(wanted)
        for name, value in wanted.items():
            torch.testing.assert_close(
                found[name], value, rtol=share / 2, atol=1e-5)
        assert (mine - gradient).norm() < share * gradient.norm()


@ON_CURRENT
def test_labels_and_teacher(config, device):
    """A label is another where two scores are equal but for rounding."""
    model = MODELS.build(config.model).eval()
    batch = batch_of(config, 'test')
    images = torch.rand(3, 3, 32, 64)
    where = torch.randint(3, (50, )), 30 * torch.rand(50, 2)
    features = model.teacher.features_at(images, *where)
    with torch.no_grad():
        wanted = forward(model, batch, 'predict')
        model = model.to(device)
        found = forward(model, batch, 'predict')
    for one, other in zip(found, wanted):
        same = (
            one.pred_pts_seg.pts_semantic_mask.cpu() ==
            other.pred_pts_seg.pts_semantic_mask.cpu())
        assert same.float().mean() > 0.99
    torch.testing.assert_close(
        model.teacher.features_at(
            images.to(device), *(each.to(device) for each in where)).cpu(),
        features,
        rtol=1e-3,
        atol=1e-4)


@pytest.fixture
def train(config, clip_weights, tmp_path, monkeypatch):
    """Trains on a device; returns the weights at the end."""
    config.model.teacher.pretrained = clip_weights
    config.update(
        val_cfg=None, val_dataloader=None, val_evaluator=None, custom_hooks=[])
    config.train_dataloader.batch_size = 1
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)

    def run(name, device, epochs, **changes):
        for module in ('mmengine.runner.runner',
                       'reldistill_mm.hooks.distill_runner'):
            monkeypatch.setattr(f'{module}.get_device', lambda: device)
        cfg = copy.deepcopy(config)
        cfg.work_dir = str(tmp_path / name)
        cfg.experiment_name = f'{name}_{device}_{tmp_path.name}_{epochs}'
        cfg.train_cfg.update(max_epochs=epochs)
        cfg.merge_from_dict(copy.deepcopy(changes))
        runner = RUNNERS.build(cfg)
        runner.train()
        weights = runner.model.state_dict()
        assert {value.device.type for value in weights.values()} == {device}
        return {key: value.cpu().clone() for key, value in weights.items()}

    return run


@pytest.mark.slow
@ON_CURRENT
def test_a_resumed_training_equals_the_unbroken_one(train, device):
    """Augmentation, draws, schedule and all; to the bit on the CPU."""
    changes = {
        'model.pair_sampler': dict(
            _delete_=True, type='RandomPairs', count=200),
        'optim_wrapper.optimizer': dict(
            _delete_=True, type='SGD', lr=.1, momentum=.9),
        'param_scheduler': []
    }  # yapf: disable
    whole = train('whole', device, 2, **changes)
    first = train('broken', device, 1, **changes)
    resumed = train('broken', device, 2, resume=True, **changes)
    rtol, atol = (0, 0) if device == 'cpu' else (1e-2, 1e-3)
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, rtol=rtol, atol=atol)
    assert any((first[name] - value).abs().max() > 1e-3
               for name, value in whole.items() if value.is_floating_point())


@pytest.mark.gpu
def test_training_in_mixed_precision(train):
    """By mmengine's wrapper; a scale too large is taken back, not fatal."""
    weights = train('amp', 'cuda', 2,
                    **{'optim_wrapper.type': 'AmpOptimWrapper'})
    assert all(value.isfinite().all() for value in weights.values())
