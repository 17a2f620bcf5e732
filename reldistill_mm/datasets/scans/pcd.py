"""Point Cloud Data files (.pcd), the format of the Point Cloud Library.

Format: https://pointclouds.org/documentation/tutorials/pcd_file_format.html.
Read here because Open3D's wheels do not start on every server (they link
USB and X11 libraries), while the format is a header and a table.
"""
import io
from pathlib import Path

import numpy as np

from ...errors import BadInput

_KINDS = dict(F='f', I='i', U='u')
# Position of the sensor, from the header; no field has this name.
VIEWPOINT = 'viewpoint (3,)'


def read_pcd(path: Path) -> dict[str, np.ndarray]:
    """Read the columns of a PCD file: ascii, binary or binary_compressed.

    Args:
        path (Path): The file.

    Returns:
        Dict[str, np.ndarray]: Field name to (N,) values, fields of several
        values per point left out, and :data:`VIEWPOINT` (3,) if the header
        has one.

    Raises:
        BadInput: The header or the body is incomplete.
    """
    content = path.read_bytes()
    header, body = _split(content, path)
    try:
        dtype = _record_type(header)
        count = int(header['POINTS'][0])
        kind = header['DATA'][0]
    except (KeyError, IndexError, ValueError) as error:
        raise BadInput(f"'{path}' has an incomplete PCD header ({error!r}).") \
            from error
    if kind == 'ascii':
        table = _from_text(body, dtype, count, path)
    elif kind in ('binary', 'binary_compressed'):
        if kind == 'binary_compressed':
            body = _row_by_row(_decompress(body, path), dtype, count)
        if len(body) < count * dtype.itemsize:
            raise BadInput(
                f"'{path}' is truncated: {len(body)} bytes for {count} "
                f'points of {dtype.itemsize}. Copy it again.')
        table = np.frombuffer(body, dtype, count)
    else:
        raise BadInput(f"'{path}' has DATA {kind}; ascii, binary and "
                       'binary_compressed can be read.')
    columns = {
        name: table[name]
        for name in dtype.names or () if table[name].ndim == 1
    }
    viewpoint = _viewpoint(header, path)
    return columns if viewpoint is None else {**columns, VIEWPOINT: viewpoint}


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
    raise BadInput(f"'{path}' is not a PCD file: it has no line 'DATA'.")


def _record_type(header: dict[str, list[str]]) -> np.dtype:
    """Build the little-endian record type of one point."""
    names = header['FIELDS']
    counts = header.get('COUNT', ['1'] * len(names))
    fields = []
    for index, name in enumerate(names):
        kind = _KINDS[header['TYPE'][index]] + header['SIZE'][index]
        # Every padding field is called '_'.
        unique = f'_{index}' if name in ('_', *names[:index]) else name
        count = int(counts[index])
        fields.append((unique,
                       f'<{kind}') if count == 1 else (unique, f'<{kind}',
                                                       (count, )))
    return np.dtype(fields)


def _from_text(body: bytes, dtype: np.dtype, count: int,
               path: Path) -> np.ndarray:
    try:
        table = np.zeros(0, dtype)
        if body.strip():
            table = np.loadtxt(
                io.BytesIO(body), dtype, ndmin=1, max_rows=count)
    except ValueError as error:
        raise BadInput(f"'{path}' has a line that is not "
                       f'{len(dtype.names or ())} numbers: {error}.') \
            from error
    if len(table) != count:
        raise BadInput(f"'{path}' is truncated: {len(table)} of {count} "
                       'points. Copy it again.')
    return table


def _decompress(body: bytes, path: Path) -> bytes:
    """Undo LZF; the body begins with two uint32 sizes."""
    sizes = np.frombuffer(body[:8], '<u4')
    source = body[8:8 + int(sizes[0])] if len(sizes) == 2 else b''
    out = bytearray()
    try:
        _lzf(source, out)
    except IndexError:
        pass
    if len(sizes) != 2 or len(out) != sizes[1]:
        raise BadInput(f"'{path}' is truncated or damaged: its compressed "
                       'points do not unpack. Copy it again.')
    return bytes(out)


def _lzf(source: bytes, out: bytearray) -> None:
    """Append the unpacked bytes to ``out``."""
    at = 0
    while at < len(source):
        control = source[at]
        at += 1
        if control < 32:
            out += source[at:at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += source[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - source[at] - 1
        at += 1
        if start < 0:
            raise IndexError('reference before the start')
        for position in range(start, start + length + 2):
            out.append(out[position])


def _row_by_row(columns: bytes, dtype: np.dtype, count: int) -> bytes:
    """Reorder a compressed body, which holds field after field."""
    table = np.zeros(count, dtype)
    offset = 0
    for name in dtype.names or ():
        part = np.frombuffer(columns[offset:offset + table[name].nbytes],
                             dtype[name].base)
        table[name] = part.reshape(table[name].shape)
        offset += table[name].nbytes
    return table.tobytes()
