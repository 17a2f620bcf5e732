"""Let a tool read its arguments before the package is imported.

Importing ``reldistill_mm`` registers everything with mmdet3d and takes
seconds. After ``import _start`` the modules of the package that need nothing
but Python's own library can be imported at once; the first import statement
that asks for more (any other module of it, torch or OpenMMLab) imports all of
the package before. A tool therefore imports what it works with in its
``main``, after the arguments are read and checked. Where the package has been
imported already, nothing changes.
"""
import builtins
import importlib.util
import logging
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGE = 'reldistill_mm'
# Packages whose own code waits, parents last.
_WAITING = (f'{_PACKAGE}.functional', _PACKAGE)
# They import nothing that is not in Python's library.
_LIGHT = frozenset(
    f'{_PACKAGE}.{name}'
    for name in ('cli', 'cli.checks', 'cli.command_line', 'cli.config_options',
                 'cli.said', 'cli.sweep_settings', 'cli.table_columns',
                 'compat', 'compat.quick_imports', 'compat.upstream_arguments',
                 'errors', 'functional', 'functional.nuscenes_labels',
                 'functional.prompts', 'io', 'io.files', 'io.named_inputs',
                 'io.option_values', 'io.paths', 'io.plain', 'version'))
_HEAVY = ('mmcv', 'mmdet', 'mmdet3d', 'mmengine', 'torch')

# Nobody who reads what mmengine and torch say here can do anything about it.
warnings.filterwarnings('ignore', message='pkg_resources is deprecated')
logging.getLogger('torch.fx._symbolic_trace').setLevel(logging.ERROR)

_theirs = builtins.__import__


def _import(name: str,
            globals: Mapping | None = None,
            locals: Mapping | None = None,
            fromlist: Sequence[str] | None = (),
            level: int = 0) -> Any:
    """Import the whole package before what needs it."""
    wanted = name
    if level:
        wanted = importlib.util.resolve_name('.' * level + name,
                                             (globals or {})['__package__'])
    if _needs_all(wanted, fromlist or ()):
        _run_packages()
    return _theirs(name, globals, locals, fromlist, level)


def _needs_all(name: str, fromlist: Sequence[str]) -> bool:
    top = name.partition('.')[0]
    if top != _PACKAGE:
        return top in _HEAVY
    if name in _WAITING:
        # A module of it, or one of the names that its own code makes.
        return not fromlist or any(f'{name}.{each}' not in _LIGHT
                                   for each in fromlist)
    return name not in _LIGHT


def _run_packages() -> None:
    builtins.__import__ = _theirs
    from reldistill_mm.compat.quick_imports import quick_imports
    with quick_imports():
        for name in _WAITING:
            module = sys.modules[name]
            module.__spec__.loader.exec_module(module)


def _hollow(name: str) -> ModuleType:
    """Import a package without running its code."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        # A checkout that is not installed.
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
        spec = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    return module


if _PACKAGE not in sys.modules:
    _package = _hollow(_PACKAGE)
    _package.functional = _hollow(_WAITING[0])
    builtins.__import__ = _import
