"""A ``pickle_module`` for ``torch.load`` that runs no code of the file.

mmengine's checkpoints hold objects beside the weights (histories of the log,
NumPy arrays, a scheduler's function). Plain ``torch.load`` calls any function
that a file names; with ``weights_only=True`` it refuses even mmengine's own
files, and before torch 2.5 its list could not be extended. Here the same
narrow list is allowed on every torch, and whatever else a file names is either
refused (:class:`StrictUnpickler`) or replaced by an :class:`Inert`
(:class:`Unpickler`).
"""
import codecs
import collections
import importlib
import pickle
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any, BinaryIO

import torch

# Each of these only builds a value or a container.
_VALUES = {
    'builtins':
    ('bool', 'bytearray', 'bytes', 'complex', 'dict', 'float', 'frozenset',
     'int', 'list', 'range', 'set', 'slice', 'str', 'tuple'),
    'collections': ('Counter', 'OrderedDict', 'defaultdict', 'deque'),
    'mmengine.config.config': ('ConfigDict', ),
    'mmengine.logging.history_buffer': ('HistoryBuffer', ),
    'mmengine.optim.scheduler.param_scheduler': ('OneCycleParamScheduler', ),
    'numpy': ('dtype', 'ndarray'),
    'numpy.core.multiarray': ('_reconstruct', 'scalar'),
    'numpy.core.numeric': ('_frombuffer', ),
    'pathlib': ('PosixPath', 'PurePosixPath'),
    'torch': ('Size', 'device'),
    'torch._tensor': ('_rebuild_from_type_v2', ),
    'torch._utils': ('_rebuild_parameter', '_rebuild_parameter_with_state',
                     '_rebuild_tensor', '_rebuild_tensor_v2'),
    'torch.nn.parameter': ('Parameter', ),
    'torch.serialization': ('_get_layout', ),
}
# Old names of these modules: Python 2's (torch writes its pickle protocol),
# and NumPy 2's, which NumPy 1 does not know.
_SAME = {
    '__builtin__': 'builtins',
    'numpy._core.multiarray': 'numpy.core.multiarray',
    'numpy._core.numeric': 'numpy.core.numeric',
}
# Classes whose methods a checkpoint may refer to: statistics of the log, and
# the curve that a OneCycle schedule follows.
_OWNERS = ('HistoryBuffer', 'OneCycleParamScheduler')

_allowed: dict[tuple[str, str], object] = {}


def allow_in_checkpoints(*objects: Callable) -> None:
    """Let checkpoints name classes or functions of your own.

    Args:
        objects (Callable): Classes or functions. Calling them with any
            arguments must do no harm: a checkpoint from a stranger may
            name them, too.
    """
    for item in objects:
        _allowed[item.__module__, item.__qualname__] = item


class Inert:
    """Placeholder for an object that was not built."""

    def __new__(cls, *args: object, **kwargs: object) -> 'Inert':
        """Drop whatever the object would be made of."""
        return object.__new__(cls)

    def _ignore(self, *args: object) -> 'Inert':
        return self

    __call__ = __setstate__ = __setitem__ = _ignore
    append = extend = add = _ignore


class NotAllowed(pickle.UnpicklingError):
    """A file names something that is not on the list."""


class StrictUnpickler(pickle.Unpickler):
    """Find what a checkpoint is made of and refuse the rest."""

    def find_class(self, module: str, name: str) -> object:
        """See :meth:`pickle.Unpickler.find_class`.

        Raises:
            NotAllowed: It is not on the list.
        """
        module = _SAME.get(module, module)
        if (module, name) in _allowed:
            return _allowed[module, name]
        if (module, name) == ('builtins', 'getattr'):
            return _method
        if (module, name) == ('_codecs', 'encode'):
            return _encode
        if module == 'torch' and isinstance(
                getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        if name in _VALUES.get(module, ()):
            return getattr(_import(module), name)
        return self.unknown(module, name)

    def unknown(self, module: str, name: str) -> object:
        """Handle a name that is not on the list."""
        raise NotAllowed(f'{module}.{name}')


class Unpickler(StrictUnpickler):
    """Put an :class:`Inert` in place of what is not on the list."""

    def unknown(self, module: str, name: str) -> object:
        """Return :class:`Inert`; whatever is built of it is inert, too."""
        return Inert


def load(file: BinaryIO, **kwargs: Any) -> object:
    """:func:`pickle.load`, which reads torch's format before 1.6."""
    return Unpickler(file, **kwargs).load()


class Strict:
    """The ``pickle_module`` that refuses what is not on the list."""
    Unpickler = StrictUnpickler
    __name__ = f'{__name__}.Strict'

    @staticmethod
    def load(file: BinaryIO, **kwargs: Any) -> object:
        """See :func:`load`."""
        return StrictUnpickler(file, **kwargs).load()


def has_inert(value: object) -> bool:
    """Whether an :class:`Inert` is in a value or in what it holds."""
    queue, seen = collections.deque([value]), set()
    while queue:
        item = queue.popleft()
        if isinstance(item, Inert) or item is Inert:
            return True
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            queue.extend(item.keys())
            queue.extend(item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            queue.extend(item)
        elif hasattr(item, '__dict__'):
            queue.extend(vars(item).values())
    return False


def _import(module: str) -> ModuleType:
    # NumPy 2 warns of its old name, NumPy 1 does not know the new one.
    new = module.replace('numpy.core', 'numpy._core')
    try:
        return importlib.import_module(new)
    except ModuleNotFoundError:
        return importlib.import_module(module)


def _method(owner: object, name: str) -> object:
    """``getattr`` for the methods of :data:`_OWNERS` and nothing else."""
    kind = owner if isinstance(owner, type) else type(owner)
    if owner is Inert or isinstance(owner, Inert):
        return Inert
    if kind.__name__ in _OWNERS and kind.__module__.startswith(
            'mmengine.') and re.fullmatch('_?[a-z]+(_[a-z]+)*', name):
        return getattr(owner, name)
    raise NotAllowed(f'the attribute {name} of {kind.__name__}')


def _encode(text: str, encoding: str) -> bytes:
    """Rebuild bytes as old pickle protocols write them."""
    if encoding != 'latin1':
        raise NotAllowed(f'the encoding {encoding}')
    return codecs.encode(text, 'latin1')
