"""Run a protocol in processes of its own and keep the results."""
import json
import threading
import time
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..cli.call_tools import run_test, run_train, save_untrained
from ..cli.source_version import source_version
from ..errors import BadInput
from ..functional.fingerprint import digest_json
from ..io.config_check import check_config
from ..io.config_file import load_config, merge_options
from ..io.files import atomic_path, file_sum
from .data_state import States, data_state
from .plan import Run, apply_start, is_zero_shot, subset_name
from .records import read_json, write_json
from .scene_file import SCENES, with_scene_file

FIGURES, STARTED = 'figures.json', 'started.json'
_OF_THE_RUN = {'config', 'checkpoint'}
_ONE_RUNNER = threading.Lock()


def run_config(run: Run, options: dict) -> Config:
    """Build the run's config with its start, options, seed and checkpoint.

    Args:
        run (Run): The run.
        options (dict): Changes to the config, as by ``--cfg-options``.

    Raises:
        BadInput: The config has no place for a checkpoint, or no start with
            that name.
    """
    cfg = load_config(run.config)
    if run.start is not None:
        apply_start(cfg, run.start)
    # Options on the command line override the start.
    merge_options(cfg, options)
    cfg.merge_from_dict({'randomness.seed': run.seed})
    if run.keyframes is not None:
        cfg.train_dataloader.dataset.keyframes = run.keyframes
    check_config(cfg)
    if is_zero_shot(cfg):
        return cfg
    # Skip validation: only the last epoch counts, and it is tested.
    cfg.train_cfg.val_begin = 10**9
    if run.checkpoint is not None:
        init_cfg = cfg.model.backbone.get('init_cfg') or {}
        if 'checkpoint' not in init_cfg:
            raise BadInput(f"'{run.config}' starts from random weights: its "
                           'model.backbone.init_cfg names no checkpoint.')
        init_cfg['checkpoint'] = str(run.checkpoint)
    return cfg


def finished(run: Run, made: dict, out: Path) -> dict[str, Any] | None:
    """Read the results of the run if an earlier call finished it.

    A run whose data has changed since is not finished; a line says so.

    Args:
        run (Run): The run.
        made (dict): Digests from :func:`input_digest`.
        out (Path): The study's folder.

    Raises:
        BadInput: The folder holds results of another config or checkpoint.
    """
    path = out / run.folder / FIGURES
    if not path.is_file():
        return None
    figures = read_json(path)
    differs = _differing(figures['made_of'], made)
    if not _OF_THE_RUN.isdisjoint(differs):
        raise BadInput(
            f"'{path}' belongs to another config or checkpoint. Choose "
            'another --out, or remove that folder.')
    if differs:
        print(
            f'{run.folder}: finished before, but the data has changed since '
            f"({', '.join(differs)}): it is run again.",
            flush=True)
        return None
    return figures


def _differing(old: dict, made: dict) -> list[str]:
    """Name what a run was made of that is not the same any more."""
    # Earlier versions did not look at the data.
    data = old.get('data', made['data'])
    return [name for name in _OF_THE_RUN if old.get(name) != made[name]] + [
        name for name, digest in made['data'].items()
        if data.get(name, digest) != digest
    ]


def execute(run: Run, cfg: Config, made: dict, out: Path,
            threads: int | None) -> dict[str, Any]:
    """Train and test, or only test.

    An unfinished run continues from its last checkpoint; what another config,
    checkpoint or state of the data made is set aside.

    Args:
        run (Run): The run.
        cfg (Config): Config from :func:`run_config`.
        made (dict): Digests from :func:`input_digest`.
        out (Path): The study's folder.
        threads (int, optional): Threads per process.

    Returns:
        dict[str, object]: Content of the run's ``figures.json``.

    Raises:
        RuntimeError: A tool failed.
    """
    start = time.perf_counter()
    folder = (out / run.folder).resolve()
    started = folder / STARTED
    if not started.is_file() or _differing(read_json(started), made):
        _set_aside(folder)
        write_json(started, made)
    config = str(folder / 'config.py')
    with_scene_file(cfg, folder / SCENES).dump(config)
    how = dict(log=folder / 'output.txt', threads=threads)
    checkpoint = run.checkpoint
    if not is_zero_shot(cfg):
        work_dir = folder / 'train'
        left = (work_dir / 'last_checkpoint').is_file()
        checkpoint = run_train(config, work_dir, *['--resume'] * left, **how)
    elif checkpoint is None:
        checkpoint = folder / 'untrained.pth'
        # mmengine keeps loggers and the default scope in globals.
        with _ONE_RUNNER:
            save_untrained(config, checkpoint)
    metrics = run_test(config, checkpoint, folder / 'test', **how)
    figures = dict(
        model=run.model,
        protocol=run.protocol,
        seed=run.seed,
        subset=subset_name(cfg),
        start=run.start,
        folder=run.folder.as_posix(),
        checkpoint=run.checkpoint and str(run.checkpoint),
        commit=source_version(),
        made_of=made,
        seconds=round(time.perf_counter() - start, 1),
        metrics=metrics)
    # write_json would turn NaN, which averages leave out, into null.
    with atomic_path(folder / FIGURES) as path:
        path.write_text(json.dumps(figures, indent=2) + '\n')
    return figures


def _set_aside(folder: Path) -> None:
    """Rename a folder, so that nothing already computed is lost."""
    if folder.is_dir() and any(folder.iterdir()):
        number = 1
        while folder.with_name(f'{folder.name}.old{number}').exists():
            number += 1
        folder.rename(folder.with_name(f'{folder.name}.old{number}'))


def config_digest(cfg: Config) -> str:
    """Digest of a config's values."""
    return digest_json(cfg.to_dict(), default=str)


def input_digest(run: Run, cfg: Config, known: States) -> dict[str, Any]:
    """Digests of what a run's results depend on besides the code.

    Args:
        run (Run): The run.
        cfg (Config): Config from :func:`run_config`.
        known (dict): See :func:`data_state`.
    """
    return dict(
        config=config_digest(cfg),
        checkpoint=None
        if run.checkpoint is None else file_sum(run.checkpoint),
        data=data_state(cfg, known))
