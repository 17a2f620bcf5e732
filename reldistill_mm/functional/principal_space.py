"""Unit features in few bytes: principal components, one byte each.

Of a row f the whole numbers c = round(axes^T (f - mean) / step) are kept, so
that f is about mean + axes (step * c). The cosine with any vector q is then
mean . q + (step * axes^T q) . c: one product of K small numbers per row, which
a browser computes for a whole scan at once.
"""
from typing import NamedTuple

import numpy as np

from ..errors import BadInput

_LARGEST = 127


class PrincipalSpace(NamedTuple):
    """Mean and principal axes of features.

    Attributes:
        mean (np.ndarray): (D,) float64.
        axes (np.ndarray): (D, K) float64, orthonormal columns, that of the
            largest variance first.
    """
    mean: np.ndarray
    axes: np.ndarray

    def coordinates(self, rows: np.ndarray) -> np.ndarray:
        """Coordinates (N, K) float64 of rows (N, D)."""
        return (np.asarray(rows, np.float64) - self.mean) @ self.axes

    def query(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What to compare coordinates with.

        Args:
            rows (np.ndarray): (W, D), embeddings of words, say.

        Returns:
            tuple[np.ndarray, np.ndarray]: (W, K) and (W,), float64: the dot
            product with a feature of coordinates c is ``offset + c @ row``.
        """
        rows = np.asarray(rows, np.float64)
        return rows @ self.axes, rows @ self.mean


class QuantisedRows(NamedTuple):
    """Rows of one byte per component.

    Attributes:
        codes (np.ndarray): (N, K) int8.
        step (np.ndarray): (K,) float32, what one step of each component is.
    """
    codes: np.ndarray
    step: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """(N, K) float32, what the codes stand for."""
        return self.codes * self.step


def principal_space(features: np.ndarray, components: int) -> PrincipalSpace:
    """Find the principal axes of features.

    Args:
        features (np.ndarray): (N, D) finite, N at least 1.
        components (int): Largest number of axes K; never more than D.

    Returns:
        PrincipalSpace: Its K is min(components, D).

    Raises:
        BadInput: There are no features, or fewer than one component.

    Example:
        >>> space = principal_space(np.array([[0., 3.], [0., -1.]]), 1)
        >>> space.mean.tolist(), np.abs(space.axes).tolist()
        ([0.0, 1.0], [[0.0], [1.0]])
    """
    if components < 1:
        raise BadInput(f'{components} components: at least 1 is needed.')
    features = np.asarray(features, np.float64)
    if not len(features):
        raise BadInput('There are no features to find components of.')
    mean = features.mean(0)
    offset = features - mean
    _, axes = np.linalg.eigh(offset.T @ offset)
    axes = axes[:, ::-1][:, :components]
    # A sign that does not depend on the machine's LAPACK.
    largest = np.abs(axes).argmax(0)
    return PrincipalSpace(
        mean, axes * np.sign(axes[largest, np.arange(axes.shape[1])]))


def quantise_rows(values: np.ndarray) -> QuantisedRows:
    """Round every column to 255 steps between its extremes.

    Args:
        values (np.ndarray): (N, K).

    Returns:
        QuantisedRows: They are off by half a step at most.

    Example:
        >>> rows = quantise_rows(np.array([[2., 0.], [-1., 0.]]))
        >>> rows.codes.tolist()
        [[127, 0], [-64, 0]]
    """
    values = np.asarray(values, np.float64)
    top = np.abs(values).max(0, initial=0)
    # A column of zeros has a step all the same.
    step = (np.where(top > 0, top, 1) / _LARGEST).astype(np.float32)
    codes = np.clip(np.rint(values / step), -_LARGEST, _LARGEST)
    return QuantisedRows(codes.astype(np.int8), step)
