"""Compare reading a teacher cache from shards with a file for each keyframe.
"""
import os
import random
import shutil
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from reldistill_mm.teacher_cache import (CachedPairs, Manifest, write_manifest,
                                         write_pairs)
from reldistill_mm.teacher_cache.cache_files import SUFFIX, CacheFiles
from reldistill_mm.teacher_cache.pack_shards import MEGABYTE, pack
from .growth_parts import pairs_of
from .keyframe import Keyframe, load_keyframe
from .measure import OTHER, OURS, Settings, clock, in_fresh_process, summary

WIDTH, SHARD_MB = 512, 256
OTHER_WAY = 'a file for each keyframe'
# Most pairs of a keyframe (all: None), pairs that are read (all: None), and
# keyframes, some hundred MB of them.
CASES = ((None, 1024, 24), (4096, None, 96))
MANIFEST = Manifest(dict(format=4, features='random'), 'tools/benchmark.py')


def run(settings: Settings) -> list[dict[str, Any]]:
    """Read in random order, with and without the system's cache."""
    return [
        row for case in CASES for row in in_fresh_process(
            measure, settings.data, *case, settings.repetitions)
    ]


def measure(data: str | None, most: int | None, count: int | None,
            keyframes: int, repetitions: int) -> list[dict[str, Any]]:
    """Time both forms in turn; seconds are those of one keyframe.

    Args:
        data (str, optional): Folder of the real keyframe.
        most (int, optional): Pairs that are stored of each; all if None.
        count (int, optional): Pairs that are read of each; all if None.
        keyframes (int): How many copies of the keyframe there are.
        repetitions (int): Turns.

    Returns:
        list[dict]: A row for reading from the system's cache, and one for
        reading without it where it can be dropped.
    """
    frame = load_keyframe(data)
    with TemporaryDirectory() as folder:
        files, shards = Path(folder, 'files'), Path(folder, 'shards')
        stored = write_copies(files, frame, most, keyframes)
        shutil.copytree(files, shards)
        pack(shards, SHARD_MB * MEGABYTE)
        readers = {OURS: CacheFiles(shards), OTHER: CacheFiles(files)}
        roots = {OURS: shards, OTHER: files}
        what = (f'{keyframes} keyframes, {count or stored} of {stored} pairs, '
                f'D = {WIDTH}')
        rows = []
        for state, forget in (('warm', _keep), ('cold', forget_files)):
            if not all(map(forget, roots.values())):
                continue
            seconds: dict[str, list[float]] = {way: [] for way in readers}
            for turn in range(repetitions + 1):
                for way, reader in readers.items():
                    forget(roots[way])
                    taken = _read(reader, count, turn) / keyframes
                    # The first turn warms up.
                    if turn:
                        seconds[way].append(taken)
            rows.append(_row(f'{state}: {what}', seconds))
    return rows


def write_copies(root: Path, frame: Keyframe, most: int | None,
                 keyframes: int) -> int:
    """Write a keyframe several times, with random features; return its pairs.
    """
    pairs = pairs_of(frame)
    rng = np.random.default_rng(0)
    pairs = pairs.select(rng.permutation(len(pairs.point))[:most])
    features = rng.standard_normal((len(pairs.point), WIDTH), np.float32)
    visible = np.zeros(len(frame.points), bool)
    visible[pairs.point] = True
    cached = CachedPairs(pairs, features.astype(np.float16), visible)
    write_manifest(root, MANIFEST)
    for number in range(keyframes):
        write_pairs(root / f'{number:05d}{SUFFIX}', cached, MANIFEST.key, '')
    return len(pairs.point)


def forget_files(root: Path) -> bool:
    """Drop a folder's files from the system's cache; whether that works."""
    if not hasattr(os, 'posix_fadvise'):
        return False
    for path in root.iterdir():
        with path.open('rb') as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def _keep(root: Path) -> bool:
    return root.is_dir()


def _read(reader: CacheFiles, count: int | None, seed: int) -> float:
    names = reader.keyframes()
    random.Random(seed).shuffle(names)
    rng = np.random.RandomState(seed)
    start = clock('cpu')
    for name in names:
        reader.read(name, MANIFEST.key, '', count, rng)
    return clock('cpu') - start


def _row(case: str, seconds: dict[str, list[float]]) -> dict[str, Any]:
    ratios = [b / a for a, b in zip(seconds[OURS], seconds[OTHER])]
    row: dict[str, Any] = {way: summary(seconds[way]) for way in seconds}
    return dict(
        case=case,
        other_way=OTHER_WAY,
        goal='',
        ratio=dict(
            median=statistics.median(ratios),
            least=min(ratios),
            most=max(ratios)),
        **row)
