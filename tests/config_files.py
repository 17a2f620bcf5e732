"""The configs, each read once."""
import copy
from functools import cache
from pathlib import Path

from mmengine.config import Config

import reldistill_mm
from reldistill_mm.datasets import LAYOUTS
from reldistill_mm.experiments.plan import apply_start

ROOT = Path(reldistill_mm.config_path('reldistill_nus.py')).parent
# Paths below ROOT, without the bases. Templates have no data until a child
# gives its table: tests/test_datasets/test_own_layout.py.
TEMPLATES = [
    'downstream/finetune_own_folder.py',
    'downstream/linear_probe_own_folder.py'
]
CONFIGS = sorted({
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob('*.py') if '_base_' not in path.parts
} - set(TEMPLATES))


@cache
def _read(name: str) -> Config:
    return Config.fromfile(ROOT / name)


def load(name: str,
         options: dict | None = None,
         start: str | None = None) -> Config:
    """A copy of a config of ``CONFIGS``, changed by --cfg-options.

    Whose start is named needs no checkpoint.
    """
    cfg = copy.deepcopy(_read(name))
    if start is not None:
        apply_start(cfg, start)
        options = dict(options or {})
        options.pop('model.backbone.init_cfg.checkpoint', None)
    cfg.merge_from_dict(options or {})
    return cfg


def step(pipeline: list[dict], kind: str) -> dict:
    """The one step of a type."""
    found, = (each for each in pipeline if each['type'] == kind)
    return found


def classes_of(cfg: Config) -> list[str] | None:
    """What the data that a config tests on are labelled with, if at all."""
    if cfg.test_dataloader is None:
        return None
    dataset = cfg.test_dataloader.dataset
    if 'layout' in dataset:
        return list(LAYOUTS[dataset.layout].classes)
    return list(dataset.metainfo.classes)


def difference(cfg: dict, base: dict, prefix: str = '') -> set[str]:
    """Dotted keys at which two configs differ."""
    keys = set()
    for key in set(cfg) | set(base):
        one, two = cfg.get(key), base.get(key)
        if isinstance(one, dict) and isinstance(two, dict):
            keys |= difference(one, two, f'{prefix}{key}.')
        elif one != two:
            keys.add(prefix + key)
    return keys
