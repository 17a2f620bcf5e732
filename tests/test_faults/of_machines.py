"""Situations: full disks, writers that meet, processes that are killed."""
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from reldistill_mm.cli.torch_errors import explain_torch
from reldistill_mm.io.files import atomic_path

FULL = ("'small/{}' cannot be written: no space is left on its disk. Free "
        'some, or choose another folder.')


@contextmanager
def small_disk(folder: Path, size: int = 1 << 20) -> Iterator[Path]:
    """A disk of so many bytes; only root may mount one."""
    place = folder / 'small'
    place.mkdir()
    mount = subprocess.run([
        'mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs',
        str(place)
    ], capture_output=True)  # yapf: disable
    if mount.returncode:
        pytest.skip('only root may mount a small disk')
    try:
        yield place
    finally:
        subprocess.run(['umount', '-l', str(place)], check=True)


@situation('a full disk at the export', 'machines', REFUSED,
           FULL.format('zero_shot.pth'))
def _(tmp):
    with small_disk(tmp) as disk, atomic_path(
            disk / 'zero_shot.pth') as fresh:  # yapf: disable
        torch.save(dict(state_dict=dict(a=torch.rand(1 << 20))), fresh)


@situation('a full disk at the labels of a scan', 'machines', REFUSED,
           FULL.format('labels.npy'))
def _(tmp):
    with small_disk(tmp) as disk, atomic_path(disk / 'labels.npy') as fresh:
        np.save(fresh, np.zeros(1 << 21))


@situation('a full disk at the teacher cache', 'machines', REFUSED,
           FULL.format('token.safetensors'))
def _(tmp):
    from reldistill_mm.functional import PointPixelPairs
    from reldistill_mm.teacher_cache.pair_file import CachedPairs, write_pairs
    count = 1 << 16
    pairs = PointPixelPairs(
        np.arange(count), np.zeros(count, np.int64),
        np.zeros((count, 2), np.float32), np.zeros(count, np.float32))
    cached = CachedPairs(pairs, np.zeros((count, 16), np.float16),
                         np.ones(count, bool))
    with small_disk(tmp) as disk:
        try:
            write_pairs(disk / 'token.safetensors', cached, 'key', 'print')
        finally:
            # Nothing of the file stays in the way.
            assert not list(disk.iterdir())


@situation('a full disk under a result that was there', 'machines', REFUSED,
           FULL.format('a.txt'))
def _(tmp):
    with small_disk(tmp) as disk:
        (disk / 'a.txt').write_text('old')
        try:
            with atomic_path(disk / 'a.txt') as fresh:
                fresh.write_bytes(bytes(1 << 21))
        finally:
            assert (disk / 'a.txt').read_text() == 'old'


@situation('eight writers of one file', 'machines', RIGHT,
           'the whole file of one of them')
def _(tmp):

    def write(number: int) -> None:
        with atomic_path(tmp / 'a.txt') as fresh:
            for _ in range(50):
                with open(fresh, 'a') as file:
                    file.write(f'{number}\n')

    threads = [threading.Thread(target=write, args=(n, )) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp / 'a.txt').read_text().splitlines()
    assert len(lines) == 50 and len(set(lines)) == 1
    assert len(list(tmp.iterdir())) == 1


@situation('a writer killed by kill -9', 'machines', RIGHT,
           'what was there before, and the next writer is not disturbed')
def _(tmp):
    (tmp / 'a.txt').write_text('old')
    child = os.fork()
    if child == 0:
        with atomic_path(tmp / 'a.txt') as fresh:
            fresh.write_text('half')
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert (tmp / 'a.txt').read_text() == 'old'
    with atomic_path(tmp / 'a.txt') as fresh:
        fresh.write_text('new')
    assert (tmp / 'a.txt').read_text() == 'new'


elsewhere(
    'two processes that fill one teacher cache', 'machines', RIGHT,
    'one whole cache; both end with code 0',
    'tests/test_tools/test_cache_teacher.py::'
    'test_build_then_train_and_be_told_what_is_wrong')


class _Kills(torch.utils.data.Dataset):

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return index


@situation(
    'a process that loads data killed by the system (out of memory)',
    'machines', REFUSED,
    'A process that loads data was killed (DataLoader worker (pid...). '
    'Mostly memory is short: set a smaller train_dataloader.num_workers or '
    'batch_size (--workers of the tools that have it).')
def _(tmp):
    with explain_torch():
        list(torch.utils.data.DataLoader(_Kills(), num_workers=1))


KILLS = 'tests/test_faults/test_kills.py::'
elsewhere('kill -9 at random moments of cache_teacher, and the same command',
          'machines', RIGHT, 'the cache of the unbroken run, file by file',
          KILLS + 'test_cache_teacher')
elsewhere('kill -9 at random moments of train, and the same command',
          'machines', RIGHT,
          'the weights of the unbroken run, to the bit (with --resume)',
          KILLS + 'test_train')
elsewhere('kill -9 at random moments of run_protocol, and the same command',
          'machines', RIGHT, 'the figures of the unbroken run',
          KILLS + 'test_run_protocol')
elsewhere('kill -9 at random moments of make env, and the same command',
          'machines', RIGHT, 'the environment of the unbroken run',
          KILLS + 'test_make_env')
elsewhere(
    'one rank that fails while the others wait', 'machines', REFUSED,
    "all ranks end within seconds with the first one's line: The point "
    "cloud '...' ...; it may be truncated, copy it again.",
    'tests/test_faults/test_ranks.py::test_one_rank_fails')
elsewhere(
    'kill -9 of all processes of one of two machines', 'machines', REFUSED,
    'A process on another rank has ended without a word (...): it or its '
    'machine was killed, or the network failed. See the end of its own '
    'output, then start all of them again with --resume.',
    'tests/test_tools/test_two_hosts.py::test_two_hosts')
elsewhere(
    'one of two machines has no checkpoint to resume, or another one',
    'machines', REFUSED,
    'The processes do not go on from the same checkpoint: rank 0 on ... is '
    'at epoch 1 ..., rank 1 on ... is at epoch 0 ... Each machine reads its '
    "own 'work' ...: copy them to the same place on all machines, or give "
    'all a --work-dir that they share.', 'tests/test_hooks/test_same_start.py'
    '::test_another_place_or_other_weights')
elsewhere(
    'a worker of train.py killed by the system', 'machines', REFUSED,
    'A process that loads data was killed (...). Mostly memory is '
    'short: ...', 'tests/test_faults/test_ranks.py::test_a_worker_is_killed')


@situation(
    'a full disk at the checkpoint', 'machines', REFUSED,
    "'small/epoch_2.pth' cannot be written: no space is left on its "
    'disk. Free some, or choose another folder. The last checkpoint is still '
    'whole: go on with --resume.')
def _(tmp):
    from mmengine.runner import save_checkpoint
    with small_disk(tmp) as disk:
        save_checkpoint(dict(state_dict={}), str(disk / 'epoch_1.pth'))
        try:
            save_checkpoint(
                dict(state_dict=dict(a=torch.rand(1 << 20))),
                str(disk / 'epoch_2.pth'))
        finally:
            # The last one stays, and nothing stands in the way.
            assert [path.name for path in disk.iterdir()] == ['epoch_1.pth']
