"""What the study costs in core hours, over all calls that made it."""
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reldistill_mm.experiments import read_json, write_json
from reldistill_mm.experiments.design import pair_up
from .sizes import Size

# Core seconds, measured on a busy Intel Xeon (steps: AMD EPYC) and rounded up:
# a process, a step of a student, one of fine-tuning, a tested keyframe, a
# keyframe that is rendered, and one that the teacher sees.
START, DISTIL, TUNE, TEST, RENDER, TEACH = 14., .1, .1, .13, .8, 2.3
_FIT = 10.


class Cost:
    """Core seconds of the study's parts, kept in a file.

    Processes count by the time that cores worked for them, whatever else the
    machine did meanwhile.

    Args:
        path (Path): JSON file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = (
            read_json(path) if path.is_file() else {})

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Add what happens in the context to a part, failed or not."""
        before = _core_seconds()
        try:
            yield
        finally:
            spent = _core_seconds() - before
            self.seconds[part] = self.seconds.get(part, 0) + spent
            write_json(self.path, self.seconds)
            print(
                f'{part}: {spent / 3600:.2f} core hours, '
                f'{sum(self.seconds.values()) / 3600:.2f} so far',
                flush=True)

    def line(self) -> str:
        """Say what it has cost, part by part."""
        parts = ', '.join(f'{part} {seconds / 3600:.2f}'
                          for part, seconds in self.seconds.items())
        total = sum(self.seconds.values()) / 3600
        return f'Cost: {total:.2f} core hours ({parts}).'


def estimate(size: Size, students: bool = True) -> dict[str, float]:
    """Core hours that each part costs at most, before anything is run.

    Args:
        size (Size): What is run.
        students (bool): They are made, and not there already. Defaults to
            True.

    Returns:
        dict[str, float]: Part to core hours; those of a sweep if every trial
        goes to its limit.
    """
    train, val, choose = (
        scenes * size.world.get('keyframes', 10)
        for scenes in size.world['scenes'])
    count = len(size.methods) * len(size.seeds)
    columns, seeds = len(size.methods) + 1, len(size.seeds)
    tested = START + TEST * val
    probes = sum(name.startswith('linear_probe') for name in size.protocols)
    tuned = sum(name.startswith('finetune') for name in size.protocols)
    plain = len(size.protocols) - probes - tuned
    cells = len(
        pair_up(size.seeds, range(size.subsets), size.seeds_per_subset))
    sweep = size.sweep
    shown = choose / (2 if sweep.keyframes else 1)
    trial = START + TUNE * sweep.max_iters + (sweep.max_iters //
                                              sweep.interval) * TEST * shown
    final = START + TUNE * 1.25 * sweep.max_iters + tested
    tried = len(size.rates) if len(size.rates) > 1 else 0
    seconds = dict(
        world=RENDER * (train + val + choose),
        teacher=START + TEACH * train,
        rates=tried * len(size.methods) *
        (START + DISTIL * train * size.tuning_epochs),
        students=count * (START + DISTIL * train * (size.epochs or 30)),
        zero_shot=plain * columns * seeds * tested,
        probes=probes * columns * seeds *
        (START + TEST * train + _FIT + tested),
        sweep=tuned * columns * len(sweep.backbone) * len(sweep.head) * trial,
        tuning=tuned * columns * cells * final)
    there = () if students else ('teacher', 'rates', 'students')
    return {
        part: spent / 3600
        for part, spent in seconds.items() if part not in there
    }


def _core_seconds() -> float:
    """Of this process and of all that it has waited for."""
    own = os.times()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.user + own.system + children.ru_utime + children.ru_stime
