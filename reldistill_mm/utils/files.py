"""Files that are whole or not there, and their sums."""
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Union


@contextmanager
def replacing(path: Union[str, Path]) -> Iterator[Path]:
    """A file beside ``path`` that takes its place once it is whole.

    Args:
        path (str | Path): Its folder is made when it is not there.

    Yields:
        Path: Where to write; removed on an error.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f'.{path.stem}-{os.getpid()}{path.suffix}')
    try:
        yield fresh
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def file_sum(path: Union[str, Path], piece: int = 1 << 22) -> str:
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
