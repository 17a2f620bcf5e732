"""Checks that every reader of points makes."""
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ...errors import BadInput, MissingInput


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
