"""Files read through mmengine's file backends, with errors that explain."""
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError

from mmengine.fileio import LocalBackend, get_file_backend
from mmengine.fileio.backends import BaseStorageBackend

from ..errors import BadInput, MissingInput

_GONE = (404, 410)


def file_backend(path: str,
                 backend_args: dict | None = None) -> BaseStorageBackend:
    """Return the file backend of a path.

    Args:
        path (str): Path or address.
        backend_args (dict, optional): ``backend`` (a registered name) and its
            arguments. Defaults to None: the path's prefix (``s3://``) decides.

    Raises:
        BadInput: There is no such backend, or it cannot be made.
    """
    try:
        return get_file_backend(str(path), backend_args=backend_args)
    except (KeyError, ValueError, TypeError, ImportError) as error:
        raise BadInput(
            f"There is no file backend for '{path}' with backend_args="
            f'{backend_args} ({error!r}): install its package, or register '
            'one with mmengine.fileio.register_backend.') from error


def is_local(path: str, backend_args: dict | None = None) -> bool:
    """Whether a path is one of this machine's file system."""
    return isinstance(file_backend(path, backend_args), LocalBackend)


def read_bytes(path: str, backend_args: dict | None = None) -> bytes:
    """Read a whole file.

    Args:
        path (str): Path or address.
        backend_args (dict, optional): See :func:`file_backend`.

    Raises:
        MissingInput: No such file.
        BadInput: The file or its storage cannot be read.
    """
    backend = file_backend(path, backend_args)
    with explain_reading(path):
        content = backend.get(path)
    if content is None:
        # What the Petrel backend answers.
        raise MissingInput(f"'{path}' does not exist.")
    return bytes(content)


@contextmanager
def explain_reading(path: str) -> Iterator[None]:
    """Turn whatever a backend raises into an error that names the file."""
    try:
        yield
    except (BadInput, MissingInput):
        raise
    except FileNotFoundError as error:
        raise MissingInput(f"'{path}' does not exist.") from error
    except HTTPError as error:
        if error.code in _GONE:
            raise MissingInput(f"'{path}' does not exist (HTTP status "
                               f'{error.code}).') from error
        raise _unreadable(path, error) from error
    except Exception as error:
        # Storage clients have exceptions of their own.
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> BadInput:
    return BadInput(f"'{path}' cannot be read ({type(error).__name__}: "
                    f'{error}): check the address, the rights and '
                    'backend_args.')
