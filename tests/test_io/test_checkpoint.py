"""Weights come out whole, nothing of the file runs, damage is named."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from reldistill_mm.io.checkpoint import load_weights, read_state_dict


class Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path, )


def make_model() -> nn.Module:
    return nn.Sequential(nn.Conv1d(2, 3, 2), nn.BatchNorm1d(3)).half()


def save(path: Path, **more) -> nn.Module:
    """As mmengine's Runner does, with what stands beside the weights."""
    model = make_model()
    model[1].running_mean.uniform_()
    history = HistoryBuffer([1., 2.], [1, 1])
    content = dict(
        state_dict=model.state_dict(),
        message_hub=dict(log_scalars={'train/loss': history}),
        meta=dict(palette=np.eye(3), names={'a', 'b'}),
        optimizer=torch.optim.AdamW(model.parameters()).state_dict())
    torch.save(dict(content, **more), path)
    return model


@pytest.mark.parametrize('zipped', [True, False])
def test_weights_and_their_metadata_come_out_whole(tmp_path, zipped):
    path = tmp_path / 'epoch_1.pth'
    model = save(path)
    if not zipped:
        # As torch wrote before 1.6.
        content = torch.load(path, weights_only=False)
        torch.save(content, path, _use_new_zipfile_serialization=False)
    found, wanted = read_state_dict(path), model.state_dict()
    assert found._metadata == wanted._metadata
    assert list(found) == list(wanted)
    for name, tensor in wanted.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)
    other = make_model()
    load_weights(other, path)
    assert torch.equal(other[0].weight, model[0].weight)


def test_a_plain_state_dict_is_a_checkpoint(tmp_path):
    state = dict(a=nn.Parameter(torch.ones(2)), b=torch.arange(3))
    torch.save(state, tmp_path / 'a.pth')
    found = read_state_dict(str(tmp_path / 'a.pth'))
    assert torch.equal(found['a'], state['a'])
    assert torch.equal(found['b'], state['b'])


@pytest.mark.parametrize('zipped', [True, False])
def test_nothing_of_the_file_runs(tmp_path, zipped):
    mark, path = tmp_path / 'mark', tmp_path / 'a.pth'
    content = dict(
        state_dict=make_model().state_dict(), meta=[Touch(mark)] * 2)
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert len(read_state_dict(path)) == 7
    assert not mark.exists()
    torch.load(path, weights_only=False)
    assert mark.exists()


def test_an_object_among_the_weights_is_refused(tmp_path):
    mark, path = tmp_path / 'mark', tmp_path / 'a.pth'
    torch.save(dict(state_dict=dict(weight=Touch(mark))), path)
    with pytest.raises(ValueError, match=r'a\.pth.*holds no weights'):
        read_state_dict(path)
    assert not mark.exists()


@pytest.mark.parametrize('content', [[1, 2], {}, dict(state_dict=3), {1: 2}])
def test_files_without_weights(tmp_path, content):
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=r'a\.pth.*holds no weights'):
        read_state_dict(tmp_path / 'a.pth')


@pytest.mark.parametrize('size', [0, 1, 100, -1, -2000])
def test_truncated_files(tmp_path, size):
    path = tmp_path / 'a.pth'
    save(path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(
            ValueError, match=r"a\.pth' is not a complete checkpoint"):
        read_state_dict(path)


@pytest.mark.parametrize('content',
                         [b'not weights\n', b'\x80\x02.', b'<html>'])
def test_files_of_something_else(tmp_path, content):
    (tmp_path / 'a.pth').write_bytes(content)
    with pytest.raises(
            ValueError, match=r"a\.pth' is not a complete checkpoint"):
        read_state_dict(tmp_path / 'a.pth')


def test_missing_and_other_models(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.pth'):
        read_state_dict(tmp_path / 'none.pth')
    save(tmp_path / 'a.pth')
    with pytest.raises(
            ValueError, match=r'a\.pth.*of this config.*none of its'):
        load_weights(nn.Linear(2, 2), tmp_path / 'a.pth')


def test_a_variance_that_is_negative(tmp_path):
    """Its square root would make every prediction NaN."""
    torch.save({'norm.running_var': torch.tensor([1., -2.])},
               tmp_path / 'a.pth')
    with pytest.raises(ValueError, match="a.pth.*'norm.running_var'.*-2"):
        read_state_dict(tmp_path / 'a.pth')
