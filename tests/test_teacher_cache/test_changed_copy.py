"""A cache with other features at the same pairs."""
import numpy as np
import pytest

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.functional import PointPixelPairs
from reldistill_mm.teacher_cache import (CachedPairs, Manifest, PairFileError,
                                         read_manifest, read_pairs,
                                         write_manifest, write_pairs)
from reldistill_mm.teacher_cache.changed_copy import copy_changed, read_all

IDENTITY = dict(format=4, teacher=dict(type='T'), dims=None)


@pytest.fixture
def cache(tmp_path):
    """Two keyframes of five and three pairs."""
    root = tmp_path / 'cache'
    root.mkdir()
    manifest = Manifest(IDENTITY, 'command')
    write_manifest(root, manifest)
    for name, count in (('a', 5), ('b', 3)):
        pairs = PointPixelPairs(
            np.arange(count), np.zeros(count, int),
            np.zeros((count, 2), np.float32), np.ones(count, np.float32))
        features = np.full((count, 4), count, np.float16)
        write_pairs(
            root / f'{name}.safetensors',
            CachedPairs(pairs, features, np.ones(count, bool)),
            manifest.key,
            f'finger {name}',
            images=dict(CAM=9))
    return root


def doubled(cached, name):
    assert name in 'ab'
    return 2 * cached.features


def test_features_change_and_nothing_else(cache, tmp_path):
    out = tmp_path / 'out'
    assert copy_changed(cache, out, 'doubled', doubled) == 2
    manifest = read_manifest(out)
    assert manifest.identity == dict(IDENTITY, changed='doubled')
    one, other = list(read_all(cache)), list(read_all(out))
    for before, after in zip(one, other):
        assert np.array_equal(after.features, 2 * before.features)
        for left, right in zip(before.pairs, after.pairs):
            assert np.array_equal(left, right)
    # Sizes of images are still held against those that are there.
    with pytest.raises(PairFileError, match='stale'):
        read_pairs(
            out / 'a.safetensors',
            manifest.key,
            'finger a',
            images=dict(CAM=8))


def test_it_goes_on_where_it_ended(cache, tmp_path):
    out = tmp_path / 'out'
    copy_changed(cache, out, 'doubled', doubled)
    (out / 'a.safetensors').write_bytes(b'half')
    assert copy_changed(cache, out, 'doubled', doubled) == 1
    assert copy_changed(cache, out, 'doubled', doubled) == 0
    # Another change of that name's folder is made as a whole.
    assert copy_changed(cache, out, 'tripled',
                        lambda c, _: 3 * c.features) == 2


def test_what_cannot_be_copied_is_refused(cache, tmp_path):
    with pytest.raises(BadInput, match=r'\(5, 3\) out of \(5, 4\)'):
        copy_changed(cache, tmp_path / 'out', 'cut',
                     lambda c, _: c.features[:, :3])
    with pytest.raises(MissingInput, match='no teacher cache'):
        copy_changed(tmp_path, tmp_path / 'out', 'x', doubled)
    (cache / 'c.safetensors').write_bytes(b'x')
    with pytest.raises(PairFileError, match='c.safetensors'):
        copy_changed(cache, tmp_path / 'out', 'doubled', doubled)
    write_manifest(cache, Manifest(dict(IDENTITY, dims=2), 'command'))
    with pytest.raises(BadInput, match='is projected'):
        copy_changed(cache, tmp_path / 'out', 'x', doubled)
    empty = tmp_path / 'empty'
    empty.mkdir()
    write_manifest(empty, Manifest(IDENTITY, 'command'))
    with pytest.raises(MissingInput, match='holds no keyframe'):
        copy_changed(empty, tmp_path / 'out', 'x', doubled)
