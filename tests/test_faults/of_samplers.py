"""Situations: pairs that are to be drawn evenly over something."""
import torch
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from reldistill_mm.models import (BatchPairs, EvenOverClusters,
                                  EvenOverDistance, EvenOverVoxels)

TEST = 'tests/test_models/test_even_samplers.py::'


def pairs_of(count):
    index = torch.arange(count)
    return BatchPairs(index, index, torch.zeros(count, 2), index)


@situation('voxels without an edge to draw pairs over', 'values', REFUSED,
           'EvenOverVoxels needs a positive voxel_size, not 0.')
def _(tmp):
    EvenOverVoxels(voxel_size=0)


@situation('rings of no number', 'values', REFUSED,
           'EvenOverDistance needs a positive ring_width, not nan.')
def _(tmp):
    EvenOverDistance(ring_width=float('nan'))


@situation(
    "pairs of one's own code, drawn by a place that they lack", '5', REFUSED,
    "The pairs come without 'xyz', by which they are to be "
    'drawn: RelationalDistiller.sample_pairs() fills it in.')
def _(tmp):
    EvenOverVoxels(count=1)(pairs_of(3))


@situation('more clusters than pairs', '9', RIGHT,
           'as many clusters as there are kinds of features')
def _(tmp):
    pairs = pairs_of(9)._replace(teacher=torch.eye(3).repeat(3, 1))
    drawn = EvenOverClusters(clusters=50, count=3)(pairs)
    assert sorted(drawn.teacher.argmax(1).tolist()) == [0, 1, 2]


elsewhere('all pairs at one place, or fewer than are to be drawn', '9', RIGHT,
          'as many as are wanted, or all there are',
          f'{TEST}test_whole_pairs_without_replacement_whatever_the_places')
