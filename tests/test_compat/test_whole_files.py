"""A run that is killed or has no room keeps its last checkpoint."""
import errno
import os
from pathlib import Path

import pytest
from mmengine.fileio import LocalBackend
from test_compat.test_safe_loading import make_runner

from reldistill_mm.errors import BadInput


def test_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """A full disk leaves the old file and names itself."""
    backend, path = LocalBackend(), tmp_path / 'epoch_1.pth'
    backend.put(b'old', path)
    backend.put_text('old', tmp_path / 'text')

    def full(self, *_, **__):
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, 'write_bytes', full)
        for write in (lambda: backend.put(b'new', path),
                      lambda: backend.put_text('new', tmp_path / 'text')):
            with pytest.raises(BadInput, match='no space.*go on with --res'):
                write()
    assert path.read_bytes() == b'old'
    assert sorted(each.name
                  for each in tmp_path.iterdir()) == ['epoch_1.pth', 'text']
    backend.put(b'new', path)
    assert path.read_bytes() == b'new'


def test_older_ones_are_removed_after_the_new_one_is_there(
        tmp_path, monkeypatch):
    """Else a run killed in between has none."""
    runner = make_runner(
        tmp_path / 'run',
        default_hooks=dict(
            checkpoint=dict(
                type='CheckpointHook', interval=1, max_keep_ckpts=1)))
    folder, seen = tmp_path / 'run', []
    put = LocalBackend.put

    def look(self, obj, filepath):
        before = sorted(each.name for each in folder.glob('*.pth'))
        put(self, obj, filepath)
        seen.append(before)

    monkeypatch.setattr(LocalBackend, 'put', look)
    runner.train()
    assert seen == [[], ['epoch_1.pth']]
    assert [each.name for each in folder.glob('*.pth')] == ['epoch_2.pth']
    last = Path((folder / 'last_checkpoint').read_text())
    assert last.name == 'epoch_2.pth' and last.is_file()
