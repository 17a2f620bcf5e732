"""What is frozen stays as it was, epoch after epoch."""
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

import reldistill_mm


class Watch(Hook):
    """Modes of the backbone's modules while the model trains."""

    def __init__(self):
        self.modes, self.head = [], []

    def after_train_iter(self, runner, batch_idx, **kwargs):
        self.modes += [m.training for m in runner.model.backbone.modules()]
        self.head.append(runner.model.decode_head.training)


def test_two_epochs_leave_the_backbone_alone(downstream_options, distilled,
                                             tmp_path):
    cfg = Config.fromfile(
        reldistill_mm.config_path('downstream/linear_probe_nus.py'))
    cfg.merge_from_dict(downstream_options)
    cfg.merge_from_dict({
        'train_cfg.max_epochs': 2,
        'train_cfg.val_interval': 1,
        'train_dataloader.dataset.indices': 2,
        'val_dataloader.dataset.indices': 1
    })
    cfg.work_dir = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    watch = Watch()
    runner.register_hook(watch)
    head = runner.model.decode_head.conv_seg.weight.clone()
    runner.train()
    assert runner.epoch == 2
    assert len(watch.modes) > 100 and not any(watch.modes)
    assert len(watch.head) == 2 and all(watch.head)
    saved = torch.load(distilled, weights_only=True)['state_dict']
    state = runner.model.backbone.state_dict()
    assert all(
        torch.equal(tensor, saved[f'backbone.{name}'])
        for name, tensor in state.items())
    assert not torch.equal(runner.model.decode_head.conv_seg.weight, head)
    trained = [
        n for n, p in runner.model.named_parameters() if p.requires_grad
    ]
    assert trained == [
        'decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'
    ]
