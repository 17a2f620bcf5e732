"""A linear probe: what is frozen stays, and the head has converged."""
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

import reldistill_mm
from reldistill_mm.errors import BadInput


@pytest.fixture
def probe(downstream_options, tmp_path):
    cfg = Config.fromfile(
        reldistill_mm.config_path('downstream/linear_probe_nus.py'))
    cfg.merge_from_dict(downstream_options)
    cfg.merge_from_dict({
        'train_dataloader.dataset.indices': 3,
        'val_dataloader.dataset.indices': 1
    })
    cfg.work_dir = str(tmp_path / 'work')
    return cfg


def rows_of(runner):
    """Features and labels of all keyframes, one at a time."""
    model = runner.model.eval()
    features, labels = [], []
    for batch in runner.train_dataloader:
        data = model.data_preprocessor(batch, training=True)
        features.append(model.extract_feat(data['inputs']))
        labels.append(data['data_samples'][0].gt_pts_seg.voxel_semantic_mask)
    return torch.cat(features).detach(), torch.cat(labels)


def test_the_head_has_converged_and_the_backbone_stays(probe, distilled):
    runner = Runner.from_cfg(probe)
    runner.train()
    assert runner.epoch == 1 and runner.iter == 3
    saved = torch.load(distilled, weights_only=True)['state_dict']
    model = runner.model
    assert all(
        torch.equal(tensor, saved[f'backbone.{name}'])
        for name, tensor in model.backbone.state_dict().items())
    features, labels = rows_of(runner)
    known = labels != 16
    features, labels = features[known].double(), labels[known].long()
    head = model.decode_head.conv_seg
    weight = head.weight.double().detach().requires_grad_()
    bias = head.bias.double().detach().requires_grad_()
    loss = torch.nn.functional.cross_entropy(features @ weight.T + bias,
                                             labels)
    loss.backward()
    # Of the objective in standardised features; l2 hardly counts.
    scale = features.std(0, unbiased=False).clamp(min=1e-6)
    gradient = (weight.grad - bias.grad[:, None] * features.mean(0)) / scale
    assert gradient.abs().max() < 1e-3
    assert bias.grad.abs().max() < 1e-3
    file = torch.load(
        probe.work_dir + '/epoch_1.pth', weights_only=False)['state_dict']
    assert torch.equal(file['decode_head.conv_seg.weight'], head.weight)


def test_a_part_of_the_rows(probe):
    """Each keyframe gives as many, the same ones for a seed."""
    probe.train_cfg.max_rows = 30
    runner = Runner.from_cfg(probe)
    loop = runner.build_train_loop(probe.train_cfg)
    features, labels = loop._rows(runner.model)
    again, _ = loop._rows(runner.model)
    assert len(features) == len(labels) == 30
    assert torch.equal(features, again)
    assert (labels != 16).all()


def test_without_labels(probe, monkeypatch):
    runner = Runner.from_cfg(probe)
    head = runner.model.decode_head
    stack = head._stack_batch_gt
    monkeypatch.setattr(head, '_stack_batch_gt',
                        lambda samples: torch.full_like(stack(samples), 16))
    with pytest.raises(BadInput, match='no labelled point'):
        runner.train()
