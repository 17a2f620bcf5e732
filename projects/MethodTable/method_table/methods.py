"""The methods, found among the configs, and what each trains and tests."""
import copy
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from reldistill_mm.datasets.transforms.traits import segments_pairs
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.config_check import check_config
from reldistill_mm.io.config_file import merge_options
from reldistill_mm.io.paths import config_path

OURS = 'relational'
_BASE, _END = 'reldistill_miniworld.py', '_miniworld'


class Settings(NamedTuple):
    """What all runs share.

    Attributes:
        out: The study's folder.
        options: Changes to every config, as by ``--cfg-options``, with the
            data's folder.
        epochs: Number of epochs, None for the configs' own.
        jobs: Runs at a time.
        threads: Threads per run.
    """
    out: Path
    options: dict
    epochs: int | None
    jobs: int
    threads: int


def find_methods(more: dict[str, str]) -> dict[str, Path]:
    """Find the recipe, and whatever lies in ``configs/baselines`` for it.

    Args:
        more (dict[str, str]): Name in the table to config, for rows beside
            those: another teacher, say.

    Returns:
        dict[str, Path]: Name to config; ours first, the others sorted.

    Raises:
        MissingInput, BadInput: A config of ``more`` is not there, or a name is
            taken or not that of a folder.
    """
    base = Path(config_path(_BASE))
    found = {OURS: base}
    for path in sorted(base.parent.glob(f'baselines/*{_END}.py')):
        found[path.stem.removesuffix(_END)] = path
    for name, config in more.items():
        if name in found or Path(name).name != name or name == '..':
            raise BadInput(f"--more {name}={config}: '{name}' is taken, or "
                           'not a name for a row and its folder.')
        if not Path(config).is_file():
            raise MissingInput(f"--more {name}: '{config}' does not exist; "
                               'give the path of a config.')
        found[name] = Path(config).resolve()
    return found


def method_config(path: Path, how: Settings) -> Config:
    """Read a method's config, with the options and the epochs of all."""
    cfg = Config.fromfile(path)
    merge_options(cfg, copy.deepcopy(how.options))
    if how.epochs is not None:
        _set_epochs(cfg, how.epochs)
    check_config(cfg)
    return cfg


def has_words(cfg: Config) -> bool:
    """Whether points get labels by words."""
    return cfg.model.get('zero_shot_head') is not None


def from_cache(cfg: Config) -> bool:
    """Whether a method can be trained on cached features.

    One whose training pipeline is its own, with sweeps, say, cannot: the
    cached pipeline would leave out what makes it this method.
    """
    dataset = cfg.train_dataloader.dataset
    plain = cfg.get('train_pipeline'), cfg.get('superpixel_pipeline')
    return dataset.pipeline in plain and not dataset.get('load_sweeps')


def training_config(cfg: Config, seed: int, cache: Path | None) -> Config:
    """Make the config of a run: from the cache where there is one."""
    cfg = copy.deepcopy(cfg)
    if cache is not None:
        cfg.train_dataloader.dataset.pipeline = cfg.cached_pipeline
        cfg.teacher_cache_root = str(cache.resolve())
    # Only the last epoch counts, and it is tested.
    cfg.merge_from_dict({
        'randomness.seed': seed,
        'train_cfg.val_begin': 10**9
    })
    return cfg


def evaluation_config(cfg: Config) -> Config:
    """Make the config of a test: structure, and mIoU where there are words."""
    cfg = copy.deepcopy(cfg)
    # Nothing that is tested needs superpixels.
    cfg.test_dataloader.dataset.pipeline = [
        step for step in cfg.paired_pipeline if not segments_pairs(step)
    ]
    metrics = [dict(type='StructureMetric')]
    if has_words(cfg):
        metrics.insert(0, dict(type='PointSegMetric'))
    cfg.test_evaluator = metrics
    return cfg


def _set_epochs(cfg: Config, epochs: int) -> None:
    """Change the number of epochs, and with it what is counted in them."""
    before, cfg.train_cfg.max_epochs = cfg.train_cfg.max_epochs, epochs
    for schedule in cfg.param_scheduler:
        for key in ('total_steps', 'T_max', 'end'):
            if schedule.get(key) == before:
                schedule[key] = epochs
