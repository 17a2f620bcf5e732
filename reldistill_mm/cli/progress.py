"""Progress of long work, for people and for logs."""
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

from mmengine.utils import track_iter_progress

Item = TypeVar('Item')
_LINES = 10


@overload
def track(tasks: tuple[Iterable[Item], int]) -> Iterator[Item]:
    ...


@overload
def track(tasks: Sequence[Item]) -> Iterator[Item]:
    ...


def track(tasks: Sequence | tuple[Iterable, int]) -> Iterator:
    """Iterate over tasks and show the progress.

    mmengine's bar on a terminal. Elsewhere (a file, a pipe, CI), where a bar
    would be written again and again on one line, a plain line at every tenth
    of the tasks.

    Args:
        tasks (Sequence | tuple[Iterable, int]): Tasks, or tasks and their
            number, as for mmengine's ``track_iter_progress``.

    Yields:
        Each task.
    """
    if sys.stdout.isatty():
        yield from track_iter_progress(tasks, file=sys.stdout)
        return
    items, count = tasks if isinstance(tasks, tuple) else (tasks, len(tasks))
    start = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        if done * _LINES // count > (done - 1) * _LINES // count:
            seconds = time.monotonic() - start
            left = seconds / done * (count - done)
            print(
                f'{done} of {count}, {seconds:.0f} s, {left:.0f} s to go',
                flush=True)
