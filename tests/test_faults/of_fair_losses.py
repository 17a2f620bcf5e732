"""Situations: losses compared at rates and with pairs of a study."""
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from reldistill_mm import config_path
from reldistill_mm.datasets.transforms import TurnCalibration
from reldistill_mm.experiments.choose_rates import (Search, choose_rates,
                                                    lowest_rate)
from reldistill_mm.experiments.schedules import set_epochs
from reldistill_mm.functional.moved_teacher import unseen_direction
from reldistill_mm.models import RelationalLoss

COPY = 'tests/test_teacher_cache/test_changed_copy.py::'
STUDY = 'tests/test_projects/test_what_decides.py::'


@situation(
    'a negative weight within the cross-modal relational loss', 'values',
    REFUSED, 'The weights of the diagonal and the off-diagonal of the '
    'cross-modal loss are (-1.0, 1.0): take numbers of 0 or more; 0 leaves a '
    'mean out.')
def _(tmp):
    RelationalLoss(cross_diagonal_weight=-1.)


@situation('both weights within the cross-modal loss are 0', 'values', RIGHT,
           'the term is left out, as by cross_weight=0')
def _(tmp):
    loss = RelationalLoss(
        cross_diagonal_weight=0., cross_off_diagonal_weight=0.)
    rows = torch.eye(3)
    assert set(loss(rows, rows)) == {'loss_intra'}


@situation('choose_rate.py --rates with one rate twice', 'values', REFUSED,
           'Learning rates must be given, each once: [0.1, 0.1].')
def _(tmp):
    choose_rates({}, Search(tmp, [.1, .1], 1))


@situation(
    'a loss that diverges at every rate that is tried', 'values', REFUSED,
    "'x' diverged at every learning rate of [0.1, 0.3]: try "
    'smaller ones.')
def _(tmp):
    lowest_rate({.1: None, .3: float('nan')}, 'x')


@situation(
    'one epoch of a schedule whose warm-up takes one', '11', REFUSED,
    '1 epochs are too few for the schedule CosineAnnealingLR, which '
    'begins after 1.')
def _(tmp):
    set_epochs(Config.fromfile(config_path('baselines/scalr_nus.py')), 1)


@situation('a camera turned by a negative angle', '1', REFUSED,
           'TurnCalibration.degrees=-1 must be from 0 to less than 180.')
def _(tmp):
    TurnCalibration(-1)


@situation('words that leave no room for a cone', 'values', REFUSED,
           '4 words span all 4 dimensions: no direction is unseen by them.')
def _(tmp):
    unseen_direction(torch.eye(4))


@situation(
    'a teacher cache where there is none, to be changed', '8', REFUSED,
    "There is no teacher cache in '...' (manifest.json is missing): "
    'build the cache with `python tools/cache_teacher.py CONFIG --out '
    '...`.')
def _(tmp):
    from reldistill_mm.teacher_cache.changed_copy import copy_changed
    copy_changed(
        Path(tmp),
        Path(tmp) / 'out', 'x', lambda cached, _: np.zeros(0))


elsewhere(
    'a projected teacher cache whose features a study would change', '6',
    REFUSED, "The teacher cache in '...' is projected (--dims): change the "
    'features of one that is not.',
    f'{COPY}test_what_cannot_be_copied_is_refused')
elsewhere(
    'a study that would cost more core hours than it may', '10', REFUSED,
    'The study would cost about 8.1 core hours, more than --most-hours 6: '
    'choose fewer --factors, --seeds or --epochs, or allow more.',
    f'{STUDY}test_cost_is_bounded')
elsewhere(
    'WhatDecides/run.py --quick with a factor that it leaves out', '9',
    REFUSED, '--quick knows pairs, cone, noise, projector, intra, not width: '
    'leave it out for those.', f'{STUDY}test_wrong_arguments_are_refused')
elsewhere(
    'StructuralGap/run.py without the table that it judges', '10', REFUSED,
    "'.../results.json' does not exist: run projects/MethodTable/run.py "
    'first, and give its results.json as --table.',
    'tests/test_projects/test_structural_gap.py::'
    'test_what_is_not_a_table_is_refused')
elsewhere(
    'a study that would keep its results in a file of something else', '6',
    REFUSED, "'.../results.json' does not hold the results of finished runs: "
    'name a file that a study has kept them in, or a new one.',
    'tests/test_experiments/test_kept.py::test_another_file_is_refused')
