"""Training that is killed and resumed ends as the unbroken run, to the bit."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from small_options import as_arguments, make_options
from test_tools.test_train_test import REPO

# Ten keyframes: an epoch of ten batches, two epochs, saved at every third.
OPTIONS = {
    'train_cfg.max_epochs': 2,
    'train_cfg.val_interval': 1,
    'param_scheduler.0.total_steps': 2,
    'default_hooks.checkpoint.by_epoch': False,
    'default_hooks.checkpoint.interval': 3,
    'train_dataloader.num_workers': 2,
    'train_dataloader.persistent_workers': False,
    'train_dataloader.dataset.indices': 10,
    'val_dataloader.dataset.indices': 2,
}


@pytest.fixture
def command(keyframes, tiny_clip, clip_weights):
    """The MiniWorld recipe as it is, on small keyframes."""
    options = make_options(str(keyframes), 'infos_100_scenes.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    options['model.teacher.stride'] = None
    options['model.pair_sampler.count'] = 128
    options.update(OPTIONS)
    return [
        sys.executable, '-W', 'ignore',
        str(REPO / 'tools/train.py'),
        str(REPO / 'configs/reldistill_miniworld.py'), *as_arguments(options)
    ]


def last(folder: Path) -> int:
    """Iteration of the last checkpoint; 0 without one."""
    mark = folder / 'last_checkpoint'
    if not mark.is_file():
        return 0
    return int(Path(mark.read_text()).stem.split('_')[1])


def train(command, folder, *more):
    done = subprocess.run(
        [*command, '--work-dir', str(folder), *more],
        capture_output=True,
        text=True,
        cwd=REPO)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


def train_and_kill(command, folder, iteration, *more):
    """Kill the process and its workers once a checkpoint is there."""
    process = subprocess.Popen(
        [*command, '--work-dir', str(folder), *more],
        cwd=REPO,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True)
    limit = time.monotonic() + 300
    while last(folder) < iteration and time.monotonic() < limit:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert iteration <= last(folder) < 20


@pytest.mark.slow
def test_killed_twice(command, tmp_path):
    """In the first epoch and in the second."""
    train(command, tmp_path / 'whole')
    train_and_kill(command, tmp_path / 'killed', 6)
    train_and_kill(command, tmp_path / 'killed', 12, '--resume')
    log = train(command, tmp_path / 'killed', '--resume')
    assert 'resumed epoch: 1, iter: 1' in log
    whole, killed = (
        torch.load(
            tmp_path / name / 'iter_20.pth',
            map_location='cpu',
            weights_only=False) for name in ('whole', 'killed'))
    assert list(whole['state_dict']) == list(killed['state_dict'])
    for name, tensor in whole['state_dict'].items():
        assert torch.equal(tensor, killed['state_dict'][name]), name
    states = [each['optimizer']['state'] for each in (whole, killed)]
    assert states[0].keys() == states[1].keys()
    for number, state in states[0].items():
        for name, value in state.items():
            other = states[1][number][name]
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(other))
