"""Make the environment of this checkout; ``make env`` calls it.

uv does the work, from ``uv.lock``. This module does what uv does not: it
installs uv itself, makes an interrupted environment again instead of taking it
for complete, and explains a failure in one line. It uses only the standard
library.
"""
import argparse
import collections
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STACKS = {'today': ROOT, 'openmmlab': ROOT / 'requirements' / 'openmmlab'}
CUDA = ('cu118', 'cu121', 'cu124', 'cu126')
MARK = 'made_by_make_env'
LEAST_UV = (0, 9, 30)
# The first pattern that matches the end of uv's output names the reason.
REASONS = (
    (r'No space left on device|os error 28\b|Disk quota exceeded',
     'the disk is full: make room (6 GB each for the environment and for '
     "uv's cache, one of them where both lie on one disk; UV_CACHE_DIR=/path "
     'and VENV=/path move them) and run the same command again'),
    (r'[Cc]ertificate|UnknownIssuer',
     'the certificate of the package index is not trusted: set SSL_CERT_FILE, '
     'or the clock of this machine'),
    (r'dns error|error sending request|error decoding response|'
     r'Request failed after|403 Forbidden|client error \(Connect\)|'
     r'[Cc]onnection (refused|reset)|Network is unreachable|'
     r'operation timed out|NewConnectionError|Max retries exceeded|'
     r'connectivity is disabled|'
     r'Could not find a version that satisfies the requirement uv',
     'no network: the package index cannot be reached; check the connection, '
     'or HTTPS_PROXY, and run the same command again'),
    (r'ensurepip is not available|No module named (venv|ensurepip|pip)\b',
     'this Python cannot make virtual environments: apt-get install '
     'python3-venv'),
    (r'Python\.h: No such file', 'Python.h is missing, which mmcv is compiled '
     'with: apt-get install python3.11-dev'),
    (r'(c\+\+|g\+\+|gcc|cc)\S*:? (command )?not found|'
     r"No such file or directory: '(\S*/)?(c\+\+|g\+\+|gcc|cc|x86_64\S*)'",
     'there is no C++ compiler, which mmcv needs: apt-get install g++, or '
     'take the default stack, which needs none'),
    (r'Killed signal|signal: 9|virtual memory exhausted',
     'too little memory for the compiler: run again with MAX_JOBS=1'),
    (r'Not a directory|File exists', 'VENV= does not name a folder: '
     'use make env VENV=/other/place'),
    (r'Permission denied|Read-only file system|os error (13|30)\b',
     'a folder is not writable: use make env VENV=/other/place, or '
     'UV_CACHE_DIR=/other/place'),
)


class Problem(Exception):
    """A problem that the user has to fix, in one line."""


def explain(words):
    """Say in one line why uv or pip ended with this output."""
    for pattern, reason in REASONS:
        if re.search(pattern, words):
            return reason
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(('error', 'ERROR'))]
    line = (errors or lines or ['it printed nothing'])[-1][:300]
    return re.sub(r'^(error|ERROR): ', '', line)


