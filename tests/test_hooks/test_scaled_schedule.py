"""--auto-scale-lr scales what decides the rate, and warms up."""
import pytest
import torch
from mmengine.optim import OptimWrapper
from test_hooks.test_seeded import run

from reldistill_mm.errors import BadInput

COSINE = [
    dict(
        type='CosineAnnealingLR',
        T_max=50,
        begin=0,
        end=50,
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=0)
]


def rates(tmp_path, base, schedule, optimizer, epochs=50, **more):
    """The learning rate of every step, before it."""
    found = []
    original = OptimWrapper.step

    def step(wrapper, **kwargs):
        found.append([g['lr'] for g in wrapper.optimizer.param_groups])
        original(wrapper, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OptimWrapper, 'step', step)
        run(tmp_path / f'base{base}',
            epochs=epochs,
            default_hooks=dict(checkpoint=None),
            param_scheduler=schedule,
            optim_wrapper=dict(optimizer=optimizer, **more),
            auto_scale_lr=base and dict(enable=True, base_batch_size=base))
    return torch.tensor(found)


def test_sgd_is_scaled_after_a_warm_up(tmp_path):
    """Four times the batch: from the old rate to four times it."""
    sgd = dict(type='SGD', lr=0.001)
    plain = rates(tmp_path, None, COSINE, sgd)
    scaled = rates(tmp_path, 0.5, COSINE, sgd)
    assert len(plain) == len(scaled) == 150
    assert torch.isclose(scaled[0], plain[0]).all()
    ratio = (scaled / plain)[:, 0]
    # Five of 50 epochs of three steps each.
    assert (ratio[:15].diff() > 0).all()
    torch.testing.assert_close(ratio[15:], torch.full((135, ), 4.))


def test_a_schedule_with_a_warm_up_keeps_its_own(tmp_path):
    warm_up = dict(
        type='LinearLR', start_factor=.1, begin=0, end=3, by_epoch=False)
    sgd = dict(type='SGD', lr=0.001)
    plain = rates(tmp_path, None, [warm_up, *COSINE], sgd, epochs=4)
    scaled = rates(tmp_path, 0.5, [warm_up, *COSINE], sgd, epochs=4)
    torch.testing.assert_close(scaled, 4 * plain)


def test_smaller_batches_need_no_warm_up(tmp_path):
    sgd = dict(type='SGD', lr=0.001)
    plain = rates(tmp_path, None, COSINE, sgd, epochs=4)
    scaled = rates(tmp_path, 4, COSINE, sgd, epochs=4)
    torch.testing.assert_close(scaled, plain / 2)


@pytest.mark.parametrize('eta_max', [0.003, [0.003]])
def test_one_cycle_is_scaled(tmp_path, eta_max):
    schedule = dict(
        type='OneCycleLR',
        eta_max=eta_max,
        total_steps=4,
        by_epoch=True,
        convert_to_iter_based=True)
    adam = dict(type='AdamW', lr=0.003)
    plain = rates(tmp_path, None, [schedule], adam, epochs=4)
    scaled = rates(tmp_path, 0.5, [schedule], adam, epochs=4)
    torch.testing.assert_close(scaled, 4 * plain)
    assert 0.0115 < scaled.max() <= 0.012
    # One that is not a list, too.
    torch.testing.assert_close(
        rates(tmp_path, 1, schedule, adam, epochs=4), 2 * plain)


def test_accumulated_batches_count(tmp_path):
    sgd = dict(type='SGD', lr=0.001)
    scaled = rates(tmp_path, 4, None, sgd, epochs=4, accumulative_counts=2)
    assert torch.isclose(scaled, torch.tensor(0.001)).all()


def test_without_a_base(tmp_path):
    with pytest.raises(BadInput, match='base_batch_size'):
        run(tmp_path, auto_scale_lr=dict(enable=True))
