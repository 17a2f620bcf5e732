"""Train a config and test its last epoch, unless that was done before."""
import time
from pathlib import Path

from mmengine.config import Config

from ..cli.call_tools import run_test
from ..functional.fingerprint import digest_json
from ..io.files import file_sum
from .records import read_json, write_json
from .train_once import WORK_DIR, train_once

TESTED = 'test.json'


def train_and_test(folder: Path,
                   train: Config,
                   test: Config,
                   threads: int | None = None) -> dict[str, float]:
    """Train and test unless earlier calls did; return the metrics.

    A test counts as done if it was of this config and this checkpoint.

    Args:
        folder (Path): Folder of the run.
        train (Config): Config of the training, with its seed.
        test (Config): Config of the test.
        threads (int, optional): Torch's threads. Defaults to torch's choice.

    Returns:
        dict[str, float]: What the evaluators report.

    Raises:
        BadInput: The folder holds the run of another config.
        RuntimeError: A tool failed.
    """
    start = time.perf_counter()
    record = train_once(train, folder, threads)
    checkpoint = folder / WORK_DIR / record['checkpoint']
    made = dict(
        config=digest_json(test.to_dict(), default=str),
        checkpoint=file_sum(checkpoint))
    path = folder / TESTED
    if path.is_file():
        known = read_json(path)
        if known['made_of'] == made:
            return known['metrics']
    config = folder / 'test.py'
    test.dump(config)
    metrics = run_test(
        str(config),
        checkpoint,
        folder / 'test',
        log=folder / 'output.txt',
        threads=threads)
    write_json(
        path,
        dict(
            made_of=made,
            metrics=metrics,
            seconds=round(time.perf_counter() - start, 1)))
    return metrics
