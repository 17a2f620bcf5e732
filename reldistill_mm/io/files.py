"""Files that are written whole or not at all, and their checksums."""
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a writer its own path, which replaces ``path`` at the end.

    Of several writers the last one wins, and nobody ever sees half a file.

    Args:
        path (str | Path): Target; its folder is made if it does not exist.

    Yields:
        Path: Path to write to, with the same suffix; removed on an error.
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
    """Compute the SHA-256 of a file of any size, in hexadecimal.

    Args:
        path (str | Path): The file.
        piece (int): Bytes in memory at a time. Defaults to 4 MiB.
    """
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(piece):
            digest.update(block)
    return digest.hexdigest()
