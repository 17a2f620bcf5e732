"""Running the long commands: a log file, progress, and clear failures."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from env_checks import Problem

PROGRESS_SECONDS = 15.0
_TAIL_BYTES = 100_000
# The first pattern that occurs names the reason: a network failure also
# leads to 'no matching distribution', hence the order.
_REASONS = (
    (r'No space left on device|Disk quota exceeded',
     'the disk is full: make room (also in $TMPDIR and the cache of pip) '
     'and run the same command again'),
    (r'CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError',
     'the package index has a certificate that pip does not trust: set '
     'PIP_CERT or the clock of this machine'),
    (r'NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|'
     r'ProtocolError|Connection refused|Network is unreachable|'
     r'Temporary failure in name resolution|Name or service not known|'
     r'Max retries exceeded|IncompleteRead',
     'no network: the package index cannot be reached; check the connection '
     '(or the proxy and index that pip is configured with) and run the same '
     'command again'),
    (r'No matching distribution found for (\S+)',
     'the package index does not have {0}: point pip at a complete mirror'),
    (r'Python\.h: No such file',
     'Python.h is missing: apt-get install python3.11-dev'),
    (r'Killed signal terminated program|std::bad_alloc|'
     r'virtual memory exhausted|Cannot allocate memory',
     'too little memory for the compiler: run again with MAX_JOBS=1'),
)


def clean_environment(**changes: str) -> dict[str, str]:
    """Copy the environment without what would divert an installation."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ('PYTHONPATH', 'PYTHONHOME', 'PIP_TARGET', 'PIP_PREFIX',
                        'PIP_USER')
    }
    env.update(PYTHONNOUSERSITE='1', PIP_NO_INPUT='1', **changes)
    return env


def clock(seconds: float) -> str:
    """Format a duration as minutes and seconds."""
    return f'{int(seconds) // 60}:{int(seconds) % 60:02d}'


def say(text: str) -> None:
    """Print a line at once, even into a pipe."""
    print(f'[env] {text}', flush=True)


def read_tail(log: Path) -> str:
    """Read the end of a log file."""
    with log.open('rb') as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        return file.read().decode('utf-8', 'replace')


def pip_progress(tail: str) -> str:
    """Say what pip is at, from the end of its output."""
    for line in reversed(tail.splitlines()):
        words = line.strip()
        if words.startswith('Installing collected packages'):
            return 'unpacking the packages'
        if words.startswith(('Collecting ', 'Downloading ', 'Processing ')):
            return ' '.join(
                part.rsplit('/', 1)[-1] for part in words.split()[:4])
    return 'working'


def ninja_progress(tail: str) -> str:
    """Say how many objects are compiled, from ninja's ``[n/m]``."""
    found = re.findall(r'^\s*\[(\d+)/(\d+)\] ', tail, re.MULTILINE)
    if not found:
        return 'preparing the build'
    done, total = found[-1]
    if done == total:
        return 'linking and packing'
    return f'{done} of {total} objects compiled'


def explain(output: str, log: Path) -> str:
    """Turn the output of a failed command into one line.

    Args:
        output: What the command printed.
        log: Where all of it is.
    """
    for pattern, reason in _REASONS:
        found = re.search(pattern, output)
        if found:
            return reason.format(*found.groups())
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if 'error' in line.lower()]
    last = (errors or lines or ['it printed nothing'])[-1]
    return f'{last[:200]} (all of it in {log})'


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a command and all that it started, compilers included."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=10)
            return
        except subprocess.TimeoutExpired:
            continue


def run_logged(
    title: str,
    command: Sequence[str | Path],
    log: Path,
    progress: Callable[[str], str] = pip_progress,
    env: dict[str, str] | None = None,
    keep_open: Sequence[int] = ()) -> float:
    """Run a command, report progress, and fail with one clear line.

    Args:
        title: What is being done.
        command: The command and its arguments.
        log: File that receives the output.
        progress: Makes a progress line from the end of the output.
        env: Environment of the command.
        keep_open: File descriptors the command inherits; it then holds the
            lock of ``make env`` even if this process is killed.

    Returns:
        The seconds it took.

    Raises:
        Problem: If the command fails.
    """
    say(f'{title} ...')
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with log.open('wb') as output:
        process = subprocess.Popen([str(part) for part in command],
                                   stdin=subprocess.DEVNULL,
                                   stdout=output,
                                   stderr=subprocess.STDOUT,
                                   env=env or clean_environment(),
                                   pass_fds=tuple(keep_open),
                                   start_new_session=True)
        try:
            while True:
                try:
                    code = process.wait(timeout=PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    elapsed = clock(time.monotonic() - start)
                    say(f'  {elapsed}  {progress(read_tail(log))}')
        except BaseException:
            stop(process)
            raise
    seconds = time.monotonic() - start
    if code < 0:
        raise Problem(f'{title} was ended by signal {-code} (out of memory?):'
                      ' run the same command again')
    if code != 0:
        raise Problem(f'{title} failed: {explain(read_tail(log), log)}')
    say(f'{title.partition(" (")[0]}: {clock(seconds)}')
    return seconds
