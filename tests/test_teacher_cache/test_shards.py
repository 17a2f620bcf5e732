"""Shards hold what the files held, whatever happens while they are made."""
import json
import os
import shutil
import signal
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from tiny_shards import MANIFEST, SIZE, content, tiny_cache, write_keyframe

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.teacher_cache import PairFileError, StalePairFileError
from reldistill_mm.teacher_cache.cache_files import CacheFiles
from reldistill_mm.teacher_cache.changed_copy import copy_changed, read_all
from reldistill_mm.teacher_cache.pack_shards import pack, pack_when_complete
from reldistill_mm.teacher_cache.shard_index import INDEX, read_index


@pytest.fixture
def packed(tmp_path):
    root = tiny_cache(tmp_path / 'packed')
    assert pack(root, SIZE) == 3
    return root


def read(files, name, count=None):
    found = files.read(name, MANIFEST.key, f'print {name}', count,
                       np.random.RandomState(0))
    return [*found.pairs[:4], found.features, found.visible]


def assert_readable(root, names='abcde', whole=None):
    whole = CacheFiles(whole or tiny_cache(root.parent / 'whole', names))
    files = CacheFiles(root)
    for name in names:
        for count in (None, 130):
            for ours, theirs in zip(
                    read(files, name, count), read(whole, name, count)):
                np.testing.assert_array_equal(ours, theirs)


def test_the_files_are_those_of_plain_tar(packed, tmp_path):
    whole = tiny_cache(tmp_path / 'whole')
    assert sorted(content(packed)) == [
        'manifest.json', 'shard-00000.tar', 'shard-00001.tar',
        'shard-00002.tar', 'shards.json'
    ]
    assert_readable(packed)
    # The index says where tar's own reader finds them.
    for shard in read_index(packed):
        with tarfile.open(packed / shard.file) as tar:
            assert {
                member.name: (member.offset_data, member.size)
                for member in tar
            } == shard.members
            assert {(m.mtime, m.uid, m.gid, m.uname)
                    for m in tar} == {(0, 0, 0, '')}
    for path in packed.glob('*.tar'):
        subprocess.run(['tar', '-xf', path], cwd=packed, check=True)
        path.unlink()
    (packed / INDEX).unlink()
    assert content(packed) == content(whole)


def test_long_names(tmp_path):
    root = tiny_cache(tmp_path, 'a')
    (tmp_path / 'a.safetensors').rename(tmp_path / f"{'a' * 120}.safetensors")
    pack(root, SIZE)
    found = CacheFiles(root).read('a' * 120, MANIFEST.key, 'print a')
    assert len(found.features) == 200 + ord('a')


def test_equal_caches_give_equal_bytes(packed, tmp_path):
    other = tiny_cache(tmp_path / 'other', 'edcba')
    for number, path in enumerate(other.glob('*.safetensors')):
        os.utime(path, (number, number))
        path.chmod(0o600)
    pack(other, SIZE)
    assert content(other) == content(packed)
    before = [path.stat().st_mtime_ns for path in other.iterdir()]
    assert pack(other, SIZE) == 3
    assert [path.stat().st_mtime_ns for path in other.iterdir()] == before


