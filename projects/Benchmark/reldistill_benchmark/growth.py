"""Measure how time and memory of each part grow with the work.

On the CPU these are seconds of the processor, not of the clock, and of several
readings the shortest counts: other load on the machine matters less.
"""
import ctypes
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import distributed as dist

from .gather import in_processes
from .growth_parts import (cached_features, cached_pairs, gathering, pairing,
                           relational, shared_loss, voxels, words_of_classes,
                           words_of_keyframes)
from .measure import Settings, Work, clock, in_fresh_process, summary
from .memory import extra_mb

KEYFRAMES, CLASSES = (1, 2, 4, 8), (1, 2, 4, 8, 16, 32, 64)
PAIRS = tuple(1024 << power for power in range(7))
PROCESSES = (1, 2, 3, 4)
# Seconds: shorter work is repeated within a reading until it takes so long;
# longer work is read once.
SHORT, LONG = .02, 1.
# Less memory than this, in MB, is that of buffers and of counting.
LEAST_MB = 2.


class Part(NamedTuple):
    """One curve.

    Attributes:
        name: What is measured.
        by: What grows.
        sizes: How much of it, ascending.
        prepare: ``prepare(data, size, device)`` makes the input and returns
            the work; of processes, what each of them does, see
            :func:`.in_processes`.
        wanted: Largest exponents of time and of memory that are expected.
    """
    name: str
    by: str
    sizes: Sequence[int]
    prepare: Callable
    wanted: tuple[float, float]


PARTS = (
    Part('pairing', 'keyframes', KEYFRAMES, pairing, (1, 1)),
    Part('voxels', 'keyframes', KEYFRAMES, voxels, (1, 1)),
    Part('cached features', 'keyframes', KEYFRAMES, cached_features, (1, 1)),
    Part('words, 16 classes', 'keyframes', KEYFRAMES, words_of_keyframes,
         (1, 1)),
    Part('relational loss and gradient, D = 64', 'pairs', PAIRS, relational,
         (2, 1)),
    Part('cached features of one keyframe', 'pairs', PAIRS, cached_pairs,
         (1, 1)),
    Part('words, one keyframe', 'classes', CLASSES, words_of_classes, (1, 1)),
    # Seconds of one of the processes.
    Part('gathering 4096 pairs each, D = 512', 'processes', PROCESSES[1:],
         gathering, (1, 1)),
    Part('loss of 2048 pairs each, tiles shared', 'processes', PROCESSES,
         shared_loss, (1, 1)),
)


def run(settings: Settings) -> list[dict[str, Any]]:
    """Measure every part at every size that there is time for."""
    return [measure(part, settings) for part in PARTS]


def measure(part: Part, settings: Settings) -> dict[str, Any]:
    """Measure a part in a process of its own; processes start their own.

    Returns:
        dict: ``case``, ``by``, ``curve`` (a list of ``size``, ``extra_mb``
        and seconds), sizes ``left_out``, the exponents ``of_time`` and
        ``of_memory`` (None where there is too little), and those ``wanted``.
    """
    if part.by == 'processes':
        curve = across_processes(part.prepare, part.sizes, settings)
    else:
        curve = in_fresh_process(grow, part.prepare, part.sizes, settings,
                                 torch.get_num_threads())
    sizes = [point['size'] for point in curve]
    large = [point for point in curve if point['extra_mb'] >= LEAST_MB]
    return dict(
        case=part.name,
        by=part.by,
        curve=curve,
        left_out=[size for size in part.sizes if size not in sizes],
        of_time=exponent(sizes, [point['least_s'] for point in curve]),
        of_memory=exponent([point['size'] for point in large],
                           [point['extra_mb'] for point in large]),
        wanted=part.wanted)


def grow(prepare: Callable, sizes: Sequence[int], settings: Settings,
         threads: int) -> list[dict[str, Any]]:
    """Measure sizes, ascending, until the next would take too long."""
    torch.set_num_threads(threads)
    # What libraries allocate on first use is not the first size's memory.
    prepare(settings.data, sizes[0], settings.device)()
    curve: list[dict[str, Any]] = []
    for size in sizes:
        # None grows faster than with the square.
        if curve and settings.longest < curve[-1]['least_s'] * (
                size / curve[-1]['size'])**2:
            break
        work = prepare(settings.data, size, settings.device)
        curve.append(dict(size=size, **cost(work, settings)))
    return curve


def cost(work: Work, settings: Settings) -> dict[str, float]:
    """Peak memory of the first call; seconds of it, or of more if short."""
    _return_memory()
    start = busy(settings.device)
    peak = extra_mb(work, settings.device)
    seconds = [busy(settings.device) - start]
    if seconds[0] < LONG:
        calls = math.ceil(SHORT / seconds[0])
        seconds = [
            _reading(work, calls, settings.device)
            for _ in range(settings.repetitions)
        ]
    return dict(extra_mb=peak, **summary(seconds))


def _reading(work: Work, calls: int, device: str) -> float:
    start = busy(device)
    for _ in range(calls):
        work()
    return (busy(device) - start) / calls


def busy(device: str) -> float:
    """Seconds that the processor was busy for this process, or of a GPU."""
    if device.startswith('cuda'):
        return clock(device)
    return time.process_time()


def _return_memory() -> None:
    """Give freed memory back, which would hide the next size's peak."""
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if trim is not None:
        trim(0)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """Slope of the straight line through the logarithms, by least squares.

    Args:
        sizes, values (Sequence[float]): Positive numbers.

    Returns:
        float | None: None for fewer than three values.
    """
    if len(sizes) < 3:
        return None
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def across_processes(prepare: Callable, sizes: Sequence[int],
                     settings: Settings) -> list[dict[str, Any]]:
    """Measure groups of so many processes, each on a GPU if there are."""
    curve = []
    for size in sizes:
        enough = (
            settings.device.startswith('cuda')
            and torch.cuda.device_count() >= size)
        curve.append(
            dict(
                size=size,
                **in_processes(together, size, 'cuda' if enough else 'cpu',
                               prepare, settings.repetitions)))
    return curve


def together(device: str, prepare: Callable,
             repetitions: int) -> dict[str, float]:
    """Measure one of several processes; all of them call as often."""
    work = prepare(device)
    work()
    peak, seconds = extra_mb(work, device), []
    for _ in range(repetitions):
        dist.barrier()
        seconds.append(_reading(work, 1, device))
    return dict(extra_mb=peak, **summary(seconds))
