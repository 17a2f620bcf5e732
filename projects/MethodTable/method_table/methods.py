"""The configs of the table's methods."""
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.methods import read_method


class Settings(NamedTuple):
    """What all runs share.

    Attributes:
        out: The study's folder.
        options: Changes to every config, as by ``--cfg-options``, with the
            data's folder.
        epochs: Number of epochs, None for the configs' own.
        jobs: Runs at a time.
        threads: Threads per run.
        rates: Learning rates to choose from; none leaves the configs' own.
        tuning_epochs: Epochs of the runs that choose one.
        kept: Where results are kept.
    """
    out: Path
    options: dict
    epochs: int | None
    jobs: int
    threads: int
    rates: tuple[float, ...] = ()
    tuning_epochs: int = 4
    kept: Kept = Kept()


def method_config(path: Path, how: Settings) -> Config:
    """Read a method's config, with the options and the epochs of all."""
    return read_method(path, how.options, how.epochs)
