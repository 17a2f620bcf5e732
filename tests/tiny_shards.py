"""Small caches of keyframes 'a', 'b', ... to pack into shards."""
from pathlib import Path

import numpy as np

from reldistill_mm.functional import PointPixelPairs
from reldistill_mm.teacher_cache import (CachedPairs, Manifest, write_manifest,
                                         write_pairs)

MANIFEST = Manifest(dict(format=4, dims=None), 'python BUILD --shards')
# Two of the files below, not three.
SIZE = 25_000


def tiny_cache(root: Path, names: str = 'abcde') -> Path:
    """Write a cache with a file of some 10 kB for each letter."""
    root.mkdir(parents=True, exist_ok=True)
    write_manifest(root, MANIFEST)
    for name in names:
        write_keyframe(root, name)
    return root


def write_keyframe(root: Path, name: str, seed: int = 0) -> None:
    rng = np.random.default_rng([seed, ord(name)])
    count = 200 + ord(name)
    pairs = PointPixelPairs(
        np.arange(count), rng.integers(0, 6, count),
        rng.random((count, 2), np.float32), rng.random(count, np.float32))
    cached = CachedPairs(pairs,
                         rng.standard_normal((count, 8)).astype(np.float16),
                         np.ones(count, bool))
    write_pairs(root / f'{name}.safetensors', cached, MANIFEST.key,
                f'print {name}')


def content(root: Path) -> dict[str, bytes]:
    """All files of a folder and what is in them."""
    return {path.name: path.read_bytes() for path in root.iterdir()}