def kill_at(step, work):
    """Whether a process was killed at the nth file it moved or removed."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(do):

            def counted(*args, **kwargs):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return do(*args, **kwargs)

            return counted

        os.replace, Path.unlink = count(os.replace), count(Path.unlink)
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


@pytest.mark.parametrize('state', ['new', 'repaired', 'other features'])
def test_kill_9_at_every_step(tmp_path, state):
    """The same command ends with the same bytes, and nothing is lost."""

    def prepare(root):
        tiny_cache(root)
        if state != 'new':
            pack(root, SIZE)
            write_keyframe(root, 'c')
            write_keyframe(root, 'd', seed=1)
        if state == 'other features':
            for name in 'abe':
                write_keyframe(root, name, seed=1)
        return root

    whole = prepare(tmp_path / 'whole')
    pack(whole, SIZE)
    wanted, step = content(whole), 0
    names = set('abcde')
    while True:
        step += 1
        root = prepare(tmp_path / f'killed{step}')
        killed = kill_at(step, partial(pack, root, SIZE))
        # At no moment does a keyframe lie nowhere.
        assert {name for name, _ in CacheFiles(root)} == names
        pack(root, SIZE)
        # Half a small file stays, as of every writer; half a shard does not.
        found = {
            name: data
            for name, data in content(root).items()
            if not name.startswith('.') or name.endswith('.tar')
        }
        assert found == wanted, step
        if not killed:
            break
        shutil.rmtree(root)
    assert step > 8


def test_a_repaired_shard_gets_its_bytes_back(packed):
    before = content(packed)
    (packed / 'shard-00001.tar').unlink()
    # Until then, a build finds what is missing, and training is told.
    files = CacheFiles(packed, repair=True)
    assert files.find('c') == f'{packed}/c.safetensors'
    for name in 'cd':
        write_keyframe(packed, name)
    assert_readable(packed)
    assert pack(packed, SIZE) == 3
    assert content(packed) == before


def test_a_file_by_itself_is_the_newer_one(packed, tmp_path):
    write_keyframe(packed, 'c', seed=1)
    newer = tiny_cache(tmp_path / 'newer')
    write_keyframe(newer, 'c', seed=1)
    assert_readable(packed, whole=newer)
    assert pack(packed, SIZE) == 3
    assert_readable(packed, whole=newer)
    assert not list(packed.glob('*.safetensors'))


def test_keyframes_that_come_later_get_a_shard_of_their_own(packed):
    before = content(packed)
    tiny_cache(packed, 'fg')
    assert_readable(packed, 'abcdefg')
    assert pack(packed, SIZE) == 4
    assert_readable(packed, 'abcdefg')
    assert {
        name: packed.joinpath(name).read_bytes()
        for name in before
    } | {
        INDEX: before[INDEX]
    } == before
    shards = read_index(packed)
    assert [*shards[3].members] == ['f.safetensors', 'g.safetensors']


def test_packed_only_when_all_are_there_and_fresh(tmp_path):
    root = tiny_cache(tmp_path, 'ab')
    assert pack_when_complete(root, 'abc', MANIFEST.key, SIZE) is None
    assert pack_when_complete(root, 'ab', 'newer', SIZE) is None
    assert not list(root.glob('*.tar'))
    assert pack_when_complete(root, 'ab', MANIFEST.key, SIZE) == 1


def test_packers_wait_for_each_other(packed, tmp_path):
    root = tiny_cache(tmp_path / 'twice')
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(pack, [root] * 4, [SIZE] * 4))
    assert counts == [3] * 4
    assert content(root) == content(packed)


def test_packed_while_it_is_read(tmp_path):
    root = tiny_cache(tmp_path / 'root')
    files = CacheFiles(root)
    before = read(files, 'b')
    pack(root, SIZE)
    for ours, theirs in zip(read(files, 'b'), before):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(MissingInput, match=r'x\.safetensors'):
        read(files, 'x')


def test_copies_with_other_features(packed, tmp_path):
    whole = tiny_cache(tmp_path / 'whole')

    def double(cached, name):
        return 2 * cached.features

    for root in (packed, whole):
        assert copy_changed(root, tmp_path / f'{root.name}2', 'x', double) == 5
    assert content(tmp_path / 'packed2') == content(tmp_path / 'whole2')
    assert [len(cached.features) for cached in read_all(packed)
            ] == [200 + ord(name) for name in 'abcde']


def spoil(path, find, replace):
    text = path.read_text()
    assert find in text
    path.write_text(text.replace(find, replace, 1))


@pytest.mark.parametrize('find, replace, says', [
    ('"b.safetensors"', '"a.safetensors"', "'a.safetensors' is named twice"),
    ('"c.safetensors"', '"a.safetensors"', 'shard-00000.tar and shard-00001'),
    ('"format": 1', '"format": 9', 'format 9, not 1'),
    ('"shard-00001.tar"', '"../shard-00001.tar"', 'is no shard'),
    ('"a.safetensors", 512', '"a.safetensors", 51200', 'lies at 51200'),
    ('{"format"', '"format"', 'JSONDecodeError'),
    ('"sha256"', '"sha"', 'sha256'),
])
def test_a_spoilt_index(packed, find, replace, says):
    spoil(packed / INDEX, find, replace)
    with pytest.raises(BadInput, match=f'shards.json.*{says}.*tar -xf') as e:
        CacheFiles(packed)
    assert str(e.value).isprintable()


def test_shards_that_are_lost_or_cut_off(packed):
    shard = packed / 'shard-00001.tar'
    shard.write_bytes(shard.read_bytes()[:-10240])
    with pytest.raises(
            BadInput, match='00001.tar.*has 20480 bytes.*30720.*python BUILD'):
        CacheFiles(packed)
    shard.unlink()
    with pytest.raises(
            MissingInput, match='00001.tar.*missing.*names it.*python BUILD'):
        CacheFiles(packed)
    (packed / INDEX).unlink()
    with pytest.raises(MissingInput, match=r'shards\.json.*is missing'):
        CacheFiles(packed)
    with pytest.raises(BadInput, match='shard-00000.tar.*nowhere else'):
        pack(packed, SIZE)


def test_a_flipped_bit_in_a_shard(packed):
    shard = read_index(packed)[1]
    offset, size = shard.members['d.safetensors']
    path = packed / shard.file
    spoilt = bytearray(path.read_bytes())
    spoilt[offset + size - 3] ^= 1
    path.write_bytes(spoilt)
    files = CacheFiles(packed)
    read(files, 'c')
    with pytest.raises(
            PairFileError, match=r'00001.tar \(d.safetensors\).*corrupt'):
        read(files, 'd')
    with pytest.raises(StalePairFileError, match='another teacher'):
        files.read('c', 'other', 'print c')
    entry = json.loads((packed / INDEX).read_text())['shards'][1]
    assert entry['members'][1][0] == 'd.safetensors'


def test_the_reader_is_safetensors_own(tmp_path):
    from reldistill_mm.io.tensor_file import TensorFile, TensorFileError
    path = tiny_cache(tmp_path, 'a') / 'a.safetensors'
    inner = path.read_bytes()
    path.with_name('b').write_bytes(b'before' + inner + b'after')
    with safe_open(path, 'np') as theirs, TensorFile(
            str(path.with_name('b')), 6, len(inner)) as ours:
        assert ours.metadata == theirs.metadata()
        for name in theirs.keys():
            np.testing.assert_array_equal(
                ours.read(name), theirs.get_tensor(name))
            assert ours.read(name).dtype == theirs.get_tensor(name).dtype
        rows = np.empty((7, 8), np.float16)
        ours.read_rows('features', 5, rows)
        np.testing.assert_array_equal(rows,
                                      theirs.get_tensor('features')[5:12])
        with pytest.raises(TensorFileError, match='features is float16'):
            ours.read_rows('features', 295, rows)
    for spoilt in (inner[:-1], inner[:4], b'\xff' * 8 + inner[8:],
                   inner + b'x'):
        path.write_bytes(spoilt)
        with pytest.raises(TensorFileError):
            TensorFile(str(path))
