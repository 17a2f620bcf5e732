"""One keyframe's pairs and features in one safetensors file.

The pairs stand in a random order that is drawn once, so that any blocks of
rows are a fair sample, and each block of features has its own checksum: a
reader that wants a thousand pairs reads, checks and copies about a thousand.
"""
import json
import zlib
from collections.abc import Mapping
from json import JSONDecodeError
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import save

from ..errors import BadInput, MissingInput
from ..functional import PointPixelPairs
from ..io.remote import write_bytes
from ..io.tensor_file import TensorFileError
from .shard_copies import open_tensors
from .shard_index import Piece, ShardError

# Rows of features that share a checksum: 128 KiB in 512 dimensions.
BLOCK = 128
FACTS = 'cached_pairs'
_COLUMNS = dict(
    point=np.int32, camera=np.uint8, uv=np.float32, depth=np.float32)
# A column that only pairs with superpixels have.
_SEGMENT = 'segment'


class PairFileError(BadInput):
    """A file that is truncated or corrupt."""


class StalePairFileError(PairFileError):
    """A file of another teacher, preprocessing, option or keyframe."""


class OtherFrameError(StalePairFileError):
    """A file of other points, calibration, images or superpixels."""


class CachedPairs(NamedTuple):
    """P pairs of a keyframe of N points.

    Attributes:
        pairs (PointPixelPairs): uv are pixels of the image as the teacher
            saw it; ``segment`` only where they were cached with superpixels.
        features (np.ndarray): (P, C) float16.
        visible (np.ndarray): (N,) bool, points that some camera sees.
    """
    pairs: PointPixelPairs
    features: np.ndarray
    visible: np.ndarray


def write_pairs(path: Path | str,
                cached: CachedPairs,
                key: str,
                fingerprint: str,
                backend_args: dict | None = None,
                images: Mapping[str, int] | None = None) -> int:
    """Write a keyframe's pairs; return the number of bytes.

    Args:
        path (Path | str): File or address, ending in ``.safetensors``.
        cached (CachedPairs): Pairs in random order.
        key (str): Key of the cache, see :class:`Manifest`.
        fingerprint (str): Fingerprint of the keyframe.
        backend_args (dict, optional): Arguments of mmengine's file backend.
        images (Mapping[str, int], optional): Bytes of each camera's image,
            from :func:`.image_bytes`.
    """
    pairs, features = cached.pairs, np.ascontiguousarray(cached.features)
    columns = {
        name: np.ascontiguousarray(getattr(pairs, name), dtype)
        for name, dtype in _COLUMNS.items()
    }
    if pairs.segment is not None:
        columns[_SEGMENT] = np.ascontiguousarray(pairs.segment, np.int64)
    columns['visible'] = np.packbits(cached.visible)
    # .data, here and below: to numpy 1's types, an array is not a buffer.
    columns['block_checksum'] = np.array([
        zlib.crc32(features[start:start + BLOCK].data)
        for start in range(0, len(features), BLOCK)
    ], np.uint32)
    facts = dict(
        key=key, fingerprint=fingerprint, num_points=len(cached.visible))
    if images:
        facts['images'] = dict(images)
    facts['columns_checksum'] = _checksum(facts, columns)
    # One entry: safetensors writes several in an order that is not fixed, and
    # equal content must give equal files.
    metadata = {FACTS: json.dumps(facts)}
    # save_file() would make a file that its owner alone may read.
    content = save(dict(columns, features=features), metadata)
    write_bytes(path, content, backend_args)
    return len(content)


