"""Situations: how a run is watched."""
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere, situation

from reldistill_mm.hooks import ShowKeyframeHook
from reldistill_mm.hooks.watch import with_watch

WATCH = 'tests/test_hooks/test_watch.py::'
SHOWN = 'tests/test_hooks/test_show_keyframe.py::'


@situation('--cfg-options watch=tensorbord', 'names', REFUSED,
           "watch='tensorbord' is not known; did you mean 'tensorboard'?")
def _(tmp):
    with_watch(None, 'tensorbord')


@situation(
    '--cfg-options watch=True', 'config', REFUSED,
    "watch=True is not a name or a list of names; there are 'tensorboard', "
    "'wandb', 'wandb_offline'.")
def _(tmp):
    with_watch(None, True)


elsewhere(
    'watch=wandb,wandb_offline', '6', REFUSED,
    'watch=... names Weights & Biases twice: keep wandb or wandb_offline.',
    WATCH + 'test_what_cannot_be_watched')
elsewhere(
    'watch=wandb or watch=tensorboard without the package', 'machines',
    REFUSED, 'watch=wandb needs a package that cannot be imported (...): pip '
    'install wandb, or leave watch out.',
    WATCH + 'test_a_package_that_is_missing')
elsewhere(
    'watch=wandb without a login', 'machines', REFUSED,
    'Weights & Biases does not start (...): log in by `wandb login`, or take '
    'watch=wandb_offline, which sends nothing.',
    WATCH + 'test_without_a_login')
elsewhere('training and validation with values of one name, watched', '6',
          RIGHT,
          'train/uniformity and val/uniformity, both over steps of training',
          WATCH + 'test_training_and_a_test')
elsewhere(
    'training on a teacher cache where validation has no images', '5', WARNED,
    "There is no picture of the features at validation: '...' does not "
    'exist.', SHOWN + 'test_where_no_images_are')


@situation(
    'default_hooks.pictures.interval=-1', 'values', REFUSED,
    'ShowKeyframeHook needs an interval of 0 (no pictures) or more, '
    'got -1.')
def _(tmp):
    ShowKeyframeHook(interval=-1)
