"""Files read through mmengine's file backends, with errors that explain."""
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.error import HTTPError

from ..errors import BadInput, MissingInput
from .files import atomic_path

if TYPE_CHECKING:
    from mmengine.fileio.backends import BaseStorageBackend

_GONE = (404, 410)


def file_backend(path: str | Path,
                 backend_args: dict | None = None) -> 'BaseStorageBackend':
    """Return the file backend of a path.

    Args:
        path (str): Path or address.
        backend_args (dict, optional): ``backend`` (a registered name) and its
            arguments. Defaults to None: the path's prefix (``s3://``) decides.

    Raises:
        BadInput: There is no such backend, or it cannot be made.
    """
    # Local files are read where there is no mmengine, too.
    from mmengine.fileio import get_file_backend
    try:
        return get_file_backend(
            str(path), backend_args=backend_args, enable_singleton=True)
    except (KeyError, ValueError, TypeError, ImportError) as error:
        raise BadInput(
            f"No file backend reads '{path}' with backend_args="
            f'{backend_args} ({error!r}): install its package, or register '
            'one with mmengine.fileio.register_backend.') from error


def is_local(path: str | Path, backend_args: dict | None = None) -> bool:
    """Whether a path is one of this machine's file system."""
    if backend_args is None and '://' not in str(path):
        return True
    from mmengine.fileio import LocalBackend
    return isinstance(file_backend(path, backend_args), LocalBackend)


def read_bytes(path: str | Path, backend_args: dict | None = None) -> bytes:
    """Read a whole file.

    Args:
        path (str): Path or address.
        backend_args (dict, optional): See :func:`file_backend`.

    Raises:
        MissingInput: No such file.
        BadInput: The file or its storage cannot be read.
    """
    if is_local(path, backend_args):
        with explain_reading(path):
            return Path(path).read_bytes()
    backend = file_backend(path, backend_args)
    with explain_reading(path):
        content = backend.get(str(path))
    if content is None:
        # What the Petrel backend answers.
        raise MissingInput(f"'{path}' does not exist.")
    return bytes(content)


def join(root: str | Path, name: str) -> str:
    """Return the path of a file in a folder, which may be an address."""
    return f'{str(root).rstrip("/")}/{name}'


def exists(path: str | Path, backend_args: dict | None = None) -> bool:
    """Whether there is such a file."""
    if is_local(path, backend_args):
        return Path(path).exists()
    backend = file_backend(path, backend_args)
    if hasattr(backend, 'exists'):
        with explain_reading(path):
            return bool(backend.exists(str(path)))
    try:
        read_bytes(path, backend_args)
        return True
    except MissingInput:
        return False


def list_names(root: str | Path,
               backend_args: dict | None = None) -> set[str] | None:
    """Names of a folder's files; None where a backend cannot list them."""
    backend = file_backend(root, backend_args)
    if not hasattr(backend, 'list_dir_or_file'):
        return None
    with explain_reading(root):
        return set(backend.list_dir_or_file(str(root), list_dir=False))


def write_bytes(path: str | Path,
                content: bytes,
                backend_args: dict | None = None) -> None:
    """Write a file, a local one whole or not at all.

    Raises:
        BadInput: The storage cannot be written to.
    """
    if is_local(path, backend_args):
        with atomic_path(path) as part:
            part.write_bytes(content)
        return
    backend = file_backend(path, backend_args)
    try:
        backend.put(content, str(path))
    except Exception as error:
        raise BadInput(
            f"'{path}' cannot be written by {type(backend).__name__} "
            f'({type(error).__name__}: {error}): write to a local folder, or '
            'check the rights and backend_args.') from error


@contextmanager
def local_file(path: str | Path,
               backend_args: dict | None = None) -> Iterator[str]:
    """Give a reader that needs a file of its own a copy of a remote one.

    Raises:
        MissingInput: No such file.
        BadInput: It cannot be fetched.
    """
    if is_local(path, backend_args):
        yield str(path)
        return
    content = read_bytes(path, backend_args)
    descriptor, name = tempfile.mkstemp(suffix=PurePosixPath(path).suffix)
    try:
        with open(descriptor, 'wb') as file:
            file.write(content)
        yield name
    finally:
        os.unlink(name)


@contextmanager
def explain_reading(path: str | Path) -> Iterator[None]:
    """Turn whatever a backend raises into an error that names the file."""
    try:
        yield
    except (BadInput, MissingInput):
        raise
    except Exception as error:
        # Storage clients have exceptions of their own.
        if _is_missing(error):
            raise MissingInput(f"'{path}' does not exist.") from error
        raise _unreadable(path, error) from error


def _is_missing(error: Exception) -> bool:
    """Whether an exception says that there is no such file."""
    if isinstance(error, HTTPError):
        return error.code in _GONE
    # KeyError: of storage that is a mapping; NoSuchKey: of S3's clients.
    return (isinstance(error, (FileNotFoundError, KeyError))
            or 'NoSuchKey' in f'{type(error).__name__} {error}')


def _unreadable(path: str | Path, error: Exception) -> BadInput:
    return BadInput(f"'{path}' cannot be read ({type(error).__name__}: "
                    f'{error}): check the address, the rights and '
                    'backend_args.')
