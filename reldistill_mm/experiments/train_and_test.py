"""Train a config and test its last epoch, unless that was done before."""
import time
from pathlib import Path

from mmengine.config import Config

from ..cli.call_tools import run_test
from ..cli.source_version import source_version
from ..functional.fingerprint import digest_json
from ..io.files import file_sum
from .kept import Made, info_sums
from .records import read_json, write_json
from .scene_file import SCENES, pack_scenes, read_scenes, with_scene_file
from .train_once import WORK_DIR, train_once

TESTED = 'test.json'


def train_and_test(folder: Path,
                   train: Config,
                   test: Config,
                   threads: int | None = None) -> Made:
    """Train and test unless earlier calls did.

    A test counts as done if it was of this config, this checkpoint and this
    data.

    Args:
        folder (Path): Folder of the run.
        train (Config): Config of the training, with its seed.
        test (Config): Config of the test.
        threads (int, optional): Torch's threads. Defaults to torch's choice.

    Returns:
        Made: What the evaluators report; with a ``PointSegMetric`` also the
        matrices of the scenes, packed (:func:`.pack_scenes`), as ``scenes``.

    Raises:
        BadInput: The folder holds the run of another config or other data.
        RuntimeError: A tool failed.
    """
    record = train_once(train, folder, threads)
    checkpoint = folder / WORK_DIR / record['checkpoint']
    made_of = dict(
        config=digest_json(test.to_dict(), default=str),
        checkpoint=file_sum(checkpoint),
        data=info_sums(test, ['test']))
    path, scenes = folder / TESTED, folder / SCENES
    known = read_json(path) if path.is_file() else {}
    if known.get('made_of') != made_of:
        start = time.perf_counter()
        config = folder / 'test.py'
        with_scene_file(test, scenes).dump(config)
        scenes.unlink(missing_ok=True)
        metrics: dict = run_test(
            str(config),
            checkpoint,
            folder / 'test',
            log=folder / 'output.txt',
            threads=threads)
        found = read_scenes(scenes)
        if found is not None:
            metrics['scenes'] = pack_scenes(found)
        known = dict(
            made_of=made_of,
            metrics=metrics,
            commit=source_version(),
            seconds=round(time.perf_counter() - start, 1))
        write_json(path, known)
    return Made(known['metrics'], known['commit'],
                record['seconds'] + known['seconds'])
