"""The scripts for Slurm, by a stand-in for srun."""
import json
import os
import subprocess
import sys

import pytest
from small_options import as_arguments, make_options
from test_tools.test_train_test import REPO

# Writes down what it is given; starts the command as often as --ntasks says,
# with the variables that Slurm sets for each of them.
SRUN = """#!{python}
import json, os, subprocess, sys
words = sys.argv[1:]
place = words.index(os.environ['PYTHON'])
options, command = words[:place], words[place:]
with open(os.environ['SRUN_LOG'], 'a') as log:
    log.write(json.dumps([options, command]) + chr(10))
if os.environ.get('SRUN_STARTS') == 'no':
    sys.exit(3)
count = next(word[9:] for word in options if word.startswith('--ntasks='))
started = [
    subprocess.Popen(command, env=dict(
        os.environ, SLURM_PROCID=str(rank), SLURM_LOCALID=str(rank),
        SLURM_NTASKS=count, SLURM_NODELIST='node[1-2]'))
    for rank in range(int(count))
]
sys.exit(max(abs(each.wait()) for each in started))
"""
SCONTROL = """#!/bin/sh
[ "$1 $2 $3" = 'show hostname node[1-2]' ] && echo 127.0.0.1 && echo node2
"""


@pytest.fixture
def slurm(tmp_path):
    """Runs a script; returns what srun was given, and the outcome."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    for name, text in (('srun', SRUN.format(python=sys.executable)),
                       ('scontrol', SCONTROL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    log = tmp_path / 'srun.json'

    def run(*command, **more):
        environment = dict(
            os.environ,
            PATH=f"{folder}:{os.environ['PATH']}",
            PYTHON=sys.executable,
            PYTHONPATH=str(REPO),
            CUDA_VISIBLE_DEVICES='',
            SRUN_LOG=str(log),
            **more)
        log.write_text('')
        out = subprocess.run([str(word) for word in command],
                             capture_output=True,
                             text=True,
                             cwd=REPO,
                             env=environment)
        given = [json.loads(line) for line in log.read_text().splitlines()]
        return given, out

    return run


def options_of(words):
    """As a dictionary; -p is followed by its value."""
    assert words[0] == '-p'
    return dict([('-p', words[1])] + [
        tuple(word.split('=', 1)) if '=' in word else (word, '')
        for word in words[2:]
    ])


@pytest.mark.parametrize('more, wanted', [
    (dict(), dict(ntasks='8', per_node='8', cpus='5')),
    (dict(GPUS='2'), dict(ntasks='2', per_node='2', cpus='5')),
    (dict(GPUS='16'), dict(ntasks='16', per_node='8', cpus='5')),
    (dict(GPUS='6', GPUS_PER_NODE='3',
          CPUS_PER_TASK='2'), dict(ntasks='6', per_node='3', cpus='2')),
])
@pytest.mark.parametrize('script', ['train', 'test'])
def test_what_srun_is_given(slurm, script, more, wanted):
    third = 'work dir' if script == 'train' else 'a.pth'
    given, out = slurm(
        f'tools/slurm_{script}.sh',
        'part',
        'job 1',
        'config.py',
        third,
        '--amp',
        'a b',
        SRUN_STARTS='no',
        SRUN_ARGS='--exclusive --time=1',
        **more)
    (options, command), = given
    # Its exit code is the script's.
    assert out.returncode == 3, out.stderr
    assert options_of(options) == {
        '-p': 'part',
        '--job-name': 'job 1',
        '--gres': f"gpu:{wanted['per_node']}",
        '--ntasks': wanted['ntasks'],
        '--ntasks-per-node': wanted['per_node'],
        '--cpus-per-task': wanted['cpus'],
        '--kill-on-bad-exit': '1',
        '--exclusive': '',
        '--time': '1'
    }
    place = ['config.py', f'--work-dir={third}'
             ] if script == 'train' else ['config.py', third]
    assert command[2].endswith(f'tools/{script}.py')
    assert command == [
        sys.executable, '-u', command[2], *place, '--launcher=slurm', '--amp',
        'a b'
    ]


@pytest.mark.parametrize('script', ['train', 'test'])
def test_too_few_arguments(slurm, script):
    given, out = slurm(f'tools/slurm_{script}.sh', 'part', 'job', 'config.py')
    assert not given and out.returncode == 2
    assert out.stderr.startswith(f'usage: tools/slurm_{script}.sh PARTITION')


@pytest.mark.slow
def test_training_and_testing(slurm, keyframes, tiny_clip, tmp_path):
    """Two tasks are one training, and one test of all keyframes."""
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options.update({
        'model_wrapper_cfg.type': 'MMDistributedDataParallel',
        'model_wrapper_cfg.device_ids': None,
        'train_cfg.max_epochs': 1,
        'train_dataloader.batch_size': 1
    })
    config = 'configs/reldistill_nus.py'
    more = dict(GPUS='2', MASTER_PORT='29641')
    for command in (['tools/slurm_train.sh', 'part', 'job', config,
                     tmp_path], [
                         'tools/slurm_test.sh', 'part', 'job', config,
                         tmp_path / 'epoch_1.pth', '--work-dir', tmp_path
                     ]):
        given, out = slurm(*command, *as_arguments(options), **more)
        assert out.returncode == 0, out.stdout[-3000:] + out.stderr[-3000:]
        assert len(given) == 1
    tested = sorted(tmp_path.glob('*/2*.json'))[-1]
    figures, _ = json.JSONDecoder().raw_decode(tested.read_text())
    assert figures['samples'] == 2
