"""Let one process at a time do something to a folder or a file."""
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BadInput


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Wait until no other process holds ``path``, then hold it.

    A process that is killed lets go. Nothing is written: the lock is the
    system's (``flock``).

    Args:
        path (str | Path): A folder or file that is there.

    Raises:
        BadInput: The system or the file system knows no such locks.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            # Not on Windows.
            import fcntl
            fcntl.flock(handle, fcntl.LOCK_EX)
        except (ImportError, OSError) as error:
            raise BadInput(
                f"'{path}' cannot be locked against other processes "
                f'({error}): take a folder on a disk of this machine, or on '
                'a network disk with locks.') from error
        yield
    finally:
        os.close(handle)
