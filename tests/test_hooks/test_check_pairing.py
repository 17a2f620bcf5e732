"""Pipelines that would pair moved points stop before their first step."""
from types import SimpleNamespace

import pytest
from mmengine.dataset import ConcatDataset
from test_datasets.test_calibration_doors import (FLIP, IMAGES, LABELS, PAIR,
                                                  POINTS, SIZES)
from test_datasets.test_nuscenes_lidarseg import build

from reldistill_mm.errors import BadInput
from reldistill_mm.hooks import CheckPairingHook

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')
WRONG = [POINTS, FLIP, SIZES, PAIR]
RIGHT = [POINTS, LABELS, IMAGES, PAIR, FLIP]


def runner(keyframes, train, val):
    loaders = [
        pipeline and SimpleNamespace(
            dataset=ConcatDataset([
                build(keyframes, pipeline=pipeline),
            ])) for pipeline in (train, val)
    ]
    return SimpleNamespace(
        train_dataloader=loaders[0],
        val_dataloader=loaders[1],
        test_dataloader=loaders[1],
        val_loop=val)


def test_right_pipelines_pass(keyframes):
    hook = CheckPairingHook()
    hook.before_train(runner(keyframes, RIGHT, RIGHT))
    hook.before_train(runner(keyframes, RIGHT, None))
    hook.before_test(runner(keyframes, None, [POINTS, LABELS, FLIP]))


@pytest.mark.parametrize('when, train, val', [
    ('before_train', WRONG, None),
    ('before_train', RIGHT, WRONG),
    ('before_val', RIGHT, WRONG),
    ('before_test', RIGHT, WRONG),
])
def test_wrong_ones_name_the_step(keyframes, when, train, val):
    with pytest.raises(BadInput, match='RandomFlip3D comes before PairPoints'):
        getattr(CheckPairingHook(), when)(runner(keyframes, train, val))


def test_it_is_in_every_config():
    from mmengine.config import Config

    import reldistill_mm
    for name in ('reldistill_nus.py', 'reldistill_semantickitti_cached.py'):
        cfg = Config.fromfile(reldistill_mm.config_path(name))
        assert dict(type='CheckPairingHook') in cfg.custom_hooks
