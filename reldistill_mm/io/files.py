"""Files that are written whole or not at all, and their checksums."""
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BadInput


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


def require_folder(path: str | Path, option: str = '--out') -> Path:
    """Check that a folder can be made and written to; make nothing.

    Called before anything is computed that could then not be kept.

    Args:
        path (str | Path): The folder, which need not exist.
        option (str): Option that names it, for the message.

    Returns:
        Path: The folder.

    Raises:
        BadInput: It cannot be made or written to.
    """
    path = Path(path)
    place = Path(os.path.abspath(path))
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir():
        reason = f"'{place}' is not a folder"
    elif not os.access(place, os.W_OK | os.X_OK):
        reason = f"'{place}' may not be written to"
    else:
        return path
    raise BadInput(f"Nothing can be written to '{path}', since {reason}: "
                   f'choose another {option}.')


def require_file_place(path: str | Path, option: str) -> Path:
    """Check that a file can be written, before what it will hold is computed.

    Args:
        path (str | Path): The file, which need not exist.
        option (str): Option that names it, for the message.

    Returns:
        Path: The file.

    Raises:
        BadInput: The path is a folder, or its folder cannot be written to.
    """
    path = Path(path)
    if path.is_dir():
        raise BadInput(f"'{path}' is a folder: give {option} a file's name.")
    require_folder(path.parent, option)
    return path


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
