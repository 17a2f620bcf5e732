"""Point Cloud Data files (.pcd), the format of the Point Cloud Library.

Format: https://pointclouds.org/documentation/tutorials/pcd_file_format.html.
Read here because Open3D's wheels do not start on every server (they link
USB and X11 libraries), while the format is a header and a table.
"""
import io
from pathlib import Path

import numpy as np

from ...errors import BadInput
from .checks import in_one_line
from .lzf import unpack_lzf

_NUMBERS = {
    f'{kind}{size}': f'<{kind.lower()}{size}'
    for kind, sizes in (('F', '248'), ('I', '1248'), ('U', '1248'))
    for size in sizes
}
# Position of the sensor, from the header; no field has this name.
VIEWPOINT = 'viewpoint (3,)'


def read_pcd(path: Path) -> dict[str, np.ndarray]:
    """Read the columns of a PCD file: ascii, binary or binary_compressed.

    Args:
        path (Path): The file.

    Returns:
        dict[str, np.ndarray]: Field name to (N,) values, fields of several
        values per point left out, and :data:`VIEWPOINT` (3,) if the header
        has one.

    Raises:
        BadInput: The header or the body is incomplete.
    """
    header, table = read_records(path)
    columns = {
        name: table[name]
        for name in table.dtype.names or () if table[name].ndim == 1
    }
    viewpoint = _viewpoint(header, path)
    return columns if viewpoint is None else {**columns, VIEWPOINT: viewpoint}


def read_records(path: Path) -> tuple[dict[str, list[str]], np.ndarray]:
    """Read the header's words by key, and the points (N,) as records.

    Raises:
        BadInput: See :func:`read_pcd`.
    """
    content = path.read_bytes()
    header, body = _split(content, path)
    try:
        dtype = _record_type(header)
        count = _number_of_points(header)
        kind = header['DATA'][0]
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        raise BadInput(
            f"'{path}' has an incomplete or contradictory PCD header "
            f'({type(error).__name__}: {in_one_line(error)}).') from error
    if kind == 'ascii':
        table = _from_text(body, dtype, count, path)
    elif kind in ('binary', 'binary_compressed'):
        if kind == 'binary_compressed':
            body = _decompress(body, path)
        _check_length(body, dtype, count, path)
        table = (
            np.frombuffer(body, dtype, count)
            if kind == 'binary' else _row_by_row(body, dtype, count))
    else:
        raise BadInput(
            f"'{path}' has DATA {in_one_line(kind)}; ascii, binary and "
            'binary_compressed can be read.')
    return header, table


def _number_of_points(header: dict[str, list[str]]) -> int:
    """Read POINTS, which WIDTH and HEIGHT must agree with."""
    size = [
        int(header[key][0]) for key in ('WIDTH', 'HEIGHT') if key in header
    ]
    grid = size[0] * size[1] if len(size) == 2 else None
    count = grid if 'POINTS' not in header else int(header['POINTS'][0])
    if count is None:
        raise LookupError('neither POINTS nor WIDTH and HEIGHT')
    if count < 0 or grid not in (None, count):
        raise ValueError(f'POINTS {count}, WIDTH and HEIGHT {size}')
    return count


def _check_length(body: bytes, dtype: np.dtype, count: int,
                  path: Path) -> None:
    if len(body) < count * dtype.itemsize:
        raise BadInput(f"'{path}' is truncated: {len(body)} bytes for {count} "
                       f'points of {dtype.itemsize}. Copy it again.')
    # A few bytes at the end are padding.
    if len(body) >= (count + 1) * max(dtype.itemsize, 1):
        raise BadInput(
            f"'{path}' goes on after its {count} points of {dtype.itemsize} "
            f'bytes, for {len(body) - count * dtype.itemsize} bytes: correct '
            'POINTS, SIZE or COUNT in its header.')


def _viewpoint(header: dict[str, list[str]], path: Path) -> np.ndarray | None:
    """Return the viewpoint (3,) float64, or None for the origin or none.

    PCL leaves the points where they are: a viewpoint away from the origin
    means that they are not in the sensor's frame.
    """
    words = header.get('VIEWPOINT', [])[:3]
    try:
        place = np.array([float(word) for word in words])
    except ValueError as error:
        raise BadInput(f"'{path}' has a VIEWPOINT that is not numeric: "
                       f'{words}.') from error
    if len(place) < 3 or not np.isfinite(place).all() or not place.any():
        return None
    return place


def _split(content: bytes, path: Path) -> tuple[dict[str, list[str]], bytes]:
    """Split a file into header words by key and what follows DATA."""
    header: dict[str, list[str]] = {}
    stream = io.BytesIO(content)
    for line in stream:
        words = line.decode('ascii', 'replace').split()
        if not words or words[0].startswith('#'):
            continue
        header[words[0]] = words[1:]
        if words[0] == 'DATA':
            return header, stream.read()
    raise BadInput(f"'{path}' is not a complete PCD file: it has no line "
                   "'DATA'. Copy it again.")


def _record_type(header: dict[str, list[str]]) -> np.dtype:
    """Build the little-endian record type of one point."""
    names = header['FIELDS']
    counts = header.get('COUNT', ['1'] * len(names))
    fields = []
    for index, name in enumerate(names):
        number = header['TYPE'][index] + header['SIZE'][index]
        if number not in _NUMBERS:
            raise ValueError(f'{name} of TYPE and SIZE {number}')
        # Every padding field is called '_'.
        unique = f'_{index}' if name in ('_', *names[:index]) else name
        count = int(counts[index])
        if count < 1:
            raise ValueError(f'COUNT {count} of {name}')
        shape = () if count == 1 else (count, )
        fields.append((unique, _NUMBERS[number], shape))
    return np.dtype(fields)


def _from_text(body: bytes, dtype: np.dtype, count: int,
               path: Path) -> np.ndarray:
    try:
        table = np.zeros(0, dtype)
        if body.strip():
            table = np.loadtxt(io.BytesIO(body), dtype, ndmin=1)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(
            f"'{path}' has a line that is not {len(dtype.names or ())} "
            f'numbers: {in_one_line(error)}.') from error
    if len(table) > count:
        raise BadInput(
            f"'{path}' goes on after its {count} points, for "
            f'{len(table) - count} lines: correct POINTS in its header.')
    if len(table) != count:
        raise BadInput(f"'{path}' is truncated: {len(table)} of {count} "
                       'points. Copy it again.')
    return table


def _decompress(body: bytes, path: Path) -> bytes:
    """Undo LZF; the body begins with two uint32 sizes."""
    sizes = np.frombuffer(body[:8].ljust(8, b'\0'), '<u4').tolist()
    out = unpack_lzf(body[8:8 + sizes[0]])
    if len(body) < 8 or out is None or len(out) != sizes[1]:
        raise BadInput(f"'{path}' is truncated or damaged: its compressed "
                       'points do not unpack. Copy it again.')
    return out


def _row_by_row(columns: bytes, dtype: np.dtype, count: int) -> np.ndarray:
    """Reorder a compressed body, which holds field after field."""
    table = np.zeros(count, dtype)
    offset = 0
    for name in dtype.names or ():
        part = np.frombuffer(columns[offset:offset + table[name].nbytes],
                             dtype[name].base)
        table[name] = part.reshape(table[name].shape)
        offset += table[name].nbytes
    return table
