"""Files that are whole or not there, and their sums."""
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A path of the writer's own that takes ``path``'s place at the end.

    Of several writers the last one wins, and nobody ever sees half a file.

    Args:
        path (str | Path): Its folder is made when it is not there.

    Yields:
        Path: Where to write, with the same suffix; removed on an error.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'.{uuid.uuid4().hex}.{path.name}')
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def file_sum(path: str | Path, piece: int = 1 << 22) -> str:
    """SHA-256 of a file of any size, in hexadecimal.

    Args:
        path (str | Path): The file.
        piece (int): Bytes in memory at a time. Defaults to 4 MiB.
    """
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(piece):
            digest.update(block)
    return digest.hexdigest()
