"""Situations: teacher caches in shards."""
import os

from test_faults.of_machines import small_disk
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation
from tiny_shards import SIZE, tiny_cache
from tiny_storage import serve

from reldistill_mm.teacher_cache.cache_files import CacheFiles
from reldistill_mm.teacher_cache.pack_shards import pack
from reldistill_mm.teacher_cache.shard_copies import FOLDER

AGAIN = (' copy it again from where the cache was built. Or build its 2 '
         'keyframes again with `python BUILD --shards`.')


def packed(tmp):
    root = tiny_cache(tmp / 'cache')
    pack(root, SIZE)
    return root


@situation(
    'a shard of a teacher cache cut off', 'bytes', REFUSED,
    "'cache/shard-00001.tar' has 9 bytes, and shards.json says 30720:" + AGAIN)
def _(tmp):
    root = packed(tmp)
    (root / 'shard-00001.tar').write_bytes(b'too short')
    CacheFiles(root)


@situation(
    'a shard of a teacher cache that was not copied', 'bytes', REFUSED,
    "'cache/shard-00000.tar' is missing, and shards.json names it:" + AGAIN)
def _(tmp):
    root = packed(tmp)
    (root / 'shard-00000.tar').unlink()
    CacheFiles(root)


@situation(
    'shards without their index', 'bytes', REFUSED,
    "'cache/shards.json' is missing, and 'cache/shard-00000.tar' is there: "
    'copy it, too, or unpack every shard (tar -xf) and remove the shards.')
def _(tmp):
    root = packed(tmp)
    (root / 'shards.json').unlink()
    CacheFiles(root)


@situation(
    'an index of shards that names a keyframe twice', '6', REFUSED,
    "'cache/shards.json' is not an index of a teacher cache's shards "
    "('a.safetensors' is named twice, in shard-00000.tar and "
    'shard-00001.tar): copy it again, or unpack every shard beside it (tar '
    '-xf), remove it and the shards, and pack again (--shards).')
def _(tmp):
    path = packed(tmp) / 'shards.json'
    path.write_text(path.read_text().replace('"c.safe', '"a.safe'))
    CacheFiles(path.parent)


@situation(
    'a shard with keyframes that the index does not know', '6', REFUSED,
    "'cache/shard-00007.tar' is not in 'cache/shards.json' and holds "
    'keyframes that are nowhere else (x.safetensors): unpack it there (tar '
    '-xf) and remove it, or remove it alone.')
def _(tmp):
    root = packed(tmp)
    pack(tiny_cache(tmp / 'other', 'x'), SIZE)
    (tmp / 'other/shard-00000.tar').rename(root / 'shard-00007.tar')
    tiny_cache(root, 'f')
    pack(root, SIZE)


@situation(
    'a disk too small for the copies of remote shards', 'machines', REFUSED,
    "'http://.../shard-00000.tar' has 0.0 MB, and the disk of 'small', where "
    'remote shards are kept, has 0.0 MB left: set the environment variable '
    'RELDISTILL_SHARDS to a folder on a larger disk, or free some.')
def _(tmp):
    root = packed(tmp)
    before = os.environ.get(FOLDER)
    with small_disk(tmp, 1 << 14) as disk, serve(root) as (address, _):
        os.environ[FOLDER] = str(disk)
        try:
            CacheFiles(address).read('a', 'key', 'print')
        finally:
            os.environ.pop(FOLDER)
            if before is not None:
                os.environ[FOLDER] = before


@situation(
    'a full disk at the shards of a teacher cache', 'machines', REFUSED,
    "'small/cache/shard-00000.tar' cannot be written: no space is left "
    'on its disk. Free some, or choose another folder.')
def _(tmp):
    with small_disk(tmp, 1 << 16) as disk:
        root = tiny_cache(disk / 'cache', 'abc')
        names = {path.name for path in root.iterdir()}
        try:
            pack(root, 1 << 20)
        finally:
            # The files are still there.
            assert {path.name
                    for path in root.iterdir()} == {*names, 'shards.json'}


TESTS = 'tests/test_teacher_cache/'
elsewhere(
    'kill -9 at any step of packing a teacher cache, and the same command',
    'machines', RIGHT,
    'the shards of the unbroken run; meanwhile no keyframe is missing',
    TESTS + 'test_shards.py::test_kill_9_at_every_step')
elsewhere('two processes that pack one teacher cache', 'machines', RIGHT,
          'the shards of one',
          TESTS + 'test_sharded_builds.py::test_two_builders_of_everything')
elsewhere(
    'four workers that need one remote shard', '12', RIGHT,
    'it is fetched once', TESTS +
    'test_remote_shards.py::test_workers_share_what_one_of_them_fetches')
elsewhere(
    'a remote shard that is not the one of the index', '12', REFUSED,
    "'.../shard-00001.tar' is not the shard that shards.json describes "
    '(SHA-256): copy it and shards.json again from where the cache was '
    'built. ...',
    TESTS + 'test_remote_shards.py::test_what_is_cut_off_changed_or_lost')
