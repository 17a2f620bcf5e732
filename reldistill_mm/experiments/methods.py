"""The methods of one recipe, found among the configs.

What each trains and tests, for the projects that compare them.
"""
import copy
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config

from ..datasets.transforms.traits import segments_pairs
from ..errors import BadInput, MissingInput
from ..functional.fingerprint import digest_json
from ..io.config_check import check_config
from ..io.config_file import merge_options
from ..io.paths import config_path
from .schedules import set_epochs

OURS = 'relational'
_BASE, _END = 'reldistill_miniworld.py', '_miniworld'


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


def read_method(path: Path,
                options: Mapping,
                epochs: int | None = None) -> Config:
    """Read a method's config, with the options and the epochs of all.

    Args:
        path (Path): The config.
        options (Mapping): Changes to it, as by ``--cfg-options``.
        epochs (int, optional): Number of epochs. Defaults to None, its own.
    """
    cfg = Config.fromfile(path)
    merge_options(cfg, copy.deepcopy(dict(options)))
    if epochs is not None:
        set_epochs(cfg, epochs)
    check_config(cfg)
    return cfg


def first_of_same(configs: Mapping[str, Config]) -> dict[str, str]:
    """Find methods that are one method on this data.

    Returns:
        dict[str, str]: Name to the first name whose config has these values.
    """
    known: dict[str, str] = {}
    return {
        name: known.setdefault(digest_json(cfg.to_dict(), default=str), name)
        for name, cfg in configs.items()
    }


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


def evaluation_config(cfg: Config, cache: Path | None = None) -> Config:
    """Make the config of a test: structure, and mIoU where there are words.

    Args:
        cfg (Config): Config of a method; not changed.
        cache (Path, optional): The teacher's features of the test set.
            Defaults to None: the teacher runs.
    """
    cfg = copy.deepcopy(cfg)
    # Nothing that is tested needs superpixels.
    cfg.paired_pipeline = [
        step for step in cfg.paired_pipeline if not segments_pairs(step)
    ]
    cfg.test_dataloader.dataset.pipeline = cfg.paired_pipeline
    if cache is not None:
        cfg.test_dataloader.dataset.pipeline = cfg.cached_paired_pipeline
        cfg.teacher_cache_root = str(cache.resolve())
    metrics = [dict(type='StructureMetric')]
    if has_words(cfg):
        metrics.insert(0, dict(type='PointSegMetric'))
    cfg.test_evaluator = metrics
    return cfg
