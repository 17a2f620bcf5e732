"""Quantised features against the dot products of the features themselves."""
import numpy as np
import pytest

from reldistill_mm.errors import BadInput
from reldistill_mm.functional.principal_space import (principal_space,
                                                      quantise_rows)


def unit(rng, count, width, spread):
    rows = rng.normal(0, spread**np.arange(width), (count, width)) + 0.1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize('width, components', [(64, 64), (64, 100), (40, 12)])
def test_cosines_within_the_error_of_a_byte(width, components):
    """Against float64, word by word; the bound is that of the roundings."""
    rng = np.random.default_rng(0)
    features, words = unit(rng, 500, width, .8), unit(rng, 30, width, .8)
    space = principal_space(features, components)
    rows = quantise_rows(space.coordinates(features))
    query, offset = space.query(words)
    found = rows.values @ query.T + offset
    kept = min(width, components)
    assert rows.codes.shape == (500, kept) and rows.codes.dtype == np.int8
    lost = features - space.mean
    lost = lost - (lost @ space.axes) @ space.axes.T
    bound = (np.abs(query) @ rows.step) / 2
    bound = bound[None] + np.linalg.norm(lost, axis=1)[:, None] + 1e-6
    assert (np.abs(found - features @ words.T) <= bound).all()
    if kept == width:
        assert np.abs(found - features @ words.T).max() < 0.01
        assert np.linalg.norm(lost) < 1e-9


def test_axes_are_those_of_the_singular_values():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(200, 9)) * np.arange(1, 10)
    space = principal_space(features, 4)
    _, _, axes = np.linalg.svd(features - features.mean(0))
    np.testing.assert_allclose(np.abs(space.axes), np.abs(axes[:4].T))
    np.testing.assert_allclose(space.axes.T @ space.axes, np.eye(4), atol=1e-9)


def test_degenerate_rows():
    """One row, equal rows, a column of zeros, no rows to quantise."""
    space = principal_space(np.ones((1, 3)), 3)
    assert np.isfinite(space.axes).all()
    assert not quantise_rows(space.coordinates(np.ones((5, 3)))).codes.any()
    assert quantise_rows(np.zeros((0, 4))).codes.shape == (0, 4)
    with pytest.raises(BadInput, match='no features'):
        principal_space(np.zeros((0, 3)), 2)
    with pytest.raises(BadInput, match='at least 1'):
        principal_space(np.ones((2, 3)), 0)
