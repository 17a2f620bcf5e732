"""The index of a teacher cache's shards: which file lies where in which."""
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, MissingInput
from ..io.remote import is_local, join, read_bytes, write_bytes

INDEX = 'shards.json'
_FORMAT = 1
_SHARD = re.compile(r'shard-\d{5,}\.tar', re.ASCII)
# What storage that may not be listed says of a file that is not there.
_FORBIDDEN = 403


class ShardError(BadInput):
    """A shard that was cut off, or that the index does not describe."""


class Shard(NamedTuple):
    """An uncompressed tar archive of keyframes' files.

    Attributes:
        file (str): Its name, ``shard-00000.tar``.
        size (int): Its bytes.
        sha256 (str): Digest of the archive, in hexadecimal.
        members (dict[str, tuple[int, int]]): File name to the byte at which
            its content begins, and how many bytes it has.
    """
    file: str
    size: int
    sha256: str
    members: dict[str, tuple[int, int]]


class Piece(NamedTuple):
    """A keyframe's file within a shard.

    Attributes:
        root (str): The cache's folder or address.
        shard (Shard): The archive.
        name (str): One of its members.
    """
    root: str
    shard: Shard
    name: str

    @property
    def path(self) -> str:
        """The archive's path or address."""
        return join(self.root, self.shard.file)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.shard.members[self.name][1]

    def __str__(self) -> str:
        return f'{self.path} ({self.name})'


def shard_name(number: int) -> str:
    """Return the file name of a shard."""
    return f'shard-{number:05d}.tar'


def is_shard(name: str) -> bool:
    """Whether a file name is that of a shard."""
    return _SHARD.fullmatch(name) is not None


def write_index(root: Path | str, shards: Iterable[Shard]) -> None:
    """Write ``root/shards.json`` of a local cache, whole or not at all."""
    content = dict(
        format=_FORMAT,
        shards=[
            dict(
                file=shard.file,
                size=shard.size,
                sha256=shard.sha256,
                members=[[name, *place]
                         for name, place in sorted(shard.members.items())])
            for shard in sorted(shards)
        ])
    # Lines are of use to a person, not to each of 28 130 keyframes.
    write_bytes(join(root, INDEX), (json.dumps(content) + '\n').encode())


def read_index(root: Path | str,
               backend_args: dict | None = None) -> list[Shard] | None:
    """Read ``root/shards.json``.

    Args:
        root (Path | str): Folder or address of a cache.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Returns:
        list[Shard] | None: None where the cache has no shards.

    Raises:
        BadInput: It is no index, or names a file twice.
    """
    path = join(root, INDEX)
    try:
        content = read_bytes(path, backend_args)
    except MissingInput:
        return None
    except BadInput as error:
        code = getattr(error.__cause__, 'code', None)
        if not is_local(path, backend_args) and code == _FORBIDDEN:
            return None
        raise
    try:
        found = json.loads(content)
        if found['format'] != _FORMAT:
            raise ValueError(f"format {found['format']}, not {_FORMAT}")
        shards = [_shard(entry) for entry in found['shards']]
        _require_one_place(shards)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"'{path}' is not an index of a teacher cache's shards "
            f'({_reason(error)}): copy it again, or unpack every shard beside '
            'it (tar -xf), remove it and the shards, and pack again '
            '(--shards).') from error
    return shards


def _shard(entry: Mapping) -> Shard:
    members = {}
    for name, offset, size in entry['members']:
        if name in members:
            raise ValueError(f"'{name}' is named twice, in {entry['file']}")
        if not (0 < offset and 0 <= size and offset + size <= entry['size']):
            raise ValueError(f"'{name}' lies at {offset} to {offset + size} "
                             f"of {entry['size']} bytes of {entry['file']}")
        members[name] = offset, size
    if not is_shard(entry['file']):
        raise ValueError(f"'{entry['file']}' is no shard's name")
    return Shard(entry['file'], entry['size'], str(entry['sha256']), members)


def _require_one_place(shards: Iterable[Shard]) -> None:
    places: dict[str, str] = {}
    for shard in shards:
        for name in shard.members:
            if name in places:
                raise ValueError(f"'{name}' is named twice, in {places[name]} "
                                 f'and {shard.file}')
            places[name] = shard.file


def _reason(error: Exception) -> str:
    return str(error) if type(error) is ValueError else repr(error)
