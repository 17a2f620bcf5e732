"""Two machines without a common folder, as two network namespaces."""
import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from test_tools.test_train_test import REPO
from test_tools.test_two_processes import (arguments, assert_same_weights,
                                           environment_of, execute, weights_of)

__all__ = ['arguments']
ADDRESSES = ['10.207.19.1', '10.207.19.2']
LONGEST = 600
MESSAGE = ('train.py: error: A process on another rank has ended without a '
           'word')


def ip(*words):
    return subprocess.run(['ip', *words], capture_output=True, text=True)


class Host:
    """A namespace with its end of a cable, and what runs in it."""

    def __init__(self, name, rank, folder):
        self.name, self.rank, self.folder = name, rank, folder
        self.cable = f'{name}c'

    def plug_in(self):
        """Give it its address; the cable is there."""
        for words in (('addr', 'add', f'{ADDRESSES[self.rank]}/24', 'dev',
                       self.cable), ('link', 'set', self.cable, 'up'),
                      ('link', 'set', 'lo', 'up')):
            done = ip('-n', self.name, *words)
            assert done.returncode == 0, done.stderr

    def start(self, *command, **more):
        """Start a script of tools/ as one of two machines."""
        words = [str(word) for word in command]
        log = open(self.folder / f'log{self.rank}', 'w')
        return subprocess.Popen(['ip', 'netns', 'exec', self.name, *words],
                                stdout=log,
                                stderr=log,
                                cwd=REPO,
                                env=dict(
                                    environment_of(self.folder),
                                    NNODES='2',
                                    NODE_RANK=str(self.rank),
                                    MASTER_ADDR=ADDRESSES[0],
                                    GLOO_SOCKET_IFNAME=self.cable,
                                    **more))

    def said(self):
        return (self.folder / f'log{self.rank}').read_text()

    def kill(self):
        """End all that runs in it, as when the power goes."""
        for number in ip('netns', 'pids', self.name).stdout.split():
            os.kill(int(number), signal.SIGKILL)


@pytest.fixture
def hosts(tmp_path):
    if os.geteuid() != 0 or shutil.which('ip') is None:
        pytest.skip('needs root and ip (apt-get install iproute2)')
    hosts = [Host(f'rd{os.getpid()}{rank}', rank, tmp_path) for rank in (0, 1)]
    first, second = hosts
    try:
        for host in hosts:
            done = ip('netns', 'add', host.name)
            if done.returncode:
                pytest.skip(f'no namespaces here: {done.stderr.strip()}')
        done = ip('link', 'add', first.cable, 'netns', first.name, 'type',
                  'veth', 'peer', second.cable, 'netns', second.name)
        if done.returncode:
            pytest.skip(f'no virtual cable here: {done.stderr.strip()}')
        for host in hosts:
            host.plug_in()
        yield hosts
    finally:
        for host in hosts:
            host.kill()
            ip('netns', 'del', host.name)


def run_on(hosts, *command):
    """Run to the end on both; each has a working directory of its own."""
    started = [
        host.start(*command, '--work-dir', host.folder / f'work{host.rank}')
        for host in hosts
    ]
    for host, process in zip(hosts, started):
        assert process.wait(LONGEST) == 0, host.said()[-3000:]


def until(is_so, process, host, longest=LONGEST):
    """Wait for what another process does."""
    end = time.monotonic() + longest
    while not is_so():
        assert process.poll() is None or is_so(), host.said()[-3000:]
        assert time.monotonic() < end
        time.sleep(.2)


@pytest.mark.slow
def test_two_hosts(hosts, arguments, tmp_path):
    """Killed in the second epoch, resumed, tested: as one process trains."""
    config, options = arguments(1)
    execute(
        'tools/dist_train.sh',
        config,
        1,
        '--work-dir',
        tmp_path / 'alone',
        *options,
        env=environment_of(tmp_path))
    config, options = arguments(2)
    train = 'tools/dist_train.sh', config, 1
    left, other = hosts
    first, second = (
        host.start(
            *train,
            '--work-dir',
            tmp_path / f'work{host.rank}',
            *options,
            SECONDS_PER_STEP='3') for host in hosts)
    until((tmp_path / 'work0/last_checkpoint').exists, first, left)
    other.kill()
    second.wait()
    until(lambda: MESSAGE in left.said(), first, left, longest=60)
    assert first.wait(LONGEST) != 0
    assert not (tmp_path / 'work0/epoch_3.pth').exists()
    # Checkpoints are the first machine's alone; the second needs them, too.
    for path in (tmp_path / 'work0').glob('*_*'):
        if path.is_file():
            shutil.copy(path, tmp_path / 'work1')
    run_on(hosts, *train, *options, '--resume')
    checkpoint = tmp_path / 'work0/epoch_3.pth'
    assert not (tmp_path / 'work1/epoch_3.pth').exists()
    assert_same_weights(
        weights_of(tmp_path / 'alone/epoch_3.pth'), weights_of(checkpoint))
    assert 'epoch_1.pth' in left.said()
    run_on(hosts, 'tools/dist_test.sh', config, checkpoint, 1, *options)
    figures = json.loads(
        max((tmp_path / 'work0').glob('*/2*.json')).read_text())
    assert figures['samples'] == 2 and 0 <= figures['miou'] <= 1
