"""Weights are known by their tensors, in whichever format."""
import hashlib

import torch
from safetensors.torch import save_file

from reldistill_mm.io.files import file_sum
from reldistill_mm.io.weights_sum import weights_sum


def test_one_digest_for_one_state_dict(tmp_path):
    state = {
        'b': torch.arange(6.).reshape(2, 3),
        'a': torch.tensor(3.),
        'c': torch.ones(2, dtype=torch.bfloat16)
    }
    torch.save(state, tmp_path / 'a.pt')
    torch.save({'state_dict': state, 'epoch': 3}, tmp_path / 'b.pth')
    save_file(state, tmp_path / 'c.safetensors')
    expected = hashlib.sha256()
    for name, what, values in [
        ('a', 'torch.float32 ()', bytes([0, 0, 64, 64])),
        ('b', 'torch.float32 (2, 3)', state['b'].numpy().tobytes()),
        ('c', 'torch.bfloat16 (2,)', bytes([128, 63] * 2))]:  # yapf: disable
        expected.update(f'{name} {what}'.encode() + values)
    assert {weights_sum(path)
            for path in tmp_path.iterdir()} == {expected.hexdigest()}


def test_names_shapes_kinds_and_values_count(tmp_path):
    path, found = tmp_path / 'a.pt', set()
    for state in ({'a': torch.zeros(4)}, {'b': torch.zeros(4)},
                  {'a': torch.zeros(2, 2)}, {'a': torch.zeros(8).half()},
                  {'a': torch.ones(4)}):  # yapf: disable
        torch.save(state, path)
        found.add(weights_sum(path))
    assert len(found) == 5


def test_other_files_count_by_their_bytes(tmp_path):
    path = tmp_path / 'a.pt'
    for content in (b'', b'text', b'PK\3\4'):
        path.write_bytes(content)
        assert weights_sum(path) == file_sum(path)
