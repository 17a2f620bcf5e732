"""Shards on storage elsewhere: each is fetched once by a machine."""
import multiprocessing
import shutil
from collections import namedtuple

import numpy as np
import pytest
from tiny_shards import MANIFEST, SIZE, tiny_cache
from tiny_storage import BACKEND, TinyS3, serve

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.teacher_cache import PairFileError
from reldistill_mm.teacher_cache.cache_files import CacheFiles
from reldistill_mm.teacher_cache.pack_shards import pack
from reldistill_mm.teacher_cache.shard_copies import FOLDER, copies_folder

ROOT = 'tiny://bucket/cache'


@pytest.fixture
def packed(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path / 'copies'))
    root = tiny_cache(tmp_path / 'packed')
    pack(root, SIZE)
    TinyS3.objects.clear()
    TinyS3.reads.clear()
    TinyS3.upload(root, 'bucket/cache')
    return root


def read_all(root, backend_args=None):
    files = CacheFiles(root, backend_args)
    return [
        files.read(name, MANIFEST.key, f'print {name}', 130,
                   np.random.RandomState(0)).features for name in 'abcde'
    ]


def assert_same(found, wanted):
    for ours, theirs in zip(found, wanted):
        np.testing.assert_array_equal(ours, theirs)


def test_each_shard_is_fetched_once(packed, tmp_path):
    wanted = read_all(packed)
    for _ in range(2):
        assert_same(read_all(ROOT, BACKEND), wanted)
    assert {key: count for key, count in TinyS3.reads.items()
            if key.endswith('.tar')} == {
                f'bucket/cache/shard-0000{n}.tar': 1 for n in range(3)
            }  # yapf: disable
    # Over HTTP they are the same copies, whose names are their contents.
    copies = sorted((tmp_path / 'copies').glob('[!.]*'))
    assert len(copies) == 3
    with serve(packed) as (address, sent):
        assert_same(read_all(address), wanted)
        assert not any(path.endswith('.tar') for path in sent)
        shutil.rmtree(tmp_path / 'copies')
        assert_same(read_all(address), wanted)
        assert all(sent[f'/{path.name}'] == path.stat().st_size
                   for path in packed.glob('*.tar'))
    assert sorted((tmp_path / 'copies').glob('[!.]*')) == copies


def _worker(address):
    return [rows.tobytes() for rows in read_all(address)]


def test_workers_share_what_one_of_them_fetches(packed):
    wanted = [rows.tobytes() for rows in read_all(packed)]
    with serve(packed) as (address, sent):
        with multiprocessing.get_context('fork').Pool(4) as pool:
            assert pool.map(_worker, [address] * 4, 1) == [wanted] * 4
        for path in packed.glob('*.tar'):
            assert sent[f'/{path.name}'] == path.stat().st_size


def test_keyframes_beside_the_shards(packed):
    tiny_cache(packed, 'f')
    TinyS3.upload(packed, 'bucket/cache')
    files = CacheFiles(ROOT, BACKEND)
    assert 'f.safetensors' in files.names()
    for name in 'af':
        files.read(name, MANIFEST.key, f'print {name}')
    with serve(packed) as (address, _):
        files = CacheFiles(address)
        assert files.names() is None
        for name in 'af':
            files.read(name, MANIFEST.key, f'print {name}')


def test_what_is_cut_off_changed_or_lost(packed):
    key = 'bucket/cache/shard-00001.tar'
    whole = TinyS3.objects[key]
    TinyS3.objects[key] = whole[:-512]
    with pytest.raises(PairFileError, match='tiny.*00001.tar.*has 30208 byt'):
        read_all(ROOT, BACKEND)
    TinyS3.objects[key] = whole[:600] + b'?' + whole[601:]
    with pytest.raises(PairFileError, match='00001.tar.*SHA-256.*copy'):
        read_all(ROOT, BACKEND)
    del TinyS3.objects[key]
    with pytest.raises(MissingInput, match='00001.tar.*missing.*names it'):
        read_all(ROOT, BACKEND)
    (packed / 'shard-00001.tar').unlink()
    with serve(packed) as (address, _):
        with pytest.raises(MissingInput, match='http.*00001.tar.*not exist'):
            read_all(address)


def test_no_space_for_copies(packed, tmp_path, monkeypatch):
    usage = namedtuple('usage', 'total used free')
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: usage(9, 9, 9))
    with pytest.raises(
            BadInput,
            match='00000.tar.*has 0.0 MB.*copies.*0.0 MB left.*RELDISTILL_SHA'
    ):
        read_all(ROOT, BACKEND)
    monkeypatch.undo()
    (tmp_path / 'file').touch()
    monkeypatch.setenv(FOLDER, str(tmp_path / 'file' / 'below'))
    with pytest.raises(BadInput, match='No shard can be kept.*RELDISTILL_SHA'):
        read_all(ROOT, BACKEND)
    monkeypatch.delenv(FOLDER)
    assert copies_folder().name.startswith('reldistill_mm-shards')
