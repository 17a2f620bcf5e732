"""Import packages without what they import and do not use here.

mmdet's trackers import scikit-learn, its assigners SciPy's optimisers, its
plots matplotlib; mmdet3d's metrics import the devkits of nuScenes and Lyft;
mmengine's sharded wrappers a large part of torch.distributed; our teachers
open_clip and timm, our pictures matplotlib, our studies SciPy. Together they
would take more than half of the time of ``import reldistill_mm``, and each is
needed by few. So each of these packages gets stand-ins for those names, which
become the real thing on first use. Nobody else does: the stand-ins are never
in ``sys.modules``. Source: ours.
"""
import builtins
import functools
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

# Who imports what at its top and uses it in few functions: names of modules,
# which stand for those in them, too.
POSTPONED = {
    'mmdet': ('sklearn', 'scipy', 'matplotlib'),
    'mmdet3d':
    ('lyft_dataset_sdk', 'nuscenes', 'pandas', 'matplotlib', 'trimesh'),
    'mmengine': ('torch.distributed.optim', 'torch.distributed.fsdp'),
    'reldistill_mm': ('open_clip', 'timm', 'matplotlib', 'scipy'),
}
# Bases of mmengine's own classes, and what those derive from in turn.
_BASES = {
    'ZeroRedundancyOptimizer': ('torch.optim', 'Optimizer'),
    'FullyShardedDataParallel': ('torch.nn', 'Module'),
}


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import without what is postponed, and without collecting garbage.

    Almost nothing that an import makes is garbage, and looking for some takes
    a tenth of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    theirs = builtins.__import__
    builtins.__import__ = functools.partial(_import, theirs)
    try:
        yield
    finally:
        builtins.__import__ = theirs
        if collects:
            gc.enable()


def _import(theirs: Any,
            name: str,
            globals: Mapping | None = None,
            locals: Mapping | None = None,
            fromlist: Sequence[str] | None = (),
            level: int = 0) -> Any:
    """Stand in for what is postponed; leave the rest to Python."""
    if level == 0 and globals is not None:
        importer = (globals.get('__name__') or '').partition('.')[0]
        if importer in POSTPONED and _is_postponed(importer, name):
            # `import a.b as c` looks up b in what it gets.
            return _Module(name if fromlist else name.partition('.')[0])
    return theirs(name, globals, locals, fromlist, level)


def _is_postponed(importer: str, name: str) -> bool:
    """Whether there is a stand-in; none for what is not installed."""
    top = name.partition('.')[0]
    return any(f'{name}.'.startswith(f'{each}.')
               for each in POSTPONED[importer]) and _is_here(top)


@functools.cache
def _is_here(package: str) -> bool:
    return find_spec(package) is not None


class _Module:
    """Stands for a module; its names are looked up when they are used."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)
        return Later(self.__name__, name)


class Later:
    """Stands for a name of a module, which is imported on first use.

    It can be called, asked for attributes and items, tested against by
    ``isinstance`` and, for the names in ``_BASES``, derived from.

    Args:
        module (str): The module.
        name (str): A function, class or module in it.
    """

    def __init__(self, module: str, name: str) -> None:
        self._place = module, name

    def _real(self) -> Any:
        module, name = self._place
        found = import_module(module)
        try:
            return getattr(found, name)
        except AttributeError:
            return import_module(f'{module}.{name}')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._real()[key]

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._real())

    def __mro_entries__(self, bases: tuple) -> tuple[type]:
        module, name = _BASES[self._place[1]]
        base = getattr(import_module(module), name)
        return (_LaterBase(name, (base, ), dict(_later=self)), )


class _LaterBase(type):
    """Type of classes whose base becomes the real one on first use."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        _settle(cls)
        return super().__call__(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        # Until then it lacks what only the real base has.
        if name.startswith('__') or not _settle(cls):
            raise AttributeError(
                f"type object '{cls.__name__}' has no attribute '{name}'")
        return getattr(cls, name)


def _settle(cls: type) -> bool:
    """Give the classes above one their real base; whether any lacked it."""
    found = False
    for each in cls.__mro__:
        bases = tuple(
            vars(base)['_later']._real() if '_later' in vars(base) else base
            for base in each.__bases__)
        if bases != each.__bases__:
            each.__bases__ = bases
            found = True
    return found
