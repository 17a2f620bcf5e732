"""The teacher's caches that the levels read."""
from collections.abc import Collection, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from mmengine.config import Config

from reldistill_mm.cli.call_tools import call_tool
from reldistill_mm.experiments.kept import Kept
from .changes import Words, make_changed, words_of
from .configs import cache_config
from .factors import RECIPE, Level


def cache_folders(levels: Sequence[Level], out: Path) -> dict[str, Path]:
    """Name the folder of the cache that each level reads."""
    return {
        RECIPE: out / 'caches' / RECIPE
    } | {
        level.name:
        out / 'caches' /
        (level.name if level.cache or level.change else RECIPE)
        for level in levels
    }


def fill_caches(levels: Sequence[Level], needed: Collection[str], cfg: Config,
                folders: Mapping[str, Path], kept: Kept) -> dict[str, dict]:
    """Build, finish or change the caches that are needed.

    Args:
        levels (Sequence[Level]): All levels.
        needed (Collection[str]): Levels with runs that are left to do.
        cfg (Config): The recipe's config.
        folders (Mapping[str, Path]): From :func:`cache_folders`.
        kept (Kept): Where is kept what the changes did.

    Returns:
        dict: Level to what its change did.
    """
    facts: dict[str, dict] = {}

    @cache
    def source() -> tuple[Path, Words]:
        _teach(Level(RECIPE, RECIPE), cfg, folders[RECIPE])
        return folders[RECIPE], words_of(cfg)

    def change(level: Level) -> dict:
        recipe, words = source()
        assert level.change is not None
        return make_changed(recipe, folders[level.name], *level.change, words)

    for level in {level.name: level for level in levels}.values():
        if level.change is not None:
            make = partial(change, level)
            if level.name in needed:
                make = partial(dict, make())
            facts[level.name] = kept.once(f'change {level.change}', [cfg],
                                          make)
        elif level.name in needed and level.cache:
            _teach(level, cfg, folders[level.name])
        elif level.name in needed:
            source()
    return facts


def _teach(level: Level, cfg: Config, folder: Path) -> None:
    """Let the teacher compute a cache, or what it lacks."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    config = folder.with_suffix(folder.suffix + '.py')
    cache_config(cfg, level).dump(config)
    call_tool('cache_teacher.py', str(config), '--out', str(folder))
