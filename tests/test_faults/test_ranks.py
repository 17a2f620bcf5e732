"""One rank fails while the other waits for it."""
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from small_options import as_arguments, make_options
from test_faults.prepared_process import ROOT, PreparedProcess
from tiny_nuscenes import write_keyframes

WORKER = """
import os
import signal

from mmdet3d.registry import TRANSFORMS
from torch.utils.data import get_worker_info


@TRANSFORMS.register_module()
class KillWorker:

    def __call__(self, results):
        assert get_worker_info() is not None
        os.kill(os.getpid(), signal.SIGKILL)
"""
CONFIG = """
import sys
sys.path.insert(0, {folder!r})
del sys
_base_ = [__import__('reldistill_mm').config_path('reldistill_nus.py')]
custom_imports = dict(imports=['reldistill_mm', 'killer'])
train_dataloader = dict(dataset=dict(pipeline=[dict(type='KillWorker')]))
"""


def options(root: Path, clip: str) -> dict:
    options = make_options(str(root), 'infos.pkl', clip)
    options.update({
        'train_dataloader.batch_size': 1,
        'train_dataloader.sampler.shuffle': False,
        'val_cfg': None,
        'val_dataloader': None,
        'val_evaluator': None
    })
    return {
        key: value
        for key, value in options.items()
        if not key.startswith('val_d') or value is None
    }


def end_of(process: subprocess.Popen, ends: dict, number: int) -> None:
    _, text = process.communicate()
    ends[number] = (time.monotonic(), process.returncode, text)


@pytest.mark.slow
@pytest.mark.parametrize('broken', [0, 1])
def test_one_rank_fails(tmp_path, tiny_clip, broken):
    """Without a launcher that would end the other one, as under MPI.

    Rank 0 keeps the store through which the others learn of it.
    """
    write_keyframes(tmp_path, count=2)
    scan = tmp_path / f'samples/LIDAR_TOP/{broken:03d}.pcd.bin'
    scan.write_bytes(scan.read_bytes()[:-3])
    arguments = as_arguments({
        **options(tmp_path, tiny_clip), 'model_wrapper_cfg.type':
        'MMDistributedDataParallel',
        'model_wrapper_cfg.device_ids':
        None
    })
    environment = dict(
        os.environ,
        OMP_NUM_THREADS='1',
        # Two processes of NCCL would need two GPUs.
        CUDA_VISIBLE_DEVICES='',
        PYTHONPATH=str(ROOT),
        WORLD_SIZE='2',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(29700 + broken))
    processes = [
        subprocess.Popen([
            sys.executable, '-W', 'ignore',
            str(ROOT / 'tools/train.py'),
            str(ROOT / 'configs/reldistill_nus.py'), '--launcher', 'pytorch',
            '--work-dir',
            str(tmp_path / 'work'), *map(str, arguments)
        ],
                         stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE,
                         text=True,
                         cwd=ROOT,
                         env=dict(
                             environment,
                             RANK=str(rank),
                             LOCAL_RANK=str(rank),
                             TORCHELASTIC_ERROR_FILE=f'{tmp_path}/{rank}'))
        for rank in range(2)
    ]
    ends: dict = {}
    threads = [
        threading.Thread(target=end_of, args=(process, ends, rank))
        for rank, process in enumerate(processes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    for process in processes:
        process.kill()
    assert abs(ends[0][0] - ends[1][0]) < 60
    for rank, (_, code, text) in ends.items():
        line = text.strip().splitlines()[-1]
        assert code == 2, text[-3000:]
        assert line.startswith('train.py: error: ')
        assert str(scan) in line and 'copy it again' in line
        # What torchrun would quote at the end of its report.
        told = json.loads((tmp_path / str(rank)).read_text())
        assert told['message']['message'] == line


@pytest.mark.slow
def test_a_worker_is_killed(tmp_path, tiny_clip):
    """By the system for its memory, say: one line."""
    write_keyframes(tmp_path, count=2)
    (tmp_path / 'killer.py').write_text(WORKER)
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.format(folder=str(tmp_path)))
    process = PreparedProcess(tmp_path)
    code, text = process.run([
        ROOT / 'tools/train.py', config, '--work-dir', tmp_path / 'work',
        *as_arguments({
            **options(tmp_path, tiny_clip), 'train_dataloader.num_workers':
            1
        })
    ])
    process.close()
    line = text.strip().splitlines()[-1]
    assert line.startswith('train.py: error: A process that loads data was '
                           'killed'), text[-3000:]
    assert code == 2 and signal.SIGKILL.name not in line
