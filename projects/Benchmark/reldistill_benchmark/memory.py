"""Measure the peak memory of a piece of work, on the CPU or CUDA."""
import resource
import sys
import threading
from collections.abc import Callable
from typing import Any

import torch

_MB = 1 << 20


def extra_mb(work: Callable[[], object], device: str) -> float:
    """Measure peak memory in MB above what was held before ``work()``."""
    watch = CudaPeak() if device.startswith('cuda') else ResidentPeak()
    with watch:
        work()
    return watch.extra_mb


def held_mb(work: Callable[[], Any], device: str) -> tuple[float, Any]:
    """Measure MB that ``work()`` leaves allocated; return its result, too.

    This is what torch allocated less what it freed, on any device, without
    what the allocator keeps for itself.
    """
    if device.startswith('cuda'):
        before = torch.cuda.memory_allocated(device)
        result = work()
        size = torch.cuda.memory_allocated(device) - before
        return size / _MB, result
    with torch.profiler.profile(profile_memory=True) as profile:
        result = work()
    size = sum(row.self_cpu_memory_usage for row in profile.key_averages())
    return size / _MB, result


class CudaPeak:
    """Peak of what torch allocated."""

    def __enter__(self) -> 'CudaPeak':
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        self.base = torch.cuda.memory_allocated()
        return self

    def __exit__(self, *_) -> None:
        torch.cuda.synchronize()
        self.extra_mb = (torch.cuda.max_memory_allocated() - self.base) / _MB


class ResidentPeak:
    """Peak of the process's resident memory.

    It is sampled where /proc exists; elsewhere it is the process's high-water
    mark, which is right in a fresh process.
    """

    def __enter__(self) -> 'ResidentPeak':
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
        # ru_maxrss is in bytes on macOS, in kilobytes elsewhere.
        return peak if sys.platform == 'darwin' else peak * 1024
