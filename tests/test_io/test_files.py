"""Whole files or none, and their sums."""
import hashlib
import os
from pathlib import Path

import pytest

from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import (atomic_path, file_sum, require_file_place,
                                    require_folder)


def test_replaces_in_one_go(tmp_path):
    path = tmp_path / 'made' / 'a.txt'
    for text in ('old', 'new'):
        with atomic_path(path) as fresh:
            assert fresh.parent == path.parent and fresh.suffix == '.txt'
            fresh.write_text(text)
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(RuntimeError):
        with atomic_path(path) as fresh:
            fresh.write_text('half')
            raise RuntimeError
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('size', [0, 1, 100, 101])
def test_sum_in_pieces(tmp_path, size):
    path = tmp_path / 'a'
    content = bytes(range(256))[:size]
    path.write_bytes(content)
    assert file_sum(path, 50) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize('name', ['file/a/b', 'file', 'link/a', 'locked/a'])
def test_places_that_cannot_be_written(tmp_path, name, monkeypatch):
    (tmp_path / 'file').touch()
    (tmp_path / 'link').symlink_to('gone')
    (tmp_path / 'locked').mkdir()
    # The superuser may write everywhere.
    allowed = os.access
    monkeypatch.setattr(
        os, 'access',
        lambda path, mode: 'locked' not in str(path) and allowed(path, mode))
    with pytest.raises(BadInput, match='choose another --out'):
        require_folder(tmp_path / name)
    with pytest.raises(BadInput, match='choose another --json'):
        require_file_place(tmp_path / name / 'x.json', '--json')


def test_places_that_can_be_written_are_not_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert require_folder('a/b') == Path('a/b')
    assert require_file_place(tmp_path / 'a/x', '--json').name == 'x'
    assert require_folder(tmp_path) and not list(tmp_path.iterdir())
    with pytest.raises(BadInput, match='is a folder: give --json'):
        require_file_place(tmp_path, '--json')
