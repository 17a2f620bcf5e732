"""Where the files of a cache's keyframes lie: each by itself, or in shards."""
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..errors import MissingInput
from ..io.remote import is_local, join, list_names
from .manifest import read_manifest
from .pair_file import CachedPairs, read_pairs
from .shard_copies import wrong_size
from .shard_index import (INDEX, Piece, Shard, ShardError, read_index,
                          shard_name)

SUFFIX = '.safetensors'
_BASIS = 'basis-'


class CacheFiles:
    """Find and read the keyframes of a cache.

    A file by itself is newer than one of its name in a shard: a build that
    repairs a packed cache writes it, and packing moves it into a shard.

    Args:
        root (Path | str): Folder or address of the cache.
        backend_args (dict, optional): Arguments of mmengine's file backend.
        repair (bool): Whether lost and truncated shards are as if they were
            not there, for what builds their keyframes again. Defaults to
            False: they are refused.

    Raises:
        MissingInput: A shard, or the index of shards that are there, is
            missing.
        BadInput: The index is none, or a shard has another size.
    """

    def __init__(self,
                 root: Path | str,
                 backend_args: dict | None = None,
                 repair: bool = False) -> None:
        self.root, self.backend_args = str(root), backend_args
        self.repair = repair
        self._open()

    def _open(self) -> None:
        """Look at the folder once; what is packed has few files in it."""
        shards = read_index(self.root, self.backend_args)
        self.packed = shards is not None
        self._alone: set[str] | None = None
        if shards is None:
            self._refuse_lost_index()
        else:
            self._alone = list_names(self.root, self.backend_args)
        self._pieces: dict[str, Piece] = {}
        for shard in shards or []:
            if not self._is_whole(shard):
                continue
            for name in shard.members:
                if name not in (self._alone or ()):
                    self._pieces[name] = Piece(self.root, shard, name)

    def _refuse_lost_index(self) -> None:
        first = join(self.root, shard_name(0))
        if (not self.repair and is_local(first, self.backend_args)
                and os.path.exists(first)):
            raise MissingInput(
                f"'{join(self.root, INDEX)}' is missing, and '{first}' is "
                'there: copy it, too, or unpack every shard (tar -xf) and '
                'remove the shards.')

    def _is_whole(self, shard: Shard) -> bool:
        """Whether a shard is there, as far as a look from outside shows.

        Raises:
            MissingInput: It is not, and the cache is to be read.
            BadInput: It has another size, and the cache is to be read.
        """
        path = join(self.root, shard.file)
        error: MissingInput | ShardError | None = None
        if is_local(path, self.backend_args):
            try:
                size = os.stat(path).st_size
            except FileNotFoundError:
                error = _missing(path)
            else:
                if size != shard.size:
                    error = wrong_size(self.root, shard.file, size, shard.size)
        elif self._alone is not None and shard.file not in self._alone:
            error = _missing(path)
        if error is None:
            return True
        # Built again since, all of them.
        if not self.repair and not shard.members.keys() <= (self._alone
                                                            or set()):
            command = read_manifest(self.root, self.backend_args).command
            raise type(error)(f'{error} Or build its {len(shard.members)} '
                              f'keyframes again with `{command}`.') from error
        return False

    def find(self, name: str) -> Piece | str:
        """Return where a keyframe's file lies, or would lie by itself."""
        file = f'{name}{SUFFIX}'
        return self._pieces.get(file) or join(self.root, file)

    def names(self) -> set[str] | None:
        """Names of all files; None where a backend cannot list them."""
        alone = self._alone
        if not self.packed:
            alone = list_names(self.root, self.backend_args)
        return None if alone is None else alone | self._pieces.keys()

    def keyframes(self) -> list[str]:
        """Names of a local cache's keyframes, in order.

        Raises:
            MissingInput: There are none.
        """
        return sorted(
            name.removesuffix(SUFFIX) for name in self.names() or ()
            if name.endswith(SUFFIX) and not name.startswith((_BASIS, '.')))

    def __iter__(self) -> Iterator[tuple[str, Piece | str]]:
        for name in self.keyframes():
            yield name, self.find(name)

    def read(self,
             name: str,
             key: str,
             fingerprint: str,
             count: int | None = None,
             rng: np.random.RandomState | None = None,
             images: Mapping[str, int] | None = None) -> CachedPairs:
        """Read all or some of a keyframe's pairs.

        The arguments are those of
        :func:`reldistill_mm.teacher_cache.read_pairs`.

        Raises:
            OSError: The file is missing or may not be read.
            PairFileError: It is truncated, corrupt or stale.
        """

        def read() -> CachedPairs:
            return read_pairs(
                self.find(name), key, fingerprint, count, rng,
                self.backend_args, images)

        try:
            return read()
        except FileNotFoundError:
            # Another process may have packed it meanwhile.
            before = self.find(name)
            self._open()
            if self.find(name) == before:
                raise
        return read()


def _missing(path: str) -> MissingInput:
    return MissingInput(
        f"'{path}' is missing, and shards.json names it: copy it again from "
        'where the cache was built.')
