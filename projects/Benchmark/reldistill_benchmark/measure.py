"""Measure seconds and peak memory of two ways to do the same."""
import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import torch

from .memory import extra_mb
from .suites import LONGEST

OURS, OTHER = 'ours', 'other'
Work = Callable[[], object]
# Shorter work is repeated until one reading takes this long.
_LEAST_READING = 0.05


class Settings(NamedTuple):
    """Settings of a suite.

    Attributes:
        data: Folder of real frames; None where there is none.
        device: Device, as torch names it.
        repetitions: Readings of each way.
        counts: Numbers of pairs, for the loss.
        longest: Seconds of a reading above which growth goes no further.
    """
    data: str | None
    device: str = 'cpu'
    repetitions: int = 5
    counts: tuple[int, ...] = ()
    longest: float = LONGEST


def compare(prepare: Callable[..., dict[str, Work]], args: tuple,
            settings: Settings) -> dict[str, Any]:
    """Time two ways in turn, and take the peak memory of each by itself.

    The ways take turns (A B A B ...), so that other load on the machine
    affects both. Each measurement has a process of its own, since an earlier
    one's leftovers in the allocator would hide the peak.

    Args:
        prepare (Callable): ``prepare(*args, device)`` makes the input and
            returns the work of the ways 'ours' and 'other'.
        args (tuple): Arguments, small and picklable.
        settings (Settings): Device and repetitions.

    Returns:
        dict: Median, least and most seconds and memory for each way, or the
        error where it ran out of memory; ``ratio`` (other / ours: median,
        least and most of the turns) and ``memory_ratio``.
    """
    row: dict[str, Any] = {}
    common = (prepare, args, settings.device, torch.get_num_threads())
    for way in (OURS, OTHER):
        try:
            peak = in_fresh_process(_peak, *common, way)
            row[way] = dict(extra_mb=round(peak, 1))
        except (torch.cuda.OutOfMemoryError, MemoryError) as error:
            row[way] = dict(error=str(error).splitlines()[0])
    ways = [way for way, cost in row.items() if 'error' not in cost]
    seconds = in_fresh_process(_in_turn, *common, ways, settings.repetitions)
    for way in ways:
        row[way].update(summary(seconds[way]))
    if len(ways) == 2:
        ratios = [b / a for a, b in zip(seconds[OURS], seconds[OTHER])]
        row['ratio'] = dict(
            median=statistics.median(ratios),
            least=min(ratios),
            most=max(ratios))
        row['memory_ratio'] = row[OTHER]['extra_mb'] / max(
            row[OURS]['extra_mb'], .1)
    return row


def summary(seconds: list[float]) -> dict[str, float]:
    """Return median, extremes and count, for a JSON file."""
    return dict(
        median_s=statistics.median(seconds),
        least_s=min(seconds),
        most_s=max(seconds),
        repetitions=len(seconds))


def clock(device: str) -> float:
    """Read the clock in seconds once the device has finished its work."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()
    return time.perf_counter()


def in_turn(works: dict[str, Work], device: str,
            repetitions: int) -> dict[str, list[float]]:
    """Time each work in turn, in seconds, after a call to warm up."""
    calls = {}
    for way, work in works.items():
        work()
        start = clock(device)
        calls[way] = 0
        while calls[way] == 0 or clock(device) - start < _LEAST_READING:
            work()
            calls[way] += 1
    seconds: dict[str, list[float]] = {way: [] for way in works}
    for _ in range(repetitions):
        for way, work in works.items():
            start = clock(device)
            for _ in range(calls[way]):
                work()
            seconds[way].append((clock(device) - start) / calls[way])
    return seconds


def in_fresh_process(function: Callable, *args) -> Any:
    """Call ``function(*args)`` in a process that ends with it.

    It may start processes of its own.
    """
    with ProcessPoolExecutor(1, mp_context=processes()) as pool:
        return pool.submit(function, *args).result()


def processes() -> Any:
    """Start fresh processes from one that has imported what they need."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([__name__, 'reldistill_mm'])
    return context


def _peak(prepare: Callable, args: tuple, device: str, threads: int,
          way: str) -> float:
    torch.set_num_threads(threads)
    work = prepare(*args, device)[way]
    return extra_mb(work, device)


def _in_turn(prepare: Callable, args: tuple, device: str, threads: int,
             ways: list[str], repetitions: int) -> dict[str, list[float]]:
    torch.set_num_threads(threads)
    works = prepare(*args, device)
    return in_turn({way: works[way] for way in ways}, device, repetitions)
