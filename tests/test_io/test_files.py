"""Whole files or none, and their sums."""
import hashlib

import pytest

from reldistill_mm.io.files import atomic_path, file_sum


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
