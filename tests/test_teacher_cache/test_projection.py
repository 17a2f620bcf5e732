"""The basis of fewer dimensions."""
import errno
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from reldistill_mm.functional import unit_rows
from reldistill_mm.teacher_cache import (principal_basis, projection,
                                         read_basis, write_basis)


def features(count=400, width=24):
    """Unit rows far from the origin's centre, as CLIP's are."""
    scale = 0.7**torch.arange(width)
    return unit_rows(torch.randn(count, width) * scale + scale).double()


def test_inner_products_are_kept_as_no_other_projection_keeps_them():
    rows = features()
    basis, kept = principal_basis(rows.T @ rows, 6)
    torch.testing.assert_close(basis.T @ basis, torch.eye(6))
    low = rows @ basis.double()
    assert kept == pytest.approx(float(low.square().sum() / len(rows)), 1e-5)
    error = (low @ low.T - rows @ rows.T).norm()
    # The Eckart-Young bound, by NumPy's SVD: nothing of rank 6 is nearer.
    values = np.linalg.svd(rows.numpy(), compute_uv=False)
    best = np.sqrt((values[6:]**4).sum())
    assert float(error) == pytest.approx(best, rel=1e-4)


def test_all_dimensions_keep_everything():
    rows = features(width=5)
    basis, kept = principal_basis(rows.T @ rows, 5)
    assert kept == pytest.approx(1)
    torch.testing.assert_close(rows @ (basis @ basis.T).double(), rows)


@pytest.mark.parametrize('dims', [0, 6])
def test_bad_dims(dims):
    with pytest.raises(ValueError, match='1 to 5'):
        principal_basis(torch.eye(5).double(), dims)


def test_the_first_of_two_writers_wins(tmp_path):
    path = tmp_path / 'cache/basis-0.safetensors'
    write_basis(path, np.ones((4, 2)))
    write_basis(path, np.zeros((4, 2)))
    basis, digest = read_basis(path)
    assert (basis == 1).all() and len(digest) == 64
    assert len(list(path.parent.iterdir())) == 1
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match='basis-0.safetensors.*delete it'):
        read_basis(path)


@pytest.fixture
def no_links(monkeypatch):
    """As on exFAT."""

    def refuse(*_):
        raise OSError(errno.EPERM, 'Operation not permitted')

    monkeypatch.setattr(os, 'link', refuse)


def test_the_first_wins_without_hard_links(no_links, tmp_path):
    path = tmp_path / 'basis-0.safetensors'
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda i: write_and_read(path, i), range(32)))
    assert len(set(digests)) == 1
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def write_and_read(path, value):
    write_basis(path, np.full((4, 2), value))
    return read_basis(path)[1]


def test_a_lock_that_was_left_is_named(no_links, tmp_path, monkeypatch):
    monkeypatch.setattr(projection, '_PATIENCE', 0.1)
    (tmp_path / '.basis.lock').touch()
    with pytest.raises(TimeoutError, match=r"\.basis\.lock'.*delete it"):
        write_basis(tmp_path / 'basis', np.ones((4, 2)))
    assert not (tmp_path / 'basis').exists()
    assert len(list(tmp_path.iterdir())) == 1
