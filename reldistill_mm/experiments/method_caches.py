"""Teacher caches, as few as serve all methods."""
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..cli.call_tools import call_tool
from ..functional.fingerprint import digest_json
from ..teacher_cache.cache_key import config_identity
from .methods import evaluation_config, from_cache


def fill_caches(configs: Mapping[str, Config],
                out: Path) -> dict[str, Path | None]:
    """Build, or finish, the caches that the methods train on.

    Methods with one teacher and one preprocessing share one, those without
    superpixels that of one with.

    Args:
        configs (Mapping[str, Config]): Method to config.
        out (Path): Folder of the caches.

    Returns:
        dict[str, Path | None]: Method to folder; None for one that trains on
        the images.
    """
    groups: dict[str, dict[str, Config]] = {}
    keys = {}
    for method, cfg in configs.items():
        if from_cache(cfg):
            features, superpixels = _keys(cfg, 'train')
            keys[method] = features, superpixels
            groups.setdefault(features, {}).setdefault(superpixels, cfg)
    built = {}
    for features, kinds in groups.items():
        if len(kinds) > 1:
            # Others read the cache of one with superpixels.
            kinds.pop('', None)
        for superpixels, cfg in kinds.items():
            root = _fill(cfg, out / f'{features}{superpixels}', 'train')
            built[features, superpixels] = root
            built.setdefault((features, ''), root)
    return {
        method: built[keys[method]] if method in keys else None
        for method in configs
    }


def fill_test_caches(configs: Mapping[str, Config],
                     out: Path) -> dict[str, Path | None]:
    """Build, or finish, the caches of the test sets, one for each teacher.

    Args:
        configs (Mapping[str, Config]): Method to config.
        out (Path): Folder of the caches.

    Returns:
        dict[str, Path | None]: Method to folder; None for one whose config
        cannot be tested on cached features (no ``cached_paired_pipeline``).
    """
    found: dict[str, Path | None] = {}
    built: dict[str, Path] = {}
    for method, cfg in configs.items():
        found[method] = None
        if 'cached_paired_pipeline' in cfg:
            cfg = evaluation_config(cfg)
            cfg.val_dataloader = cfg.test_dataloader
            features, _ = _keys(cfg, 'val')
            if features not in built:
                built[features] = _fill(cfg, out / f'{features}-test', 'val')
            found[method] = built[features]
    return found


def _fill(cfg: Config, root: Path, split: str) -> Path:
    """Let the teacher compute a cache, or what it lacks; return its folder."""
    config = root.with_name(f'{root.name}.py')
    root.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(config)
    call_tool('cache_teacher.py', str(config), '--split', split, '--out',
              str(root))
    return root


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
