"""Scans that are bare tables of numbers: .bin and .npy."""
from pathlib import Path

import numpy as np

from ...errors import BadInput
from .checks import fitting_columns, in_one_line
from .intensity import FEW

Columns = dict[str, np.ndarray]

# nuScenes: x, y, z, intensity, ring. KITTI: x, y, z, intensity.
_USUAL_COLUMNS = (5, 4)
# A point of a scan has no more values; what has is more likely transposed.
_MOST_COLUMNS = 32


def read_bin(path: Path, columns: int | None) -> Columns:
    """Read rows of float32.

    Args:
        path (Path): The file.
        columns (int, optional): Columns; None to find out whether 5 or 4.

    Returns:
        dict[str, np.ndarray]: Column name to (N,) float32.

    Raises:
        BadInput: The size or the intensities fit none or both.
    """
    size = path.stat().st_size
    fitting = [n for n in (columns, ) if n] or _USUAL_COLUMNS
    fitting = [n for n in fitting if size % (4 * n) == 0]
    if not fitting:
        wanted = columns or ' or '.join(map(str, _USUAL_COLUMNS))
        raise BadInput(
            f"'{path}' has {size} bytes, which are not rows of {wanted} "
            'float32: it is truncated (copy it again) or has another number '
            'of columns (--columns).')
    values = np.fromfile(path, '<f4')
    if columns is None:
        fitting = fitting_columns(values)
        known = len(fitting) == 1 and fitting[0] in _USUAL_COLUMNS
        if not known and size:
            raise BadInput(
                f"'{path}' may have {fitting or 'other than 4 to 7'} columns "
                'by its size and intensities: give their number (--columns).')
    return _named(values.reshape(-1, fitting[0]))


def read_npy(path: Path) -> Columns:
    """Read an array (N, C), its transpose, or one with named fields.

    Args:
        path (Path): The file; nothing pickled in it is read.

    Returns:
        dict[str, np.ndarray]: Column name to (N,) values of the file's dtype.

    Raises:
        BadInput: It is not an array of numbers of such a shape.
    """
    try:
        table = np.load(path, allow_pickle=False)
    except Exception as error:
        # The header is an expression of Python, in which much may be wrong.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadInput(f"'{path}' is not a numeric array that NumPy saved "
                       f'({in_one_line(error)}).') from error
    if table.dtype.names and table.ndim == 1:
        return {name: _numbers(table[name], path, 1)
                for name in table.dtype.names
                if table[name].ndim == 1}  # yapf: disable
    rows = _as_rows(_numbers(table, path, 2), path)
    colours = ('red', 'green', 'blue') if _have_colours(rows[:, 3:6]) else ()
    return _named(rows, *colours)


def _numbers(table: np.ndarray, path: Path, axes: int) -> np.ndarray:
    if table.ndim != axes or table.dtype.kind not in 'fiu':
        raise BadInput(f"'{path}' holds an array {table.shape} of "
                       f'{table.dtype}; (N, 3 or more) numbers are needed.')
    return table


def _as_rows(table: np.ndarray, path: Path) -> np.ndarray:
    """Return points in rows; nuscenes-devkit keeps a cloud as (4, N)."""
    rows, columns = table.shape
    if 3 <= rows <= 6 < columns and columns > _MOST_COLUMNS:
        return table.T
    if columns < 3:
        raise BadInput(f"'{path}' holds an array {table.shape} of "
                       f'{table.dtype}; (N, 3 or more) numbers are needed.')
    if 3 <= rows <= 6 < columns or rows < columns > _MOST_COLUMNS:
        raise BadInput(
            f"'{path}' holds an array {table.shape}, which may have its "
            'points in rows or in columns: save it with named fields, or as '
            '(N, 3 to 6) with x, y, z, intensity.')
    return table


def _named(table: np.ndarray, *more: str) -> Columns:
    names = ('x', 'y', 'z', *(more or ('intensity', )))[:table.shape[1]]
    return {name: table[:, index] for index, name in enumerate(names)}


def _have_colours(values: np.ndarray) -> bool:
    """Whether columns (N, 3) fill 0 to 255 in whole numbers, or 0 to 1.

    Rings end at 127, times within a sweep near 0.
    """
    if values.shape[1] < 3 or len(values) < FEW or not values.min() >= 0:
        return False
    top = values.max(0)
    whole = bool((values == np.round(values)).all())
    full = 255 if whole else 1
    return bool(((0.6 * full < top) & (top <= full)).all())
