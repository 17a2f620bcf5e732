"""Distil with every method, at its own learning rate, with all seeds."""
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from reldistill_mm.cli.call_tools import call_tool
from reldistill_mm.experiments.train_once import WORK_DIR, train_once
from reldistill_mm.io.paths import config_path
from .methods import CONFIGS


class Training(NamedTuple):
    """One run of ``tools/train.py``."""
    method: str
    learning_rate: float
    seed: int
    tuning: bool = False

    @property
    def folder(self) -> Path:
        """Folder of the run below the study's folder."""
        return Path('tuning' if self.tuning else 'training', self.method,
                    f'lr{self.learning_rate:g}', f'seed{self.seed}')


class Settings(NamedTuple):
    """Settings that all runs share.

    Attributes:
        out: The study's folder.
        options: Changes, as by ``--cfg-options``, with the data's folder.
        epochs: Number of epochs, None for the configs' own.
        tuning_epochs: Epochs of the runs that choose a learning rate.
        cache: Folder of the teacher's features; None runs the teacher.
        jobs: Runs at a time.
        threads: Threads per run.
    """
    out: Path
    options: dict
    epochs: int | None
    tuning_epochs: int
    cache: Path | None
    jobs: int
    threads: int


def data_options(data: Path) -> dict[str, str]:
    """Return ``--cfg-options`` that name MiniWorld's folder."""
    return {
        f'{loader}_dataloader.dataset.data_root': f'{data.resolve()}/'
        for loader in ('train', 'val', 'test')
    }


def training_config(run: Training, how: Settings) -> Config:
    """Build the method's config with data, seed, rate and epochs."""
    cfg = Config.fromfile(config_path(CONFIGS[run.method]))
    epochs = how.epochs or cfg.train_cfg.max_epochs
    if run.tuning:
        epochs = how.tuning_epochs
    if how.cache is not None:
        cfg.train_dataloader.dataset.pipeline = cfg.cached_pipeline
        cfg.teacher_cache_root = str(how.cache.resolve())
    cfg.merge_from_dict({
        **how.options,
        'randomness.seed': run.seed,
        'optim_wrapper.optimizer.lr': run.learning_rate,
        'param_scheduler.0.eta_max': run.learning_rate,
        'param_scheduler.0.total_steps': epochs,
        'train_cfg.max_epochs': epochs,
        # Skip validation: only the last epoch counts, and it is tested.
        'train_cfg.val_begin': 10**9,
    })
    return cfg


def fill_cache(how: Settings) -> None:
    """Cache the teacher's features of the train scenes for all runs."""
    cfg = Config.fromfile(config_path(CONFIGS['relational']))
    cfg.merge_from_dict(how.options)
    config = how.out / 'cache.py'
    config.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(config)
    call_tool('cache_teacher.py', str(config), '--out', str(how.cache))


def train_all(methods: Sequence[str], learning_rates: Sequence[float],
              seeds: Sequence[int], how: Settings) -> dict[str, dict]:
    """Train each method at a learning rate of its own.

    The rate is chosen by short runs with the first seed: the one with the
    lowest final value of the method's own loss. The rule looks at no measure
    of structure and at no mIoU.

    Returns:
        dict[str, dict]: Method to ``learning_rate``, ``final_loss`` of every
        rate tried, and ``checkpoint``, a path with ``{seed}``.
    """
    chosen = _choose_rates(methods, learning_rates, seeds[0], how)
    done = _train_each([
        Training(method, chosen[method]['learning_rate'], seed)
        for method, seed in product(methods, seeds)
    ], how)
    for run, record in done.items():
        path = Path(record['checkpoint'])
        folder = how.out / run.folder.with_name('seed{seed}')
        chosen[run.method]['checkpoint'] = str(folder / WORK_DIR / path.name)
    return chosen


def _choose_rates(methods: Sequence[str], rates: Sequence[float], seed: int,
                  how: Settings) -> dict[str, dict]:
    """Choose ``learning_rate`` of each method, by its ``final_loss``."""
    if len(rates) == 1:
        return {method: dict(learning_rate=rates[0]) for method in methods}
    runs = [
        Training(method, rate, seed, tuning=True)
        for method, rate in product(methods, rates)
    ]
    losses: dict[str, dict[float, float]] = {method: {} for method in methods}
    for run, record in _train_each(runs, how).items():
        losses[run.method][run.learning_rate] = record['final_loss']
    return {
        method:
        dict(
            learning_rate=min(found, key=lambda rate: _rank(found[rate])),
            final_loss=found)
        for method, found in losses.items()
    }


def _rank(loss: float | None) -> float:
    """Rank a run that diverged last; JSON has null for its NaN."""
    return math.inf if loss is None or math.isnan(loss) else loss


def _train_each(runs: Sequence[Training],
                how: Settings) -> dict[Training, dict]:
    """Train several at a time; after a failure the others still finish."""
    # mmengine reads configs through globals, so they are read one by one.
    configs = [training_config(run, how) for run in runs]
    with ThreadPoolExecutor(how.jobs) as pool:
        records = pool.map(lambda *one: _train(*one, how), runs, configs)
        return dict(zip(runs, records))


def _train(run: Training, cfg: Config, how: Settings) -> dict:
    """Train unless an earlier call finished the run."""
    return train_once(cfg, how.out / run.folder, how.threads)
