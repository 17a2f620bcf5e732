"""Long commands: progress, one line on failure, nothing left running."""
import os
import signal
import sys
import time
from pathlib import Path

import env_run
import pytest
from env_checks import Problem

NO_NETWORK = """\
WARNING: Retrying (Retry(total=0)) after connection broken by \
'NewConnectionError(...: [Errno 111] Connection refused')': /simple/pip/
ERROR: Could not find a version that satisfies the requirement pip==25.2
ERROR: No matching distribution found for pip==25.2
"""


@pytest.mark.parametrize('output, words', [
    (NO_NETWORK, 'no network'),
    ('OSError: [Errno 28] No space left on device', 'disk is full'),
    ('ERROR: No matching distribution found for torch==2.1.2',
     'does not have torch==2.1.2'),
    ('SSLError(SSLCertVerificationError(1))', 'PIP_CERT'),
    ('x.h:1: fatal error: Python.h: No such file', 'python3.11-dev'),
    ('c++: fatal error: Killed signal terminated program cc1plus',
     'MAX_JOBS=1'),
    ('ok\nmmcv.cpp:3: error: expected ;\nmore', 'expected ;'),
    ('', 'it printed nothing'),
])
def test_reasons(output: str, words: str, tmp_path: Path) -> None:
    line = env_run.explain(output, tmp_path / 'log')
    assert words in line
    assert '\n' not in line


def test_progress_of_ninja() -> None:
    assert env_run.ninja_progress('egg_info') == 'preparing the build'
    tail = '  [7/77] c++ -O3 a.cpp\n  [12/77] c++ -O3 b.cpp\nwarning'
    assert env_run.ninja_progress(tail) == '12 of 77 objects compiled'
    assert env_run.ninja_progress('[77/77] c++') == 'linking and packing'


def test_progress_of_pip() -> None:
    tail = ('Collecting a==1 (from -r x (line 1))\n'
            '  Downloading https://host/ab/torch-2.1.2.whl (670.2 MB)\n')
    progress = env_run.pip_progress(tail)
    assert progress == 'Downloading torch-2.1.2.whl (670.2 MB)'
    tail += 'Installing collected packages: a, b'
    assert env_run.pip_progress(tail) == 'unpacking the packages'


def test_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
             capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(env_run, 'PROGRESS_SECONDS', 0.2)
    code = "import time; print('Collecting a', flush=True); time.sleep(1)"
    env_run.run_logged('waiting (long)', [sys.executable, '-c', code],
                       tmp_path / 'logs' / '1.log')
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '[env] waiting (long) ...'
    assert any(line.endswith('0:00  Collecting a') for line in lines)
    assert lines[-1].startswith('[env] waiting: 0:0')


def test_failure_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / '1.log'
    with pytest.raises(Problem, match='doing it failed: error: bad .*1.log'):
        env_run.run_logged('doing it',
                           [sys.executable, '-c', "exit('error: bad')"], log)


def test_killed_command(tmp_path: Path) -> None:
    with pytest.raises(Problem, match='ended by signal 9 .out of memory'):
        env_run.run_logged('building', ['sh', '-c', 'kill -9 $$'],
                           tmp_path / '1.log')


def test_no_question_is_asked(tmp_path: Path) -> None:
    with pytest.raises(Problem, match='EOFError'):
        env_run.run_logged('asking', [sys.executable, '-c', 'input()'],
                           tmp_path / '1.log')


def test_interrupt_ends_grandchildren(tmp_path: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env_run, 'PROGRESS_SECONDS', 0.1)
    note = tmp_path / 'pid'

    def interrupt(tail: str) -> str:
        if note.is_file() and note.read_text().endswith('\n'):
            raise KeyboardInterrupt
        return tail

    script = f'sleep 60 & echo $! > {note}; wait'
    with pytest.raises(KeyboardInterrupt):
        env_run.run_logged('building', ['sh', '-c', script],
                           tmp_path / '1.log', interrupt)
    pid = int(note.read_text())
    for _ in range(50):
        status = Path(f'/proc/{pid}/stat')
        if not status.exists() or status.read_text().split()[2] == 'Z':
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail('a grandchild went on')


def test_environment_of_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PYTHONPATH', '/elsewhere')
    monkeypatch.setenv('PIP_TARGET', '/elsewhere')
    monkeypatch.setenv('PIP_INDEX_URL', 'https://mirror.invalid')
    env = env_run.clean_environment(EXTRA='1')
    assert 'PYTHONPATH' not in env and 'PIP_TARGET' not in env
    assert env['PIP_INDEX_URL'] == 'https://mirror.invalid'
    assert env['EXTRA'] == '1'


def test_clock() -> None:
    assert env_run.clock(61.9) == '1:01'