def read_pairs(path: Path | str | Piece,
               key: str,
               fingerprint: str,
               count: int | None = None,
               rng: np.random.RandomState | None = None,
               backend_args: dict | None = None,
               images: Mapping[str, int] | None = None) -> CachedPairs:
    """Read all or some of a keyframe's pairs.

    Of a remote file all bytes are fetched, whatever ``count`` is; of a remote
    shard, once for all processes of a machine.

    Args:
        path (Path | str | Piece): File or address to read, or a file within
            a shard.
        key (str): Key of the cache.
        fingerprint (str): Fingerprint of the keyframe.
        count (int, optional): Pairs to draw, in whole blocks but for the
            last; all if there are fewer. Defaults to None, all.
        rng (np.random.RandomState, optional): Generator that draws the
            blocks. Defaults to None, NumPy's global one.
        backend_args (dict, optional): Arguments of mmengine's file backend.
            Defaults to None: the path's prefix decides.
        images (Mapping[str, int], optional): Bytes of the images that are
            here; those that the file knows must be equal.

    Returns:
        CachedPairs: Only the rows that are returned have been read, but for
        the small columns.

    Raises:
        OSError: The file is missing or may not be read.
        PairFileError: A file that is truncated, corrupt or
            (:class:`StalePairFileError`) stale.
    """
    try:
        with open_tensors(path, backend_args) as file:
            facts = json.loads(file.metadata[FACTS])
            _check_fresh(path, facts, key, fingerprint, images or {})
            columns = {
                name: file.read(name)
                for name in (*_COLUMNS, 'visible', 'block_checksum')
            }
            if _SEGMENT in file:
                columns[_SEGMENT] = file.read(_SEGMENT)
            if facts.pop('columns_checksum') != _checksum(facts, columns):
                raise PairFileError(f"'{path}' is corrupt: the checksum of "
                                    'its pairs is wrong.')
            size, width = file.shape('features')
            blocks = _draw_blocks(size, count, rng)
            rows = np.empty((sum(b.stop - b.start for b in blocks), width),
                            np.float16)
            end = 0
            for block in blocks:
                start, end = end, end + block.stop - block.start
                file.read_rows('features', block.start, rows[start:end])
                _check_block(path, block, rows[start:end],
                             columns['block_checksum'])
    except FileNotFoundError as error:
        raise MissingInput(f"'{path}' does not exist.") from error
    except ShardError as error:
        raise PairFileError(str(error)) from error
    except (TensorFileError, KeyError, TypeError, JSONDecodeError) as error:
        raise PairFileError(f"'{path}' is truncated or not a file of cached "
                            f'pairs ({error}).') from error
    chosen = np.concatenate([np.arange(b.start, b.stop) for b in blocks]
                            or [np.zeros(0)]).astype(int)
    if count is not None:
        chosen, rows = chosen[:count], rows[:count]
    pairs = PointPixelPairs(
        **{
            name: columns[name][chosen]
            for name in PointPixelPairs._fields if name in columns
        })
    pairs = pairs._replace(
        point=pairs.point.astype(np.int64),
        camera=pairs.camera.astype(np.int64))
    visible = np.unpackbits(columns['visible'], count=facts['num_points'])
    return CachedPairs(pairs, rows, visible.astype(bool))


def read_facts(path: Path | str | Piece) -> dict:
    """Read what a local file says of itself: key, fingerprint, image sizes.

    Raises:
        PairFileError: It is not a file of cached pairs.
    """
    try:
        with open_tensors(path, None) as file:
            return json.loads(file.metadata[FACTS])
    except (OSError, KeyError, ValueError) as error:
        raise PairFileError(f"'{path}' is truncated or not a file of cached "
                            f'pairs ({error!r}).') from error


def _check_fresh(path: Path | str | Piece, facts: dict, key: str,
                 fingerprint: str, images: Mapping[str, int]) -> None:
    if facts['key'] != key:
        raise StalePairFileError(
            f"'{path}' is stale: it was made with another teacher, "
            "preprocessing or option than the cache's manifest names.")
    known = facts.get('images', {})
    if facts['fingerprint'] != fingerprint or any(
            known.get(camera, size) != size
            for camera, size in images.items()):
        raise OtherFrameError(
            f"'{path}' is stale: the keyframe's points, calibration, images "
            'or superpixels differ from those that it was made of.')


def _checksum(facts: dict, columns: dict[str, np.ndarray]) -> int:
    value = zlib.crc32(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(columns):
        value = zlib.crc32(columns[name].data, value)
    return value


def _check_block(path: Path | str | Piece, block: slice, rows: np.ndarray,
                 checksums: np.ndarray) -> None:
    if zlib.crc32(rows.data) != checksums[block.start // BLOCK]:
        raise PairFileError(
            f"'{path}' is corrupt: the checksum of the features of rows "
            f'{block.start} to {block.stop - 1} is wrong.')


def _draw_blocks(size: int, count: int | None,
                 rng: np.random.RandomState | None) -> list:
    """Draw blocks (slices) that hold at least ``count`` rows, or all."""
    blocks = [
        slice(start, min(start + BLOCK, size))
        for start in range(0, size, BLOCK)
    ]
    if count is None or size <= count:
        return blocks
    drawn, total = [], 0
    for index in (rng or np.random).permutation(len(blocks)):
        if total >= count:
            break
        drawn.append(blocks[index])
        total += blocks[index].stop - blocks[index].start
    return drawn
