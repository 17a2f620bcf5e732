"""Situations: methods of the field, put together in other ways than theirs."""
import numpy as np
import torch
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from reldistill_mm.functional import text_guided_loss, unit_rows
from reldistill_mm.models import PointProjector, TextGuidedLoss

SWEEPS = 'tests/test_datasets/test_load_sweeps.py::'
MODEL = 'tests/test_models/test_sweeps_and_words.py::'


@situation('a projector of no layers', 'config', REFUSED,
           'model.projector.layers=0 is not a positive integer.')
def _(tmp):
    PointProjector(96, 512, layers=0)


@situation(
    'a hidden width for a projector of one layer', 'config', REFUSED,
    'A projector of one layer has nothing between layers: leave '
    'hidden_channels=64 and norm=False out, or set model.projector.layers to '
    '2 or more.')
def _(tmp):
    PointProjector(96, 512, hidden_channels=64, layers=1)


@situation('a batch that the teacher gives to one class', 'values', RIGHT,
           'words tell nothing apart: a loss of 0 that has a gradient')
def _(tmp):
    np.random.seed(0)
    words = torch.eye(4)
    student = unit_rows(torch.randn(6, 4)).requires_grad_()
    teacher = words[:1].repeat(6, 1)
    loss = text_guided_loss(student, teacher, words, [1, 1, 2])
    loss.backward()
    assert loss == 0 and student.grad.abs().max() == 0


@situation('a mistyped anchor of TextGuidedLoss', 'config', REFUSED,
           "anchor must be one of ('words', 'points'), got 'pixels'.")
def _(tmp):
    TextGuidedLoss(anchor='pixels')


elsewhere(
    'LoadSweeps on a dataset that keeps no sweeps', 'config', REFUSED,
    "LoadSweeps finds no sweeps of '...': set load_sweeps=True of the "
    'dataset (NuScenesLidarSegDataset), or leave LoadSweeps out.',
    f'{SWEEPS}test_refused')
elsewhere(
    'LoadSweeps after the pairing', '1', REFUSED,
    'LoadSweeps comes after the pairing: put it right after '
    'LoadLidarPoints.', f'{SWEEPS}test_refused')
elsewhere(
    'a sweep whose pose the info does not say', '1', REFUSED,
    "The sweep '...' of '...' has no lidar2sensor: convert the data again "
    '(tools/create_data.py).', f'{SWEEPS}test_refused')
elsewhere(
    'sweeps with a teacher cache', '9', REFUSED,
    'LoadSweeps comes before LoadCachedPairs, and a teacher cache holds '
    'features at the points of keyframes alone: leave LoadSweeps out, or '
    'train on images.', f'{SWEEPS}test_refused')
elsewhere(
    'points dropped between LoadSweeps and the pairing', '9', REFUSED,
    "LoadSweeps loaded 9000 points of '...' and its sweeps, and 4000 were "
    'paired: put what drops or adds points after the pairing.',
    f'{SWEEPS}test_points_dropped_before_the_pairing_are_refused')
elsewhere(
    'points shuffled between LoadSweeps and the pairing', '9', REFUSED,
    "The points of '...' and its sweeps are in another order than LoadSweeps "
    'left them in, so that it is not known which sweep each is of: put what '
    'reorders points (PointShuffle) after PairPointsWithPixels.',
    f'{SWEEPS}test_points_reordered_before_the_pairing_are_refused')
elsewhere(
    'LoadSweeps after labels were loaded', '9', REFUSED,
    "The points of '...' have labels, which those of other sweeps have not: "
    'leave out LoadSweeps or the labels.', f'{SWEEPS}test_refused')
elsewhere(
    'the first keyframe of a scene, which has no sweeps', '9', RIGHT,
    'the keyframe alone', 'tests/test_datasets/test_convert_nuscenes.py::'
    'test_sweeps_fall_on_their_keyframe')
elsewhere(
    'a loss guided by words, and a teacher without', 'config', REFUSED,
    'A loss of model.distill_head is guided by words, and the model has none '
    '(zero_shot_head=None): give it some, or take another loss.',
    f'{MODEL}test_what_they_cannot_work_without')
elsewhere(
    'a loss guided by words that are to be loaded and never are', 'config',
    REFUSED, 'A loss of model.distill_head is guided by words, whose stored '
    'embeddings (zero_shot_head.store_text=True) no checkpoint has filled, '
    'and TimmTeacher embeds none: take a TextTeacher, or another loss.',
    f'{MODEL}test_what_they_cannot_work_without')
elsewhere(
    'CellConsistencyLoss on superpixels', 'config', REFUSED,
    'CellConsistencyLoss asks where each pair lies, and pooled pairs lie in '
    'many places: take a pair_sampler that does not pool, RandomPairs or '
    'None.', f'{MODEL}test_what_they_cannot_work_without')
