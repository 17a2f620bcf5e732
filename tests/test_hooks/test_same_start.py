"""Ranks that load different checkpoints are refused."""
from types import SimpleNamespace

import pytest
import torch
from test_hooks.test_seeded import run

from reldistill_mm.errors import BadInput
from reldistill_mm.hooks import same_start
from reldistill_mm.hooks.same_start import check_same_start


def rank(epoch=1, value=1., world_size=2):
    model = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(model.weight, value)
    torch.nn.init.zeros_(model.bias)
    return SimpleNamespace(
        world_size=world_size,
        epoch=epoch,
        iter=3 * epoch,
        model=model,
        work_dir='work')


@pytest.fixture
def gathered(monkeypatch):
    """What all ranks say, once every one of them has been asked."""
    said = []
    monkeypatch.setattr(same_start, 'all_gather_object',
                        lambda own: said.append(own) or said)
    return said


def test_the_same_everywhere(gathered):
    for _ in range(3):
        check_same_start(rank())
    assert len(gathered) == 3


@pytest.mark.parametrize('other, message', [
    (dict(epoch=0), r'rank 0 on .* epoch 1, iteration 3 .*rank 2 on .* epoch '
     r'0, iteration 0 .*copy them to the same place'),
    (dict(value=2.), "weights .*rank 2 .*its own 'work'"),
])
def test_another_place_or_other_weights(gathered, other, message):
    check_same_start(rank())
    check_same_start(rank())
    with pytest.raises(BadInput, match=message):
        check_same_start(rank(**other))


def test_one_process_asks_nobody(gathered):
    check_same_start(rank(world_size=1))
    assert not gathered


@pytest.mark.parametrize('changes, asked', [
    (dict(), 0),
    (dict(resume=True), 1),
    (dict(load_from='checkpoint'), 1),
])
def test_the_runner_asks_where_something_is_loaded(tmp_path, monkeypatch,
                                                   changes, asked):
    seen = []
    monkeypatch.setattr('reldistill_mm.hooks.distill_runner.check_same_start',
                        seen.append)
    if 'load_from' in changes:
        run(tmp_path / 'a', epochs=1)
        changes = dict(load_from=str(tmp_path / 'a/epoch_1.pth'))
    run(tmp_path / 'b', epochs=1, **changes)
    assert len(seen) == asked
