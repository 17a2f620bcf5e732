"""Seconds and peak memory of a piece of work, on the CPU or on CUDA."""
import multiprocessing
import resource
import statistics
import sys
import threading
import time
from typing import Callable, Dict, List, NamedTuple

import torch

_MB = 1 << 20


class Cost(NamedTuple):
    """What a piece of work took.

    Attributes:
        seconds: Of each repetition.
        extra_mb: Peak memory above what was held before.
    """
    seconds: List[float]
    extra_mb: float

    def asdict(self) -> Dict[str, float]:
        """Median, extremes, count and memory, for a JSON file."""
        return dict(
            median_s=statistics.median(self.seconds),
            least_s=min(self.seconds),
            most_s=max(self.seconds),
            repetitions=len(self.seconds),
            extra_mb=round(self.extra_mb, 1))


def in_fresh_process(work: Callable[..., Cost], *args) -> Cost:
    """Run ``work(*args)`` in a process of its own.

    What an earlier measurement left in the allocator would hide the peak.
    """
    context = multiprocessing.get_context('spawn')
    with context.Pool(1) as pool:
        return pool.apply(work, args)


def repeat(work: Callable[[], object], repetitions: int,
           device: torch.device) -> Cost:
    """Time ``work`` after one call to warm up."""
    cuda = device.type == 'cuda'
    watch = _CudaPeak() if cuda else _ResidentPeak()
    with watch:
        work()
    seconds = []
    for _ in range(repetitions):
        if cuda:
            torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        if cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return Cost(seconds, watch.extra_mb)


class _CudaPeak:
    """Peak of what torch allocated."""

    def __enter__(self) -> '_CudaPeak':
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        self.base = torch.cuda.memory_allocated()
        return self

    def __exit__(self, *_) -> None:
        torch.cuda.synchronize()
        self.extra_mb = (torch.cuda.max_memory_allocated() - self.base) / _MB


class _ResidentPeak:
    """Peak of the process's resident memory.

    Sampled where /proc is there; else the process's own high-water mark,
    which is right in a fresh process.
    """

    def __enter__(self) -> '_ResidentPeak':
        self.base = self.peak = _resident()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.stop.wait(.0005):
            self.peak = max(self.peak, _resident())

    def __exit__(self, *_) -> None:
        self.stop.set()
        self.thread.join()
        self.extra_mb = (max(self.peak, _resident()) - self.base) / _MB


def _resident() -> int:
    try:
        with open('/proc/self/statm') as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # Bytes on macOS, kilobytes elsewhere.
        return peak if sys.platform == 'darwin' else peak * 1024
