"""Polygon files (.ply) of which only the vertices are read."""
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from plyfile import PlyData, PlyListProperty

from ...errors import BadInput
from .checks import in_one_line

_LONGEST_HEADER = 1 << 16


def read_ply(path: Path) -> dict[str, np.ndarray]:
    """Read the properties of the vertices: ascii or binary, any byte order.

    Args:
        path (Path): The file; other elements may stand before the vertices.

    Returns:
        dict[str, np.ndarray]: Property name to (N,) values; lists are left
        out.

    Raises:
        BadInput: The file is incomplete, or longer than its header says.
    """
    try:
        with _open(path) as file:
            content = PlyData.read(file)
            # A text has been read ahead of, and its stream is closed.
            surplus = (
                _more_lines(path, content)
                if content.text else path.stat().st_size - file.tell())
        vertices = content['vertex']
        columns = {
            prop.name: np.asarray(vertices[prop.name])
            for prop in vertices.properties
            if not isinstance(prop, PlyListProperty)
        }
    except Exception as error:
        # plyfile passes on whatever NumPy says to a header of nonsense.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadInput(f"'{path}' is not a complete PLY file of vertices "
                       f'({in_one_line(error)}). Copy it again.') from error
    if surplus > (0 if content.text else 2):
        raise BadInput(
            f"'{path}' goes on for {surplus} "
            f"{'lines' if content.text else 'bytes'} after what its header "
            'says: correct the counts in the header.')
    return columns


def _open(path: Path) -> BinaryIO:
    """Open a file, in memory if its header has comments beyond ASCII."""
    with open(path, 'rb') as file:
        # A header is short; plyfile reads the rest from the disk.
        head, _, _ = file.read(_LONGEST_HEADER).partition(b'end_header')
        if head.isascii():
            return open(path, 'rb')
        file.seek(0)
        head = bytes(byte if byte < 128 else ord('?') for byte in head)
        return io.BytesIO(head + file.read()[len(head):])


def _more_lines(path: Path, content: PlyData) -> int:
    """Count the lines of a text that no element of the header claims."""
    body = path.read_bytes().partition(b'end_header')[2]
    lines = sum(1 for line in body.splitlines() if line.strip())
    return lines - sum(element.count for element in content.elements)
