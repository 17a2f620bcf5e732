"""Two processes train to the weights of one with the double batch."""
import os
import subprocess
import sys

import pytest
import torch
from small_options import as_arguments, make_options
from test_tools.test_train_test import REPO

# Batch statistics are of a rank's own batch (synchronising them needs CUDA),
# so normalisation stands still here.
HOOK = """
import os
import time

from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from torch.nn import BatchNorm1d


@HOOKS.register_module()
class FreezeNormHook(Hook):

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        time.sleep(float(os.environ.get('SECONDS_PER_STEP', 0)))
        for module in runner.model.modules():
            if isinstance(module, BatchNorm1d):
                module.eval()
"""
CONFIG = """
_base_ = [__import__('reldistill_mm').config_path('reldistill_nus_cached.py')]
custom_imports = dict(imports=['reldistill_mm', 'freeze_norm'])
custom_hooks = [dict(type='FreezeNormHook')]
# No randomness: every pair of every keyframe, clouds as they are.
train_dataloader = dict(
    sampler=dict(shuffle=False),
    dataset=dict(
        pipeline=[
            _base_.load_points,
            dict(type='LoadCachedPairs', root='{root}'),
            dict(type='PackPairs', keys=['points'])
        ]))
model = dict(distill_head=dict(gather_across_ranks=True))
# AdamW would make whole steps of gradients that are rounding.
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='SGD', lr=0.5, momentum=0.9))
param_scheduler = []
val_cfg = val_dataloader = val_evaluator = None
train_cfg = dict(max_epochs=3, val_interval=100)
"""


def environment_of(folder):
    """The variables that the scripts of tools/ read, on the CPU."""
    return dict(
        os.environ,
        PYTHON=sys.executable,
        # Two processes of NCCL would need two GPUs.
        CUDA_VISIBLE_DEVICES='',
        PORT='29617',
        PYTHONPATH=f'{REPO}:{folder}')


def execute(*command, env):
    out = subprocess.run([str(word) for word in command],
                         capture_output=True,
                         text=True,
                         cwd=REPO,
                         env=env)
    assert out.returncode == 0, out.stdout[-3000:] + out.stderr[-3000:]


@pytest.fixture
def arguments(keyframes, tiny_clip, clip_weights, tmp_path):
    """Config and options of a training on cached features, by processes."""
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    options['model.pair_sampler'] = None
    options = {
        key: value
        for key, value in options.items() if not key.startswith('val')
    }
    (tmp_path / 'freeze_norm.py').write_text(HOOK)
    execute(
        sys.executable,
        'tools/cache_teacher.py',
        'configs/reldistill_nus_cached.py',
        '--out',
        tmp_path / 'cache',
        '--workers',
        0,
        *as_arguments(options),
        env=environment_of(tmp_path))
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.format(root=tmp_path / 'cache'))

    def make(processes):
        more = {
            'model_wrapper_cfg.type': 'MMDistributedDataParallel',
            'model_wrapper_cfg.device_ids': None,
            'train_dataloader.batch_size': 2 // processes
        }
        return config, as_arguments({**options, **more})

    return make


@pytest.fixture
def train(arguments, tmp_path):
    """Trains on so many processes; returns the weights of the last epoch."""

    def run(processes):
        config, options = arguments(processes)
        work = tmp_path / f'work{processes}'
        execute(
            'tools/dist_train.sh',
            config,
            processes,
            '--work-dir',
            work,
            *options,
            env=environment_of(tmp_path))
        return weights_of(work / 'epoch_3.pth')

    return run


def weights_of(path):
    return torch.load(path, weights_only=False)['state_dict']


def assert_same_weights(one, two):
    """But for rounding."""
    assert list(one) == list(two)
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_same_weights(train):
    """Three steps of SGD with momentum; relations span both ranks' pairs."""
    assert_same_weights(train(1), train(2))
