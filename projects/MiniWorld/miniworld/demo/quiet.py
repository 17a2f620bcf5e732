"""What phases say goes to a log; the terminal shows how far they are."""
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

# Lines that say how far something is: of our tools, of the world's maker, and
# of mmengine's loops.
_TO_GO = re.compile(r'\d+ of \d+, \d+ s, (\d+) s to go')
_SCENE = re.compile(r'scene (\d+) of (\d+), (\d+) s')
_EPOCH = re.compile(r'Epoch\((train|test)\) .*eta: (?:(\d+) days?, )?'
                    r'(\d+):(\d\d):(\d\d)')
_WIDTH = 24
# Work below this many seconds needs no bar.
_SHORT = 10
_LINES = 5


def seconds_left(line: str) -> float | None:
    """Seconds that a line of a log says are left; None if it says nothing.

    Example:
        >>> seconds_left('30 of 100, 3 s, 6 s to go')
        6.0
        >>> seconds_left('Epoch(train)  [1][10/40]  eta: 0:06:41  time: 1')
        401.0
        >>> seconds_left('scene 4 of 10, 20 s')
        30.0
    """
    if found := _TO_GO.search(line):
        return float(found[1])
    if found := _SCENE.search(line):
        done, count, spent = map(int, found.groups())
        return spent / done * (count - done)
    if found := _EPOCH.search(line):
        days, hours, minutes, seconds = (int(x or 0) for x in
                                         found.groups()[1:])  # yapf: disable
        return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    return None


@contextmanager
def into_log(log: Path) -> Iterator[None]:
    """Send all that this process and its children print to a file.

    A bar with the time left shows on the terminal what takes more than ten
    seconds; elsewhere at most five lines. On an error the log's end follows.

    Args:
        log (Path): File to append to.
    """
    with _redirected(log) as terminal:
        done = Event()
        watch = Thread(target=_watch, args=(log, terminal, done), daemon=True)
        watch.start()
        try:
            yield
        except Exception:
            done.set()
            watch.join()
            sys.stdout.flush()
            lines = log.read_text(errors='replace').splitlines()[-8:]
            os.write(terminal, ('\n'.join([f'{log} ends:', *lines, '']))
                     .encode())  # yapf: disable
            raise
        finally:
            done.set()
            watch.join()


@contextmanager
def _redirected(log: Path) -> Iterator[int]:
    """Turn the file descriptors of outputs; give the terminal's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open('ab') as stream:
        for number in (1, 2):
            os.dup2(stream.fileno(), number)
    try:
        yield kept[0]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, own in zip((1, 2), kept):
            os.dup2(own, number)
            os.close(own)


def _watch(log: Path, terminal: int, done: Event) -> None:
    start, told = time.monotonic(), 0
    with log.open(errors='replace') as stream:
        stream.seek(0, os.SEEK_END)
        while not done.wait(1):
            found = [
                left for line in stream.readlines()
                if (left := seconds_left(line)) is not None
            ]
            spent = time.monotonic() - start
            if not found or spent + found[-1] < _SHORT:
                continue
            share = spent / (spent + found[-1])
            if os.isatty(terminal):
                os.write(terminal, ('\r' + _bar(share, found[-1])).encode())
                told = 1
            elif share * _LINES >= told + 1:
                os.write(terminal, (_bar(share, found[-1]) + '\n').encode())
                told = int(share * _LINES)
    if told and os.isatty(terminal):
        os.write(terminal, b'\r' + b' ' * 60 + b'\r')


def _bar(share: float, left: float) -> str:
    full = round(share * _WIDTH)
    return (
        f'      [{"#" * full}{"." * (_WIDTH - full)}] {100 * share:3.0f} %,'
        f' {int(left) // 60}:{int(left) % 60:02d} left')
