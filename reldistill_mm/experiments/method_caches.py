"""Teacher caches, as few as serve all methods."""
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..cli.call_tools import call_tool
from ..functional.fingerprint import digest_json
from ..teacher_cache.cache_key import config_identity
from .methods import evaluation_config, from_cache


class CachePlan(NamedTuple):
    """Which caches the methods read; nothing is computed yet.

    Attributes:
        folders: Method to the cache's folder; None for one that reads images.
        configs: Folder to the config by which its cache is computed.
        split: 'train' or 'val', the loader whose keyframes are cached.
    """
    folders: dict[str, Path | None]
    configs: dict[Path, Config]
    split: str

    def fill(self, methods: Iterable[str]) -> None:
        """Build, or finish, the caches that these methods read."""
        wanted = {self.folders[method] for method in methods}
        for root, cfg in self.configs.items():
            if root in wanted:
                config = root.with_name(f'{root.name}.py')
                root.parent.mkdir(parents=True, exist_ok=True)
                cfg.dump(config)
                call_tool('cache_teacher.py', str(config), '--split',
                          self.split, '--out', str(root))


def plan_caches(configs: Mapping[str, Config], out: Path) -> CachePlan:
    """Plan the caches that the methods train on.

    Methods with one teacher and one preprocessing share one, those without
    superpixels that of one with. One that cannot be trained on cached features
    reads images.

    Args:
        configs (Mapping[str, Config]): Method to config.
        out (Path): Folder of the caches.
    """
    groups: dict[str, dict[str, Config]] = {}
    keys = {}
    for method, cfg in configs.items():
        if from_cache(cfg):
            features, superpixels = _keys(cfg, 'train')
            keys[method] = features, superpixels
            groups.setdefault(features, {}).setdefault(superpixels, cfg)
    roots = {}
    plan = CachePlan({}, {}, 'train')
    for features, kinds in groups.items():
        if len(kinds) > 1:
            # Others read the cache of one with superpixels.
            kinds.pop('', None)
        for superpixels, cfg in kinds.items():
            root = out / f'{features}{superpixels}'
            plan.configs[root] = cfg
            roots[features, superpixels] = root
            roots.setdefault((features, ''), root)
    for method in configs:
        plan.folders[method] = roots[keys[method]] if method in keys else None
    return plan


def plan_test_caches(configs: Mapping[str, Config], out: Path) -> CachePlan:
    """Plan the caches of the test sets, one for each teacher.

    A method whose config cannot be tested on cached features (no
    ``cached_paired_pipeline``) reads images.

    Args:
        configs (Mapping[str, Config]): Method to config.
        out (Path): Folder of the caches.
    """
    plan = CachePlan({}, {}, 'val')
    for method, cfg in configs.items():
        plan.folders[method] = None
        if 'cached_paired_pipeline' in cfg:
            cfg = evaluation_config(cfg)
            cfg.val_dataloader = cfg.test_dataloader
            features, _ = _keys(cfg, 'val')
            root = out / f'{features}-test'
            plan.configs.setdefault(root, cfg)
            plan.folders[method] = root
    return plan


def _keys(cfg: Config, split: str) -> tuple[str, str]:
    """Name the features and the superpixels of a config; '' for none."""
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        identity = config_identity(cfg)
    superpixels = identity.pop('superpixels', None)
    data = cfg[f'{split}_dataloader'].dataset
    identity['data'] = [data.get('data_root'), data.get('ann_file')]
    features = digest_json(identity, default=str)[:12]
    return features, (f'-{digest_json(superpixels, default=str)[:6]}'
                      if superpixels else '')
