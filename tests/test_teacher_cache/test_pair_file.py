"""One file: what is written comes back, and nothing damaged does."""
import errno
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from reldistill_mm.functional import PointPixelPairs
from reldistill_mm.teacher_cache import (CachedPairs, PairFileError,
                                         StalePairFileError, read_pairs,
                                         write_pairs)
from reldistill_mm.teacher_cache.pair_file import BLOCK


def make(count=700, width=16, points=900, seed=0):
    rng = np.random.default_rng(seed)
    pairs = PointPixelPairs(
        rng.integers(0, points, count), rng.integers(0, 6, count),
        rng.random((count, 2), np.float32) * 200,
        rng.random(count, np.float32) * 50)
    visible = np.zeros(points, bool)
    visible[pairs.point] = True
    features = rng.standard_normal((count, width)).astype(np.float16)
    return CachedPairs(pairs, features, visible)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'a.safetensors'
    write_pairs(path, make(), 'key', 'frame')
    return path


def flatten(cached):
    columns = [column for column in cached.pairs if column is not None]
    return [*columns, cached.features, cached.visible]


@pytest.mark.parametrize('count', [0, 1, BLOCK, BLOCK + 1, 700])
def test_what_is_written_comes_back(tmp_path, count):
    cached = make(count)
    path = tmp_path / 'a.safetensors'
    write_pairs(path, cached, 'key', 'frame')
    found = read_pairs(path, 'key', 'frame')
    for ours, theirs in zip(flatten(found), flatten(cached)):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype


def test_draws_are_rows_of_the_file(file):
    """Each drawn pair keeps its own columns; draws differ and cover all."""
    whole = make()
    rows = {row.tobytes(): i for i, row in enumerate(whole.features)}
    rng, seen = np.random.RandomState(0), set()
    for _ in range(30):
        some = read_pairs(file, 'key', 'frame', 200, rng)
        index = [rows[row.tobytes()] for row in some.features]
        assert len(set(index)) == 200
        for ours, theirs in zip(some.pairs, whole.pairs.select(index)):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(some.visible, whole.visible)
        seen.update(index)
    assert len(seen) == 700
    assert len(read_pairs(file, 'key', 'frame', 701).features) == 700


def test_only_wanted_rows_are_read(tmp_path):
    """A damaged block only matters when it is drawn; memory stays small."""
    path = tmp_path / 'a.safetensors'
    cached = make(40 * BLOCK, 256)
    write_pairs(path, cached, 'key', 'frame')
    tracemalloc.start()
    read_pairs(path, 'key', 'frame', BLOCK)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < cached.features.nbytes / 4
    damage(path, 'features', 0)
    with pytest.raises(PairFileError, match='rows 0 to 127'):
        read_pairs(path, 'key', 'frame')
    passed = 0
    for seed in range(5):
        try:
            read_pairs(path, 'key', 'frame', BLOCK,
                       np.random.RandomState(seed))
            passed += 1
        except PairFileError:
            pass
    assert passed >= 3


def damage(path: Path, name: str, row: int) -> None:
    """Flip one bit of a tensor."""
    content = bytearray(path.read_bytes())
    with safe_open(path, 'np') as file:
        wanted = file.get_tensor(name)[row:row + 1].tobytes()
    start = content.index(file_part(path, name)) + len(wanted) * row
    content[start] ^= 4
    path.write_bytes(content)


def file_part(path: Path, name: str) -> bytes:
    with safe_open(path, 'np') as file:
        return file.get_tensor(name).tobytes()


@pytest.mark.parametrize('name', [
    'point', 'camera', 'uv', 'depth', 'visible', 'block_checksum', 'features'
])
def test_one_flipped_bit_is_noticed(file, name):
    damage(file, name, 3)
    with pytest.raises(PairFileError, match=r"a\.safetensors' is corrupt"):
        read_pairs(file, 'key', 'frame')


def test_no_flipped_bit_of_the_header_passes(tmp_path):
    path, cached = tmp_path / 'a.safetensors', make(40, 4, 50)
    write_pairs(path, cached, 'key', 'frame')
    content = path.read_bytes()
    for place in range(8 + int.from_bytes(content[:8], 'little')):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(PairFileError, match='a.safetensors'):
            read_pairs(path, 'key', 'frame')


@pytest.mark.parametrize('size', [0, 5, 300, -1, -2000])
def test_truncated_files_are_noticed(file, size):
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(PairFileError, match=r"a\.safetensors' is truncated"):
        read_pairs(file, 'key', 'frame')


def test_stale_foreign_and_missing_files_are_noticed(file, tmp_path):
    with pytest.raises(StalePairFileError, match='stale.*another teacher'):
        read_pairs(file, 'other', 'frame')
    with pytest.raises(StalePairFileError, match='stale.*calibration'):
        read_pairs(file, 'key', 'other')
    with pytest.raises(FileNotFoundError, match='b.safetensors'):
        read_pairs(tmp_path / 'b.safetensors', 'key', 'frame')
    from safetensors.numpy import save_file
    save_file(dict(x=np.zeros(3)), file)
    with pytest.raises(PairFileError, match='not a file of cached pairs'):
        read_pairs(file, 'key', 'frame')


def test_a_file_that_may_not_be_read_is_not_called_truncated(
        file, monkeypatch):
    """For then it would be built again."""

    def refuse(path, *_):
        raise PermissionError(errno.EACCES, 'Permission denied', str(path))

    monkeypatch.setattr('builtins.open', refuse)
    with pytest.raises(PermissionError, match=r'a\.safetensors'):
        read_pairs(file, 'key', 'frame')
    monkeypatch.undo()
    with pytest.raises(IsADirectoryError):
        read_pairs(file.parent, 'key', 'frame')


def test_equal_content_gives_equal_files(file, tmp_path):
    write_pairs(tmp_path / 'b.safetensors', make(), 'key', 'frame')
    assert (tmp_path / 'b.safetensors').read_bytes() == file.read_bytes()


def test_whoever_may_read_other_files_may_read_it(file, tmp_path):
    plain = tmp_path / 'plain'
    plain.touch()
    assert file.stat().st_mode == plain.stat().st_mode


def test_a_failed_write_leaves_the_old_file_alone(file, monkeypatch):
    before = file.read_bytes()

    def break_off(path, content):
        shutil.copy(file, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, 'write_bytes', break_off)
    with pytest.raises(KeyboardInterrupt):
        write_pairs(file, make(seed=1), 'key', 'frame')
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_superpixels_are_a_column_that_need_not_be_there(file, tmp_path):
    """Trap 29: int64, and files without one stay as they were."""
    assert read_pairs(file, 'key', 'frame').pairs.segment is None
    with safe_open(file, 'np') as content:
        assert 'segment' not in content.keys()
    whole = make()
    segment = np.arange(700) + 2**40
    whole = whole._replace(pairs=whole.pairs._replace(segment=segment))
    path = tmp_path / 'segments.safetensors'
    write_pairs(path, whole, 'key', 'frame')
    some = read_pairs(path, 'key', 'frame', 200, np.random.RandomState(0))
    assert some.pairs.segment.dtype == np.int64
    row = some.pairs.segment - 2**40
    np.testing.assert_array_equal(some.features, whole.features[row])
    content = path.read_bytes()
    place = content.index(segment.tobytes())
    path.write_bytes(content[:place] + b'\1' + content[place + 1:])
    with pytest.raises(PairFileError, match='checksum of its pairs'):
        read_pairs(path, 'key', 'frame')
