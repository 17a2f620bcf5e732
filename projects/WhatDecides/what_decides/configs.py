"""The configs of the runs."""
import copy
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config, ConfigDict

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.schedules import set_epochs, set_rate
from reldistill_mm.io.config_check import check_config
from reldistill_mm.io.config_file import merge_options
from reldistill_mm.io.paths import config_path
from .factors import Level

CONFIGS = dict(
    relational='reldistill_miniworld.py',
    similarity='baselines/similarity_miniworld.py')
PAIRS = 2048
_PAIRING = 'PairPointsWithPixels'


class Run(NamedTuple):
    """One training and its test."""
    level: Level
    method: str
    seed: int

    @property
    def folder(self) -> Path:
        """Folder of the run below the study's folder."""
        return Path('runs', self.level.name, self.method, f'seed{self.seed}')


def method_config(method: str, options: dict) -> Config:
    """Read a method's config with the options of all runs."""
    cfg = Config.fromfile(config_path(CONFIGS[method]))
    merge_options(cfg, copy.deepcopy(options))
    return cfg


def cache_config(cfg: Config, level: Level) -> Config:
    """Change how the teacher is cached, as a level says; returns a copy."""
    cfg = copy.deepcopy(cfg)
    wanted = dict(level.cache)
    if 'stride' in wanted:
        cfg.model.teacher.stride = wanted.pop('stride')
    place = _step(cfg.paired_pipeline, _PAIRING)
    if not wanted.pop('occlusion', True):
        cfg.paired_pipeline[place].pop('occlusion', None)
    if 'degrees' in wanted:
        cfg.paired_pipeline.insert(
            place,
            ConfigDict(type='TurnCalibration', degrees=wanted.pop('degrees')))
    if wanted:
        raise BadInput(f"Level '{level.name}' caches the teacher by {wanted}, "
                       'which is not known.')
    return cfg


def training_config(cfg: Config, run: Run, cache: Path, rate: float,
                    epochs: int) -> Config:
    """Make the config of a run, which reads the teacher from a cache.

    Args:
        cfg (Config): The method's config; not changed.
        run (Run): The run.
        cache (Path): Folder of the level's cache.
        rate (float): Learning rate of the method.
        epochs (int): Number of epochs where the level says none.
    """
    level = run.level
    cfg = cache_config(cfg, level)
    pipeline = copy.deepcopy(cfg.cached_pipeline)
    step = pipeline[_step(pipeline, 'LoadCachedPairs')]
    step['num_pairs'] = None if level.all_pairs else PAIRS // level.frames
    cfg.train_dataloader.dataset.pipeline = pipeline
    cfg.train_dataloader.batch_size = level.frames
    cfg.teacher_cache_root = str(cache.resolve())
    # As many steps as with one keyframe each.
    set_epochs(cfg, (level.epochs or epochs) * level.frames)
    set_rate(cfg, rate)
    merge_options(cfg, copy.deepcopy(level.options))
    cfg.merge_from_dict({
        'randomness.seed': run.seed,
        # Only the last epoch counts, and it is tested.
        'train_cfg.val_begin': 10**9
    })
    check_config(cfg)
    return cfg


def evaluation_config(train: Config) -> Config:
    """Make the config of a run's test: mIoU alone, without the teacher."""
    return copy.deepcopy(train)


def _step(pipeline: list, kind: str) -> int:
    """Find the only step of a kind."""
    found = [i for i, step in enumerate(pipeline) if step['type'] == kind]
    if len(found) != 1:
        raise BadInput(f'{len(found)} steps of the pipeline are {kind}, and '
                       'the study changes one.')
    return found[0]
