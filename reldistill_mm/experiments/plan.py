"""Plan the runs of a study of checkpoints, protocols and seeds."""
import copy
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from ..cli.table_columns import RANDOM
from ..errors import BadInput, MissingInput
from ..functional.closest import closest
from ..io.config_file import read_config
from .design import other_subsets, pair_up

ALL_LABELS = 'all labels'
# Keys of the datasets that choose a part of the labels.
_SUBSET_KEYS = ('scenes', 'keyframes', 'scans')


class Run(NamedTuple):
    """One training and test, or only a test.

    Attributes:
        model: Name in the table.
        protocol: Name in the table.
        config: Config to run.
        checkpoint: Pretrained weights, None for a named start.
        seed: Seed of the run.
        start: Name of the start in the config's ``starts``, None for a
            checkpoint.
        keyframes: Labelled subset in place of the config's, None for that.
    """
    model: str
    protocol: str
    config: Path
    checkpoint: Path | None
    seed: int
    start: str | None = None
    keyframes: str | None = None

    @property
    def folder(self) -> Path:
        """Folder of the run below the study's folder."""
        name = f'seed{self.seed}'
        if self.keyframes is not None:
            name += '-from' + self.keyframes.rpartition('_')[2]
        return Path(self.model, self.protocol, name)


def plan_runs(checkpoints: dict[str, str],
              protocols: list[Path],
              seeds: list[int],
              subsets: int = 1,
              seeds_per_subset: int = 2) -> list[Run]:
    """Plan every checkpoint through every protocol, once per seed.

    Only the checkpoint of a zero-shot test is random, so it is run once per
    checkpoint.

    Args:
        checkpoints (dict[str, str]): Name in the table to path. In a path
            ``{seed}`` stands for the run's seed, so that each seed has a
            pretraining of its own. A name with an empty path is that of a
            start: see :func:`apply_start`.
        protocols (list[Path]): Configs.
        seeds (list[int]): Seeds.
        subsets (int): How many labelled subsets a protocol on every n-th
            keyframe is run on: :func:`.other_subsets`. Defaults to 1, the
            config's own.
        seeds_per_subset (int): Seeds that see each of several subsets:
            :func:`.pair_up`. Defaults to 2.

    Returns:
        list[Run]: In the order of the table.

    Raises:
        MissingInput: A checkpoint or config is not there.
        BadInput: Two protocols have one name, a config is not a protocol or a
            folder, a seed is given twice or out of range, or a name in the
            table is not that of a folder.
    """
    names = [path.stem for path in protocols]
    if len(set(names)) < len(names):
        raise BadInput(f'Protocols are told apart by the name of their '
                       f'config, but these repeat: {names}.')
    for model in checkpoints:
        # It becomes a folder below the study's.
        if Path(model).name != model or model == '..' or '\0' in model:
            raise BadInput(f"'{model}' is not a name for a column and its "
                           'folder: leave out slashes and dots alone.')
    wrong = [seed for seed in seeds if not 0 <= seed < 2**32]
    if wrong:
        raise BadInput(f'--seeds are from 0 to 2 ** 32 - 1, not {wrong}.')
    if len(set(seeds)) < len(seeds):
        raise BadInput(f'A seed is given twice: {seeds}.')
    runs = []
    for path in map(_existing, protocols):
        cfg = read_config(path)
        zero_shot = is_zero_shot(cfg)
        cells = _cells(cfg, seeds, subsets, seeds_per_subset)
        for model, checkpoint in checkpoints.items():
            start = None if checkpoint else model
            tested = set()
            for seed, part in cells:
                source = _checkpoint(checkpoint, seed)
                if zero_shot and source is not None and source in tested:
                    continue
                tested.add(source)
                runs.append(
                    Run(model, path.stem, path, source, seed, start, part))
    return runs


def _cells(cfg: Config, seeds: list[int], subsets: int,
           seeds_per_subset: int) -> list[tuple[int, str | None]]:
    """Seed and subset of each run of a protocol; None is the config's."""
    if subsets < 1 or seeds_per_subset < 1:
        raise BadInput('--subsets and --seeds-per-subset are positive, not '
                       f'{subsets} and {seeds_per_subset}.')
    name = None
    if not is_zero_shot(cfg):
        name = cfg.train_dataloader.dataset.get('keyframes')
    if name is None or subsets == 1:
        return [(seed, None) for seed in seeds]
    return [*pair_up(seeds, other_subsets(name, subsets), seeds_per_subset)]


def is_zero_shot(cfg: Config) -> bool:
    """Whether a config's model classifies with words, without training."""
    if 'model' not in cfg:
        raise BadInput(f"'{cfg.filename}' is not a protocol: it has no model. "
                       'Take one of configs/downstream or a zero-shot '
                       'config.')
    return cfg.model.get('zero_shot_head') is not None


def subset_name(cfg: Config) -> str:
    """Name the labels that a config trains on, for tables."""
    if is_zero_shot(cfg):
        return 'no label'
    dataset = cfg.train_dataloader.dataset
    chosen = [
        f'{key}={dataset[key]}' for key in _SUBSET_KEYS if dataset.get(key)
    ]
    return ', '.join(chosen) or ALL_LABELS


def apply_start(cfg: Config, start: str) -> None:
    """Apply one of a config's ``starts``; leave a zero-shot config as it is.

    Args:
        cfg (Config): A protocol; changed.
        start (str): Name in the config's ``starts``, or 'random'.

    Raises:
        BadInput: The config has no start with that name.
    """
    starts: dict[str, dict]
    if is_zero_shot(cfg):
        starts = {RANDOM: {}}
    else:
        starts = cfg.get('starts') or {}
    if start not in starts:
        raise BadInput(
            f"'{cfg.filename}' has no start '{start}', only {list(starts)}"
            f'{closest(start, starts, 1)} Name one of these, or add it to the '
            'dict starts of the config (see '
            'configs/_base_/schedules/finetune_100e.py).')
    cfg.merge_from_dict(copy.deepcopy(starts[start]))


def _checkpoint(path: str, seed: int) -> Path | None:
    if not path:
        return None
    return _existing(Path(path.replace('{seed}', str(seed))))


def _existing(path: Path) -> Path:
    if path.is_dir():
        raise BadInput(f"'{path}' is a folder: name a file in it.")
    if not path.is_file():
        raise MissingInput(
            f"'{path}' does not exist: check --checkpoints and --protocols.")
    return path.resolve()
