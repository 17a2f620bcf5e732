"""The same sample in the same epoch is augmented alike, whoever reads it."""
import copy
import random

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from torch import nn

from reldistill_mm.hooks import DistillRunner

SAMPLES, BATCH = 6, 2


class Draws(torch.utils.data.Dataset):
    """Samples of the index and a number of each generator."""
    metainfo = dict(classes=('car', ))

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, index):
        # What depends on how much was drawn before.
        return torch.tensor(
            [index,
             random.random(),
             np.random.rand(),
             torch.rand(()).item()],
            dtype=torch.float64)


class Toy(BaseModel):
    """Learns, and draws as the pair sampler does."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1)).double()
        self.seen = []

    def forward(self, *inputs, mode='tensor'):
        inputs = torch.stack(inputs)
        self.seen.append(inputs)
        noise = torch.rand(len(inputs), 1).to(inputs)
        loss = ((self.layer(inputs) - noise)**2).mean()
        return dict(loss=loss) if mode == 'loss' else [loss]


def run(folder,
        workers=0,
        persistent=False,
        epochs=3,
        sampler=None,
        batch=BATCH,
        seed=3,
        **changes):
    loader = dict(
        dataset=Draws(),
        batch_size=batch,
        num_workers=workers,
        persistent_workers=persistent,
        sampler=sampler or dict(type='DefaultSampler', shuffle=True))
    settings = dict(
        work_dir=str(folder),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1, momentum=.9)),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        experiment_name=str(folder).replace('/', '_'),
        randomness=dict(seed=seed),
        log_level='ERROR')
    settings.update(copy.deepcopy(changes))
    torch.manual_seed(0)
    runner = DistillRunner(Toy(), **settings)
    runner.train()
    return runner


def draws(runner):
    """Epoch and index to the three numbers."""
    found = {}
    rows = torch.cat(runner.model.seen)
    for place, row in enumerate(rows):
        found[place // SAMPLES, int(row[0])] = tuple(row[1:].tolist())
    return found


def weights(runner):
    return {
        name: tensor.clone()
        for name, tensor in runner.model.state_dict().items()
    }


def same(one, two):
    return list(one) == list(two) and all(
        torch.equal(one[name], two[name]) for name in one)


def test_workers_do_not_matter_and_epochs_differ(tmp_path):
    """Persistent or not, none, one or three."""
    runs = [
        run(tmp_path / f'{workers}{persistent}', workers, persistent)
        for workers, persistent in ((0, False), (1, False), (3, True), (2,
                                                                        False))
    ]
    first = draws(runs[0])
    assert len(first) == 3 * SAMPLES
    # Every epoch and every sample has numbers of its own, of each generator.
    for column in zip(*first.values()):
        assert len(set(column)) == 3 * SAMPLES
    for other in runs[1:]:
        assert draws(other) == first
        assert same(weights(other), weights(runs[0]))


def test_another_seed_another_augmentation(tmp_path):
    one, two = (run(tmp_path / str(seed), seed=seed) for seed in (3, 4))
    assert not set(draws(one).values()) & set(draws(two).values())


def test_the_state_of_the_main_process_is_untouched():
    from reldistill_mm.datasets.seeded import random_numbers_of
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    wanted = random.random(), np.random.rand(), torch.rand(())
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    with random_numbers_of((1, 2, 3)):
        random.random(), np.random.rand(3), torch.rand(5)
    assert (random.random(), np.random.rand(), torch.rand(())) == wanted


@pytest.mark.parametrize('stop', ['epoch_1.pth', 'epoch_2.pth'])
def test_resuming_at_the_end_of_an_epoch(tmp_path, stop):
    whole = run(tmp_path / 'a')
    again = run(
        tmp_path / 'b', resume=True, load_from=str(tmp_path / 'a' / stop))
    assert same(weights(again), weights(whole))


BY_ITERATION = dict(
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1))


@pytest.mark.parametrize('stop', range(1, 9))
@pytest.mark.parametrize('workers', [0, 2])
def test_resuming_anywhere_in_an_epoch(tmp_path, stop, workers):
    schedule = dict(
        param_scheduler=[
            dict(
                type='OneCycleLR',
                eta_max=.1,
                total_steps=3,
                by_epoch=True,
                convert_to_iter_based=True)
        ],
        custom_hooks=[dict(type='EMAHook')],
        default_hooks=BY_ITERATION)
    whole = run(tmp_path / 'a', **schedule)
    again = run(
        tmp_path / 'b',
        workers,
        resume=True,
        load_from=str(tmp_path / 'a' / f'iter_{stop}.pth'),
        **schedule)
    assert same(weights(again), weights(whole))
    # What is done is not read again.
    assert len(torch.cat(again.model.seen)) == 3 * SAMPLES - stop * BATCH
    kept = [
        torch.load(tmp_path / name / 'iter_9.pth', weights_only=False)
        for name in 'ab'
    ]
    assert same(*(each['ema_state_dict'] for each in kept))
    assert kept[0]['meta']['place']['done'] == 3


def test_resuming_within_a_step_of_the_optimizer(tmp_path):
    """Gradients of the batches before are kept."""
    changes = dict(
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=.1, momentum=.9),
            accumulative_counts=2),
        default_hooks=BY_ITERATION)
    whole = run(tmp_path / 'a', **changes)
    for stop in (1, 2, 5):
        again = run(
            tmp_path / f'b{stop}',
            resume=True,
            load_from=str(tmp_path / 'a' / f'iter_{stop}.pth'),
            **changes)
        assert same(weights(again), weights(whole))


@pytest.mark.parametrize('sampler', ['DefaultSampler', 'InfiniteSampler'])
def test_training_by_iterations_resumes(tmp_path, sampler, monkeypatch):
    monkeypatch.setattr('time.sleep', lambda _: None)
    changes = dict(
        sampler=dict(type=sampler, shuffle=True),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=8),
        default_hooks=BY_ITERATION)
    whole = run(tmp_path / 'a', **changes)
    rows = torch.cat(whole.model.seen)
    # A sample that is drawn again gets other numbers.
    assert len({tuple(row.tolist()) for row in rows}) == len(rows) == 16
    again = run(
        tmp_path / 'b',
        resume=True,
        load_from=str(tmp_path / 'a' / 'iter_4.pth'),
        **changes)
    assert same(weights(again), weights(whole))


def test_without_a_seed_the_checkpoints_own_is_taken(tmp_path):
    whole = run(tmp_path / 'a', seed=None, default_hooks=BY_ITERATION)
    again = run(
        tmp_path / 'b',
        seed=None,
        default_hooks=BY_ITERATION,
        resume=True,
        load_from=str(tmp_path / 'a' / 'iter_4.pth'))
    assert same(weights(again), weights(whole))


def test_another_batch_size_within_an_epoch_is_refused(tmp_path):
    run(tmp_path / 'a', default_hooks=BY_ITERATION)
    resume = dict(resume=True, default_hooks=BY_ITERATION)
    with pytest.raises(ValueError, match='after 1 of 3 batches.* now an epoc'):
        run(tmp_path / 'b',
            batch=3,
            load_from=str(tmp_path / 'a' / 'iter_4.pth'),
            **resume)
    # At the end of an epoch of mmengine's counting it is not.
    run(tmp_path / 'c')
    run(tmp_path / 'd',
        batch=3,
        resume=True,
        load_from=str(tmp_path / 'c' / 'epoch_2.pth'))


def test_datasets_answer_through_the_seeds(tmp_path):
    runner = run(tmp_path / 'a', epochs=1)
    dataset = runner.train_dataloader.dataset
    assert dataset.metainfo == Draws.metainfo and len(dataset) == SAMPLES
    with pytest.raises(AttributeError):
        dataset.nothing()


def test_another_optimizer_is_not_resumed(tmp_path):
    run(tmp_path / 'a', epochs=1)
    changes = dict(resume=True, load_from=str(tmp_path / 'a' / 'epoch_1.pth'))
    wrapper = dict(
        optimizer=dict(type='SGD', lr=.1),
        paramwise_cfg=dict(custom_keys={'layer.0': dict(lr_mult=2)}))

    class Other(Toy):

        def parameters(self, recurse=True):
            return list(super().parameters(recurse))[:2]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('test_hooks.test_seeded.Toy', Other)
        with pytest.raises(ValueError, match="epoch_1.pth' cannot be resumed"):
            run(tmp_path / 'b', **changes, optim_wrapper=wrapper)
