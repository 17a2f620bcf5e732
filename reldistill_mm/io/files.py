"""Files that are written whole or not at all, and their checksums."""
import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BadInput, InputExists, MissingInput

# Longest suffix that a part of a file keeps.
_LONGEST = 32
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
# A disk with less than this many bytes left is full.
_FULL = 1 << 16


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a writer its own path, which replaces ``path`` at the end.

    Of several writers the last one wins, and nobody ever sees half a file.

    Args:
        path (str | Path): Target; its folder is made if it does not exist.
            A link stays one, and what it points to is replaced.

    Yields:
        Path: Path to write to, with the same suffix; removed on an error.

    Raises:
        BadInput: It cannot be written, or the disk is full.
    """
    path = Path(os.path.realpath(path))
    # Not the whole name, which may be as long as names can be.
    part = path.with_name(f'.{uuid.uuid4().hex}{path.suffix[-_LONGEST:]}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except (OSError, RuntimeError) as error:
        refusal = _refusal(error, path, part)
        if refusal is None:
            raise
        raise refusal from error
    finally:
        with suppress(OSError):
            part.unlink()


def _refusal(error: OSError | RuntimeError, path: Path,
             part: Path) -> BadInput | None:
    """Say in one line why a file cannot be written; None for a bug."""
    if isinstance(error, (MissingInput, InputExists)):
        return None
    if disk_is_full(error, path):
        return BadInput(f"'{path}' cannot be written: no space is left on its "
                        'disk. Free some, or choose another folder.')
    # Errors of other files that the writer touched are not ours.
    if isinstance(error, OSError) and error.filename is not None and Path(
            error.filename) in (path, part, *path.parents):
        return BadInput(f"'{path}' cannot be written ({error.strerror}): "
                        'choose another folder.')
    return None


def disk_is_full(error: Exception, path: str | Path) -> bool:
    """Tell whether an error in writing means that the disk is full.

    Args:
        error (Exception): What the writer raised. torch and NumPy do not pass
            on the system's reason.
        path (str | Path): File that was to be written, on the disk that is
            looked at.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number is not None:
        return number in _NO_SPACE
    if 'free space' in str(error):
        # NumPy asks for all of it beforehand.
        return True
    try:
        return shutil.disk_usage(Path(path).parent).free < _FULL
    except OSError:
        return False


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


def require_content(path: Path, kind: str = 'scan') -> None:
    """Refuse what a broken copy leaves: an empty file, a link to nothing.

    Raises:
        BadInput: It is one.
    """
    if not path.is_file() or path.stat().st_size == 0:
        state = 'is empty' if path.is_file() else 'is not a file'
        beside = ' (and its labels)' if kind == 'scan' else ''
        raise BadInput(f"The {kind} '{path}' {state}: copy it again, or "
                       f'remove it{beside}.')


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
