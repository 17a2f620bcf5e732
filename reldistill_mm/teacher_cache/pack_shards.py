"""Pack the files of a cache's keyframes into shards, and repaired ones anew.

A cache that is packed by one command has the same bytes whatever happened
between: files are taken in the order of their names, archives hold no times
and owners, and a shard takes the first number that is free.
"""
import os
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path

from ..cli.progress import track
from ..errors import BadInput
from ..io.files import atomic_path, file_sum
from ..io.locked import locked
from ..io.remote import write_bytes
from .cache_files import SUFFIX, CacheFiles
from .pair_file import PairFileError, read_facts
from .shard_index import (INDEX, Shard, is_shard, read_index, shard_name,
                          write_index)

MEGABYTE = 1000**2


def pack_when_complete(root: Path, names: Collection[str], key: str,
                       size: int) -> int | None:
    """Pack a local cache if no keyframe is missing or stale.

    Args:
        root (Path): Folder of the cache.
        names (Collection[str]): Names of the keyframes that must be there.
        key (str): Key of the cache, see :class:`.Manifest`.
        size (int): Bytes of a shard, of which the last may have fewer, and
            one with a single larger file has more.

    Returns:
        int | None: Number of shards; None if other processes still build.

    Raises:
        BadInput: The folder cannot be locked or written to, or holds a shard
            that the index does not know and that has keyframes of its own.
    """
    # Outside the lock a file may move into a shard while it is looked at.
    with locked(root):
        files = CacheFiles(root, repair=True)
        try:
            for name in names:
                if read_facts(files.find(name))['key'] != key:
                    return None
        except (PairFileError, KeyError):
            return None
        return _pack(root, size)


def pack(root: Path, size: int) -> int:
    """Pack every file that lies by itself; return the number of shards.

    Files are removed once their shard and the index are on the disk, so that
    beside the cache no more than a shard's bytes are needed. See
    :func:`pack_when_complete`.
    """
    with locked(root):
        return _pack(root, size)


def _pack(root: Path, size: int) -> int:
    shards = _keep_whole(root, read_index(root) or [])
    _remove_unknown(root, shards)
    groups = list(_groups(_alone(root), size))
    if groups and not shards:
        # A shard without an index would look like one that lost it.
        write_index(root, [])
    for group in track((groups, len(groups))) if groups else ():
        taken = {shard.file for shard in shards}
        number = next(
            n for n in range(len(taken) + 1) if shard_name(n) not in taken)
        before = [_signature(path) for path in group]
        shards.append(_write_shard(root / shard_name(number), group))
        write_index(root, shards)
        _sync(root)
        for path, signature in zip(group, before):
            # Unless somebody has just repaired it.
            if _signature(path) == signature:
                path.unlink()
    return len(shards)


def _alone(root: Path) -> list[Path]:
    """Files of keyframes that lie by themselves, in the order of names."""
    return sorted(
        path for path in root.glob(f'[!.]*{SUFFIX}')
        if not path.name.startswith('basis-'))


def _groups(paths: list[Path], size: int) -> Iterator[list[Path]]:
    group: list[Path] = []
    total = 0
    for path in paths:
        count = path.stat().st_size
        if group and total + count > size:
            yield group
            group, total = [], 0
        group.append(path)
        total += count
    if group:
        yield group


def _write_shard(path: Path, group: list[Path]) -> Shard:
    members = {}
    with atomic_path(path) as part:
        # Names may be longer than the 100 characters of other formats.
        with tarfile.open(part, 'w', format=tarfile.GNU_FORMAT) as tar:
            for each in group:
                with each.open('rb') as file:
                    # Time, owner and group are 0, whatever the file's.
                    info = tarfile.TarInfo(each.name)
                    info.size = os.fstat(file.fileno()).st_size
                    head = info.tobuf(tar.format, tar.encoding, tar.errors)
                    members[each.name] = tar.offset + len(head), info.size
                    tar.addfile(info, file)
        _sync(part)
        found = part.stat().st_size, file_sum(part)
    return Shard(path.name, *found, members)


def _keep_whole(root: Path, shards: list[Shard]) -> list[Shard]:
    """Dissolve shards that are damaged or of which files are newer by now.

    What they have that is nowhere else becomes files again.
    """
    kept = [shard for shard in shards if _is_current(root, shard)]
    for shard in shards:
        path = root / shard.file
        if shard in kept:
            continue
        if not _is_whole(path, shard):
            path.unlink(missing_ok=True)
            continue
        with path.open('rb') as file:
            for name, (offset, count) in shard.members.items():
                if not (root / name).exists():
                    file.seek(offset)
                    write_bytes(root / name, file.read(count))
    if len(kept) < len(shards):
        write_index(root, kept)
        for shard in shards:
            if shard not in kept:
                (root / shard.file).unlink(missing_ok=True)
    return kept


def _is_whole(path: Path, shard: Shard) -> bool:
    return path.exists() and path.stat().st_size == shard.size


def _is_current(root: Path, shard: Shard) -> bool:
    """Whether a shard is whole and none of its files was built again.

    Files that are the same were left by a process that was killed after it
    had packed them, and go.
    """
    if not _is_whole(root / shard.file, shard):
        return False
    same = []
    with (root / shard.file).open('rb') as file:
        for name, (offset, count) in shard.members.items():
            alone = root / name
            if not alone.exists():
                continue
            file.seek(offset)
            if alone.read_bytes() != file.read(count):
                return False
            same.append(alone)
    for alone in same:
        alone.unlink()
    return True


def _remove_unknown(root: Path, shards: list[Shard]) -> None:
    """Remove what processes that were killed have left.

    Raises:
        BadInput: A shard that the index does not name has other keyframes.
    """
    # Half a shard; halves of small files may be those of a writer at work.
    for part in root.glob('.*.tar'):
        part.unlink()
    known = {shard.file for shard in shards}
    names = {name for shard in shards for name in shard.members}
    for path in sorted(root.glob('shard-*.tar')):
        if not is_shard(path.name) or path.name in known:
            continue
        try:
            with tarfile.open(path) as tar:
                lost = [
                    name for name in tar.getnames()
                    if name not in names and not (root / name).exists()
                ]
        except tarfile.TarError as error:
            lost = [repr(error)]
        if lost:
            raise BadInput(f"'{path}' is not in '{root / INDEX}' and holds "
                           f'keyframes that are nowhere else ({lost[0]}): '
                           'unpack it there (tar -xf) and remove it, or '
                           'remove it alone.')
        path.unlink()


def _signature(path: Path) -> tuple[int, int] | None:
    """What tells a file from one that has replaced it; None if it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _sync(path: Path) -> None:
    """Let the disk have a file, or the names in a folder, before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
