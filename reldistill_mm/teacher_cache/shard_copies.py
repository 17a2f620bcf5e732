"""Copies of remote shards on this machine, one for all of its processes."""
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BadInput
from ..io.files import atomic_path
from ..io.locked import locked
from ..io.remote import is_local, join, local_file, read_bytes
from ..io.tensor_file import TensorFile
from .shard_index import Piece, ShardError

# The environment variable that names the folder: where a machine has space is
# the machine's affair, not the config's.
FOLDER = 'RELDISTILL_SHARDS'
_REMEDY = (f'set the environment variable {FOLDER} to a folder on a larger '
           'disk, or free some.')


def copies_folder() -> Path:
    """Return the folder of the copies; it need not exist.

    ``$RELDISTILL_SHARDS``, or a folder of this user's among the temporary
    files.
    """
    named = os.environ.get(FOLDER)
    if named:
        return Path(named)
    return Path(tempfile.gettempdir(), f'reldistill_mm-shards-{os.getuid()}')


@contextmanager
def open_tensors(path: Path | str | Piece,
                 backend_args: dict | None) -> Iterator[TensorFile]:
    """Open a file of a cache, by itself or within a shard, or a copy of it.

    Raises:
        OSError: It is missing or may not be read.
        TensorFileError, ShardError: It is truncated, or not what it should be.
        BadInput: It cannot be fetched, or there is no space for it.
    """
    if isinstance(path, Piece):
        place = path.shard.members[path.name]
        with TensorFile(local_shard(path, backend_args), *place) as file:
            yield file
    else:
        with local_file(path,
                        backend_args) as local, TensorFile(local) as file:
            yield file


def local_shard(piece: Piece, backend_args: dict | None = None) -> str:
    """Return the path of a piece's shard, which is fetched if it is remote.

    A copy is named by its content, so that it serves every cache and is never
    one of an earlier build. Of several processes one fetches, and the others
    wait. Copies stay until somebody removes the folder.

    Args:
        piece (Piece): A keyframe's file in a shard.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: There is no such shard.
        ShardError: It is not the one of the index.
        BadInput: It cannot be fetched, or there is no space for it.
    """
    if is_local(piece.path, backend_args):
        return piece.path
    shard, folder = piece.shard, copies_folder()
    copy = folder / f'{shard.sha256}.tar'
    if not copy.exists():
        lock = folder / f'.{shard.sha256}.lock'
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.touch()
        except OSError as error:
            raise BadInput(f"No shard can be kept in '{folder}' "
                           f'({error.strerror}): {_REMEDY}') from error
        with locked(lock):
            # Another process may have been faster.
            if not copy.exists():
                _fetch(piece, copy, backend_args)
    return str(copy)


def _fetch(piece: Piece, copy: Path, backend_args: dict | None) -> None:
    shard = piece.shard
    free = shutil.disk_usage(copy.parent).free
    if free < shard.size:
        raise BadInput(
            f"'{piece.path}' has {shard.size / 1e6:.1f} MB, and the disk of "
            f"'{copy.parent}', where remote shards are kept, has "
            f'{free / 1e6:.1f} MB left: {_REMEDY}')
    content = read_bytes(piece.path, backend_args)
    if len(content) != shard.size:
        raise wrong_size(piece.root, shard.file, len(content), shard.size)
    if hashlib.sha256(content).hexdigest() != shard.sha256:
        raise ShardError(
            f"'{piece.path}' is not the shard that shards.json describes "
            '(SHA-256): copy it and shards.json again from where the cache '
            'was built.')
    with atomic_path(copy) as part:
        part.write_bytes(content)


def wrong_size(root: str, file: str, found: int, wanted: int) -> ShardError:
    """Return the error of a shard that was cut off, or is another one."""
    return ShardError(
        f"'{join(root, file)}' has {found} bytes, and shards.json says "
        f'{wanted}: copy it again from where the cache was built.')
