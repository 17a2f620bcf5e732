"""Situations: studies of many runs, their choices and their comparisons."""
from pathlib import Path

from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from miniworld.builder import full_arguments
from miniworld.prepare import data_options
from reldistill_mm.datasets.splits import select_keyframes
from reldistill_mm.experiments import run_protocols
from reldistill_mm.experiments.design import other_subsets
from reldistill_mm.experiments.named import named_protocol
from reldistill_mm.experiments.plan import plan_runs
from reldistill_mm.experiments.sweep import Sweep, trial_rates
from reldistill_mm.io.paths import config_path

SWEEP = 'tests/test_experiments/test_sweep.py::'


@situation(
    'a subset of keyframes that begins after its first step', '9', REFUSED,
    "'every_20th_keyframe_from_20': the place to begin at is "
    'from 0 to 19, or it would be another subset without its first '
    'keyframes.')
def _(tmp):
    select_keyframes(80, 'every_20th_keyframe_from_20')


@situation(
    'a subset of keyframes with a mistyped beginning', '9', REFUSED,
    "Unknown subset of keyframes 'every_20th_keyframe_from_two'; write "
    "'every_100th_keyframe' (any number), or with '_from_7' to begin "
    'at the place 7, counted from 0.')
def _(tmp):
    select_keyframes(80, 'every_20th_keyframe_from_two')


@situation(
    'more labelled subsets than there are', '9', REFUSED,
    "--subsets 8: 'every_4th_keyframe' is one of 4 subsets; take 1 to "
    '4.')
def _(tmp):
    other_subsets('every_4th_keyframe', 8)


@situation('--subsets 0', 'config', REFUSED,
           '--subsets and --seeds-per-subset are positive, not 0 and 2.')
def _(tmp):
    path = Path(config_path('downstream/finetune_miniworld_1pct.py'))
    plan_runs(dict(random=''), [path], [0], 0)


@situation('linear_probe without its data', 'config', REFUSED,
           "linear_probe needs --data, one of ['nus', ...")
def _(tmp):
    named_protocol('linear_probe', None, tmp)


@situation(
    'a sweep that is too short for its rule', 'config', REFUSED,
    '--sweep-iters 100 with a test every 50: a curve needs 16 tests to '
    'be called flat.')
def _(tmp):
    trial_rates(Sweep(max_iters=100))


@situation('a learning rate of 0 in a sweep', 'config', REFUSED,
           'The learning rates to try are positive, not [0.0, 2.0].')
def _(tmp):
    trial_rates(Sweep(backbone=[0.], head=[2.]))


@situation('--compare with a column that is not in the study', 'names',
           REFUSED, "--compare: 'relationl' is not one of the columns "
           "['random'].")
def _(tmp):
    run_protocols(
        dict(random=''), [], [0], tmp, compare=[('random', 'relationl')])


@situation('scenes for choices in the format that has none', 'config', REFUSED,
           'scenes takes 2 numbers, not (4, 1, 1)')
def _(tmp):
    full_arguments('other', scenes=(4, 1, 1))


@situation(
    'a MiniWorld that is not there', '8', REFUSED,
    "'world' holds no labels of MiniWorld (lidarseg/VERSION): make it "
    'by `python tools/make_miniworld.py`.')
def _(tmp):
    data_options(tmp / 'world')


elsewhere(
    '--sweep with a protocol that counts epochs', 'config', REFUSED,
    "'...' counts epochs: --sweep takes protocols that count iterations "
    "(train_cfg.type='IterBasedTrainLoop', as "
    'configs/_base_/schedules/finetune_150i.py).',
    f'{SWEEP}test_epochs_are_refused')
elsewhere(
    'rates chosen on scenes that are reported or trained on', '10', REFUSED,
    "'test.pkl' and what is reported on share 100 scenes ('...'): choices "
    'need scenes of their own (for MiniWorld: python tools/make_miniworld.py '
    '--large).', f'{SWEEP}test_scenes_that_are_reported_choose_nothing')
elsewhere('a learning rate that diverges in a sweep', 'values', RIGHT,
          'it is ranked last; if all do, the sweep is refused',
          f'{SWEEP}test_the_highest_last_third_is_chosen')
elsewhere('a sweep that was interrupted', '5', RIGHT,
          'finished trials are kept, a begun one is run again from its start',
          f'{SWEEP}test_rates_are_chosen_before_the_runs')
elsewhere(
    'columns that were tested on other scenes', '6', REFUSED,
    "'a' and 'b' were tested on other scenes in p, seed 0: run one of them "
    'again.',
    'tests/test_experiments/test_contrast_table.py::test_other_scenes')
