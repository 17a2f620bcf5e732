"""Pairs in, pairs out."""
import pytest
import torch
from mmdet3d.registry import MODELS

from reldistill_mm.errors import BadInput
from reldistill_mm.models import (BatchPairs, PairSampler, RandomPairs,
                                  SuperpixelPool)


def pairs_of(count):
    index = torch.arange(count)
    return BatchPairs(index, index, torch.rand(count, 2), index)


@pytest.mark.parametrize('count', [0, 1, 50])
def test_what_is_there_is_taken_where_there_is_less(count):
    """Trap 26, and the order of pairs stays."""
    pairs = pairs_of(count)
    assert RandomPairs(50)(pairs) is pairs


def test_whole_pairs_are_drawn_without_replacement():
    pairs = pairs_of(50)
    drawn = RandomPairs(20)(pairs)
    assert len(set(drawn.voxel.tolist())) == 20
    assert torch.equal(drawn.voxel, drawn.image)
    assert torch.equal(drawn.voxel, drawn.pair_index)
    assert torch.equal(drawn.uv, pairs.uv[drawn.voxel])


def test_every_pair_is_drawn_now_and_then():
    sampler = RandomPairs(20)
    seen = torch.cat([sampler(pairs_of(50)).voxel for _ in range(200)])
    count = torch.bincount(seen, minlength=50)
    assert len(count) == 50 and count.min() > 40 and count.max() < 120


def test_it_is_built_from_a_config(mmdet3d_scope):
    sampler = MODELS.build(dict(type='RandomPairs', count=3))
    assert isinstance(sampler, PairSampler) and sampler.count == 3
    with pytest.raises(BadInput, match='positive count, got 0; pair_sampler'):
        MODELS.build(dict(type='RandomPairs', count=0))


@pytest.mark.parametrize('sampler, words', [
    ({}, 'pair_sampler=.* names no type'),
    (dict(type='SimilarityLoss'), 'SimilarityLoss is not a PairSampler'),
])
def test_other_things_are_no_samplers(sampler, words, mmdet3d_scope):
    from reldistill_mm.models.segmentors.relational_distiller import \
        build_sampler
    with pytest.raises(BadInput, match=words):
        build_sampler(sampler)


def superpixels(image, segment):
    index = torch.arange(len(image))
    return BatchPairs(index, torch.tensor(image), torch.rand(len(image), 2),
                      index, torch.tensor(segment))


def test_superpixels_are_those_of_one_image():
    """Trap 29: no id of one image meets that of another, however large."""
    image = [0, 0, 1, 1, 5, 5, 0]
    segment = [3, 2**40, 3, 2**62, 2**40, -1, 3]
    pooled = SuperpixelPool()(superpixels(image, segment))
    wanted = [(i, s) for i, s in zip(image, segment) if s >= 0]
    assert pooled.voxel.tolist() == [0, 1, 2, 3, 4, 6]
    for one, own in zip(pooled.group.tolist(), wanted):
        for other, its in zip(pooled.group.tolist(), wanted):
            assert (one == other) == (own == its)


@pytest.mark.parametrize('count, left', [(1, 1), (7, 7), (10, 10), (99, 10)])
def test_whole_superpixels_are_drawn(count, left):
    pairs = superpixels([0, 1] * 50, [n // 2 % 5 for n in range(100)])
    pooled = SuperpixelPool(count)(pairs)
    assert len(pooled.group.unique()) == left
    assert len(pooled.group) == 10 * left


def test_no_superpixel_at_all():
    pooled = SuperpixelPool(3)(superpixels([0, 0], [-1, -1]))
    assert len(pooled.voxel) == len(pooled.group) == 0


def test_superpixels_that_nobody_made_are_refused():
    with pytest.raises(BadInput, match='SlicSuperpixels or LoadSuperpixels'):
        SuperpixelPool()(pairs_of(3))
    with pytest.raises(BadInput, match='positive count, got 0; None'):
        SuperpixelPool(0)
