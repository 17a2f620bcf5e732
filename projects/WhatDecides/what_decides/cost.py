"""What the study costs in core hours: estimated before, measured after."""
import resource
from collections.abc import Sequence
from pathlib import Path

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import read_json, write_json
from .configs import Run

# Seconds of one core, on a CPU of 2020: what a cached step of the recipe costs
# for itself and for its keyframe, the start of a training and of a test, a
# keyframe tested, a keyframe through the teacher.
STEP, KEYFRAME, STARTS, TESTED, TAUGHT = 0.05, 0.1, 30., 0.3, 1.5
_FILE = 'cost.json'


def run_seconds(run: Run, epochs: int, keyframes: int, tested: int) -> float:
    """Estimate the core seconds of a run.

    Args:
        run (Run): The run.
        epochs (int): The study's number of epochs.
        keyframes (int): Keyframes of the training set.
        tested (int): Keyframes of the test set.
    """
    steps = (run.level.epochs or epochs) * keyframes
    step = STEP + KEYFRAME * run.level.frames * run.level.cost
    return steps * step + STARTS + tested * TESTED


def estimate(runs: Sequence[Run], epochs: int, keyframes: int, tested: int,
             caches: int, tuning_epochs: Sequence[int]) -> float:
    """Estimate the core hours of a study.

    Args:
        runs (Sequence[Run]): All runs.
        epochs, keyframes, tested (int): See :func:`run_seconds`.
        caches (int): Number of caches through the teacher.
        tuning_epochs (Sequence[int]): Epochs of each run that chooses rates.
    """
    seconds = sum(run_seconds(run, epochs, keyframes, tested) for run in runs)
    seconds += caches * keyframes * TAUGHT
    seconds += sum(count * keyframes * (STEP + KEYFRAME) + STARTS / 2
                   for count in tuning_epochs)
    return seconds / 3600


def require_hours(hours: float, most: float) -> None:
    """Refuse a study that would cost too much.

    Raises:
        BadInput: It would.
    """
    if hours > most:
        raise BadInput(
            f'The study would cost about {hours:.1f} core hours, more than '
            f'--most-hours {most:g}: choose fewer --factors, --seeds or '
            '--epochs, or allow more.')


class Meter:
    """Core seconds of the processes that this one waits for.

    Calls of one study add up in a file of its folder.

    Args:
        out (Path): The study's folder.
    """

    def __init__(self, out: Path) -> None:
        self.path = out / _FILE
        self.start = _children()

    def hours(self) -> float:
        """Core hours of all calls up to now."""
        before = read_json(
            self.path)['core_hours'] if self.path.is_file() else 0.
        return before + (_children() - self.start) / 3600

    def stop(self) -> float:
        """Write what was spent; return the core hours of all calls."""
        total = self.hours()
        write_json(self.path, dict(core_hours=total))
        self.start = _children()
        return total


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
