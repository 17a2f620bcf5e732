"""Checks that every reader of points makes."""
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ...errors import BadInput, MissingInput
from .columns import other_columns

# Columns that files of points with an intensity in column 3 have.
COUNTS = (4, 5, 6, 7)


def require_finite(points: np.ndarray, path: str | Path) -> None:
    """Refuse points with NaN or infinity.

    Args:
        points (np.ndarray): (N, C) floats.
        path (str | Path): Path of their file, for the message.

    Raises:
        BadInput: A point is not finite; the message names the first one.
    """
    bad = np.flatnonzero(~np.isfinite(points).all(1))
    if len(bad):
        raise BadInput(
            f"The point cloud '{path}' has {len(bad)} points that are not "
            f'finite, the first at row {bad[0]}: {points[bad[0]].tolist()}. '
            'Remove them (and their labels) from the file.')


def in_one_line(said: object, most: int = 200) -> str:
    """Say what another package or a damaged file says in a printable line.

    Args:
        said (object): An error, or words of a file.
        most (int): Number of characters to keep. Defaults to 200.
    """
    text = ' '.join(str(said).split()) or type(said).__name__
    return ''.join(c if c.isprintable() else '?' for c in text[:most])


@contextmanager
def refusing_unreadable(path: str | Path) -> Iterator[None]:
    """Say which file cannot be read, and the system's reason.

    Args:
        path (str | Path): File that is read in the context.

    Raises:
        BadInput: The system refuses to read it (rights, a damaged disk).
    """
    try:
        yield
    except MissingInput:
        raise
    except OSError as error:
        raise BadInput(f"'{path}' cannot be read "
                       f'({error.strerror or error}).') from error


def fitting_columns(values: np.ndarray) -> list[int]:
    """List the numbers of columns that a file of points may have.

    With a wrong number, coordinates stand where intensities belong, and some
    of those are negative. Source: ours.

    Args:
        values (np.ndarray): (V,) all values of the file.

    Returns:
        list[int]: Those of :data:`COUNTS` that divide V and leave no
        intensity negative.
    """
    return [
        count for count in COUNTS if len(values) %
        count == 0 and not (values.reshape(-1, count)[:, 3] < 0).any()
    ]


def require_columns(values: np.ndarray, columns: int,
                    path: str | Path) -> None:
    """Refuse points that were read with another number of columns.

    Args:
        values (np.ndarray): (V,) all values of the file.
        columns (int): Number of columns that the file is read with.
        path (str | Path): Path of the file, for the message.

    Raises:
        BadInput: Intensities are negative, and with another number of columns
            they are not; or the columns are all alike, and with another
            number they are not.
    """
    others = other_columns(values, columns)
    if not others and columns > 3 and (values.reshape(-1, columns)[:, 3]
                                       < 0).any():
        others = fitting_columns(values)
    if others:
        raise BadInput(
            f"The point cloud '{path}' is read with {columns} columns, which "
            'mixes coordinates and other values; it seems to have '
            f'{" or ".join(map(str, others))}: set load_dim of the step that '
            'loads points (num_pts_feats in an info file, columns in a '
            'layout), or use tools/segment.py --columns.')