def run(command, lock, **environment):
    """Run a command, show what it prints, and explain it if it fails.

    The command inherits the lock, and so holds it even if this process is
    killed.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ('PIP_PREFIX', 'PIP_TARGET', 'PIP_USER', 'PYTHONHOME',
                        'PYTHONPATH', 'VIRTUAL_ENV')
    }
    env.update(environment)
    words = collections.deque(maxlen=200)
    process = subprocess.Popen([str(part) for part in command],
                               env=env,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT,
                               universal_newlines=True,
                               errors='replace',
                               pass_fds=[lock.fileno()])
    try:
        for line in process.stdout:
            # Lines for each of 130 packages help nobody.
            if not re.match(r' [+-] |Using CPython', line):
                print(f'[env] {line}', end='', flush=True)
            words.append(line)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.wait():
        raise Problem(explain(''.join(words)))


def find_uv():
    """Find this machine's uv or this checkout's; None if there is none."""
    for uv in (shutil.which('uv'), ROOT / '.uv' / 'bin' / 'uv'):
        try:
            words = subprocess.run([str(uv), '--version'],
                                   stdout=subprocess.PIPE,
                                   text=True).stdout.split()
            if tuple(map(int, words[1].split('.')[:3])) >= LEAST_UV:
                return uv
        except (OSError, ValueError, IndexError):
            continue
    return None


def install_uv(lock):
    """Install uv into this checkout."""
    print('[env] installing uv into .uv', flush=True)
    shutil.rmtree(ROOT / '.uv', ignore_errors=True)
    run([sys.executable, '-I', '-m', 'venv', ROOT / '.uv'], lock)
    run([
        ROOT / '.uv/bin/python', '-I', '-m', 'pip', 'install', '--quiet',
        '--retries', '1', 'uv>=0.13'
    ], lock)
    return ROOT / '.uv' / 'bin' / 'uv'


def read_mark(venv):
    """Read what made this environment; None where make env did not."""
    try:
        return json.loads((venv / MARK).read_text() or '{}')
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # cut off, or of an earlier version
        return {}


def clear(venv):
    """Empty the environment, but for the mark that says whose it is."""
    for path in venv.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARK:
            path.unlink()


def packages(venv):
    """Return when packages last came or went."""
    return [path.stat().st_mtime_ns for path in venv.glob('lib/*/*-packages')]


def prepare(venv, made, choices):
    """Take, empty or refuse the folder, and mark it as unfinished."""
    if made is None and venv.exists() and not (venv.is_dir()
                                               and not os.listdir(venv)):
        raise Problem(f'{venv} is there and was not made by make env: use '
                      'make env VENV=/other/place, or remove it if it holds '
                      'nothing of yours')
    venv.mkdir(parents=True, exist_ok=True)
    # uv would empty the folder for another Python, and the mark with it.
    whole = made and made['lock'] and (venv / 'bin' / 'python').exists()
    if not (whole and {**made, 'lock': ''} == {**choices, 'lock': ''}):
        clear(venv)
    # Before anything is in it: what is interrupted is not taken for whole.
    (venv / MARK).write_text(json.dumps({**choices, 'lock': ''}))


class Wanted:
    """What an environment is made of, and the commands that make it."""

    def __init__(self, venv, stack, cuda):
        project, self.venv, self.made = STACKS[stack], venv, read_mark(venv)
        cuda = (cuda or (self.made or {}).get('cuda', '')).replace('none', '')
        self.python = getattr(sys, '_base_executable', sys.executable)
        # What else is installed there stays: packages of the user's own.
        self.sync = [
            'sync', '--frozen', '--inexact', '--project', project, '-p',
            self.python
        ]
        if cuda:
            self.sync += ['--extra', cuda, '--no-group', 'spconv']
        texts = [(project / name).read_bytes()
                 for name in ('uv.lock', 'pyproject.toml')]
        self.choices = dict(
            place=str(venv),
            stack=stack,
            python=sys.version,
            cuda=cuda,
            lock=hashlib.sha256(b'\0'.join(texts)).hexdigest())
        self.env = dict(
            UV_PROJECT_ENVIRONMENT=str(venv),
            UV_NO_PROGRESS='1',
            UV_PYTHON_DOWNLOADS='never')
        self.linked = (ROOT / 'reldistill_mm' / '.mim' / 'configs').is_dir()

    def is_there(self, uv):
        """Tell whether there is nothing to do."""
        return uv and self.made == self.choices and self.linked and (
            subprocess.run([uv, *self.sync, '--check'],
                           env=dict(os.environ, **self.env),
                           stderr=subprocess.DEVNULL).returncode == 0)

    def make(self, uv, lock):
        """Bring the environment to what the lock file says."""
        prepare(self.venv, self.made, self.choices)
        print(
            f'[env] making {self.venv} (6 GB; a download of 3 GB at first)',
            flush=True)
        again = ([]
                 if self.linked else ['--reinstall-package', 'reldistill_mm'])
        before = packages(self.venv)
        try:
            if not (self.venv / 'pyvenv.cfg').exists():
                run([uv, 'venv', '--allow-existing', '-p', self.python,
                     self.venv], lock, **self.env)  # yapf: disable
            run([uv, *self.sync, *again, '--compile-bytecode'], lock,
                **self.env)
        except Problem:
            if before and packages(self.venv) == before:
                # uv has touched nothing: what was whole still is.
                (self.venv / MARK).write_text(json.dumps(self.made))
            raise
        (self.venv / MARK).write_text(json.dumps(self.choices))
        print(f'[env] {self.venv} is ready', flush=True)


def bring_about(venv, stack, cuda):
    """Make the environment, unless it is there; one process at a time."""
    if cuda in CUDA and stack != 'today':
        raise Problem('CUDA= goes with the default stack')
    if Wanted(venv, stack, cuda).is_there(find_uv()):
        return
    if not os.access(ROOT, os.W_OK):
        raise Problem(f'{ROOT} is read-only, and the project is built in it: '
                      'copy it to a place that is writable')
    with (ROOT / '.make_env.lock').open('a') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(
                '[env] another make env is running; waiting for it',
                flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        uv = find_uv() or install_uv(lock)
        wanted = Wanted(venv, stack, cuda)
        if not wanted.is_there(uv):
            wanted.make(uv, lock)


def interrupt(*_):
    """Treat a request to terminate like Ctrl-C."""
    raise KeyboardInterrupt


def parse_args():
    """Read what the Makefile says."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], exit_on_error=False)
    parser.add_argument(
        '--venv', default=str(ROOT / '.venv'), help='its folder')
    parser.add_argument(
        '--stack', choices=STACKS, default='today', help='versions')
    parser.add_argument(
        '--cuda', choices=('', 'none') + CUDA, default='', help='of spconv')
    args = parser.parse_args()
    args.venv = Path(os.path.abspath(os.path.expanduser(args.venv)))
    if args.venv in (ROOT, Path(os.path.expanduser('~')),
                     Path(args.venv.anchor)):
        raise Problem(f'VENV={args.venv} is not a place for an environment')
    return args


def main():
    """Make the environment, or say why not; return the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        bring_about(**vars(parse_args()))
    except (argparse.ArgumentError, Problem, OSError) as problem:
        said = explain(str(problem)) if isinstance(problem,
                                                   OSError) else problem
        print(f'[env] error: {said}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            '[env] interrupted; the same command continues from here',
            file=sys.stderr)
        return 130
    return 0


if __name__ == '__main__':
    sys.exit(main())
