"""Training that has diverged ends, and keeps no weights of it."""
import math

import pytest
import torch
from mmengine.model import BaseModel
from torch import nn

from reldistill_mm.errors import BadInput
from reldistill_mm.hooks import DistillRunner


class Numbers(torch.utils.data.Dataset):
    metainfo = dict(classes=('car', ))

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index):
        return dict(inputs=torch.tensor([float(index + 1)]))


class Toy(BaseModel):

    def __init__(self, broken_from: int) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.broken_from, self.steps = broken_from, 0

    def forward(self, inputs, mode='loss'):
        self.steps += 1
        loss = self.layer(inputs).square().mean()
        value = math.nan if self.steps >= self.broken_from else 1.0
        return dict(loss_other=loss, loss_cross=loss * value)


def train(folder, broken_from=100, rate=0.01, interval=1, by_epoch=True):
    length = dict(max_epochs=2) if by_epoch else dict(max_iters=6)
    runner = DistillRunner(
        model=Toy(broken_from),
        work_dir=str(folder),
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            dataset=Numbers(),
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='default_collate')),
        train_cfg=dict(by_epoch=by_epoch, **length),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=rate)),
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=interval),
            checkpoint=dict(
                type='CheckpointHook', interval=1, by_epoch=by_epoch)),
        default_scope='mmengine',
        experiment_name=folder.name)
    runner.train()
    return runner


@pytest.mark.parametrize('broken, interval, step', [
    (2, 1, 2),
    (2, 2, 2),
    (2, 50, 3),
    (5, 50, 6),
])
def test_a_loss_that_is_not_finite(tmp_path, broken, interval, step):
    """At the next logged step, or at the end of the epoch.

    By then the weights have become NaN by the first loss, and so have others.
    """
    term = 'loss_cross' if step == broken else 'loss_other'
    with pytest.raises(
            BadInput, match=f'{term} is nan at step {step}: .*lr.*AMP'):
        train(tmp_path, broken, interval=interval)
    saved = [path.name for path in tmp_path.glob('*.pth')]
    assert saved == (['epoch_1.pth'] if broken > 3 else [])


@pytest.mark.parametrize('rate', [math.nan, math.inf])
def test_weights_that_are_not_finite_are_not_saved(tmp_path, rate):
    """The loss of the first step is of the weights before it."""
    with pytest.raises(
            BadInput,
            match="after step 1 the tensor 'state_dict.layer.weight' has 1 "
            'of 1.*lr'):
        train(tmp_path, rate=rate, interval=50, by_epoch=False)
    assert not list(tmp_path.glob('*.pth'))


def test_training_that_converges_is_left_alone(tmp_path):
    assert train(tmp_path).iter == 6
    assert (tmp_path / 'epoch_2.pth').exists()
