"""Copy a teacher cache with other features at the same pairs."""
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..errors import BadInput, MissingInput
from .cache_files import SUFFIX, CacheFiles
from .manifest import Manifest, read_manifest, write_manifest
from .pair_file import (CachedPairs, PairFileError, read_facts, read_pairs,
                        write_pairs)
from .shard_index import Piece

Change = Callable[[CachedPairs, str], np.ndarray]


def copy_changed(source: Path, out: Path, name: str, change: Change) -> int:
    """Copy a local cache and change its features; finished files are kept.

    The copy serves the config of the source: its manifest holds the same
    teacher and preprocessing, and beside them the name of the change, so that
    files of another change are stale.

    Args:
        source (Path): Folder of a cache that is not projected (``--dims``),
            packed into shards or not.
        out (Path): Folder of the copy, which has a file for each keyframe.
        name (str): What was changed, with every number that decides it.
        change (Callable): From :obj:`CachedPairs` of a keyframe and the
            keyframe's name to new features (P, D).

    Returns:
        int: Number of files written.

    Raises:
        MissingInput: There is no cache in ``source``.
        BadInput: It is projected, or the change gives other shapes.
    """
    manifest = read_manifest(source)
    if manifest.identity.get('dims') is not None:
        raise BadInput(f"The teacher cache in '{source}' is projected "
                       '(--dims): change the features of one that is not.')
    changed = Manifest(dict(manifest.identity, changed=name), manifest.command)
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out, changed)
    written = 0
    for stem, path in cache_files(source):
        facts = read_facts(path)
        target = out / f'{stem}{SUFFIX}'
        if _is_done(target, changed.key, facts['fingerprint']):
            continue
        cached = read_pairs(path, manifest.key, facts['fingerprint'])
        features = np.asarray(change(cached, stem), np.float16)
        if features.shape != cached.features.shape:
            raise BadInput(f"The change '{name}' makes features of "
                           f'{features.shape} out of {cached.features.shape}.')
        write_pairs(
            target,
            cached._replace(features=features),
            changed.key,
            facts['fingerprint'],
            images=facts.get('images'))
        written += 1
    return written


def read_all(source: Path) -> Iterator[CachedPairs]:
    """Read every keyframe of a local cache, in the order of their names."""
    key = read_manifest(source).key
    for _, path in cache_files(source):
        yield read_pairs(path, key, read_facts(path)['fingerprint'])


def cache_files(root: Path) -> list[tuple[str, Piece | str]]:
    """List the keyframes of a local cache and their files.

    Raises:
        MissingInput: There are none.
    """
    found = list(CacheFiles(root))
    if not found:
        raise MissingInput(f"The teacher cache in '{root}' holds no keyframe: "
                           f'`{read_manifest(root).command}` builds it.')
    return found


def _is_done(path: Path, key: str, fingerprint: str) -> bool:
    try:
        read_pairs(path, key, fingerprint)
    except (FileNotFoundError, PairFileError):
        return False
    return True
