"""A ``pickle_module`` for ``torch.load`` that runs no code of the file.

mmengine's checkpoints hold objects beside the weights (histories of the log,
NumPy arrays, a scheduler's function). Plain ``torch.load`` calls any function
that a file names; with ``weights_only=True`` it refuses even mmengine's own
files, and before torch 2.5 its list could not be extended. Here the same
narrow list (:mod:`.pickle_values`) is allowed on every torch, and whatever
else a file names is either refused (:class:`StrictUnpickler`) or replaced by
an :class:`Inert` (:class:`Unpickler`).

A list of names is not enough: pickle's BUILD sets attributes of whatever it is
given, classes of this process among them. It is therefore Python's own
unpickler that reads, and BUILD is done only where the object's kind and its
new state are known to be harmless.
"""
import collections
import io
import pickle
from collections.abc import Callable
from typing import Any, BinaryIO

import torch

from .pickle_values import (NotAllowed, Unwritable, check_state, make_value,
                            quick_value)

__all__ = [
    'Inert', 'NotAllowed', 'Strict', 'StrictUnpickler', 'Unpickler',
    'allow_in_checkpoints', 'has_inert', 'load', 'load_values'
]

_allowed: dict[tuple[str, str], Any] = {}


def allow_in_checkpoints(*objects: Callable) -> None:
    """Let checkpoints name classes or functions of your own.

    Args:
        objects (Callable): Classes or functions. Calling them with any
            arguments, and setting any attribute of their instances, must do
            no harm: a checkpoint from a stranger may name them, too.
    """
    for item in objects:
        _allowed[item.__module__, item.__qualname__] = item


class Inert:
    """Stand-in for an object that was not built."""

    def __new__(cls, *args: object, **kwargs: object) -> 'Inert':
        """Drop whatever the object was made of."""
        return object.__new__(cls)

    def _ignore(self, *args: object) -> 'Inert':
        return self

    __call__ = __setstate__ = __setitem__ = _ignore
    append = extend = add = _ignore


# The same in Python, of which typeshed knows neither stack nor steps.
_InPython: Any = pickle._Unpickler


class StrictUnpickler(_InPython):
    """Build what a checkpoint is made of and refuse everything else."""

    dispatch = dict(_InPython.dispatch)

    def find_class(self, module: str, name: str) -> object:
        """See :meth:`pickle.Unpickler.find_class`.

        Raises:
            NotAllowed: It is not on the list.
        """
        if (module, name) in _allowed:
            return _allowed[module, name]
        if module == 'torch' and isinstance(
                getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        found = make_value(module, name)
        return self.unknown(module, name) if found is None else found

    def unknown(self, module: str, name: str) -> object:
        """Decide what becomes of a name that is not on the list."""
        raise NotAllowed(f'{module}.{name}')

    def load_build(self) -> None:
        """Set the state of an object whose kind and state are harmless."""
        target, state = self.stack[-2], self.stack[-1]
        own = {item for item in _allowed.values() if isinstance(item, type)}
        if not isinstance(target, Inert) and type(target) not in own:
            check_state(target, state)
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build


class Unpickler(StrictUnpickler):
    """Put an :class:`Inert` in place of what is not on the list."""

    def find_class(self, module: str, name: str) -> object:
        """See :class:`StrictUnpickler`; what it refuses to do is inert."""
        found = super().find_class(module, name)
        if not isinstance(found, Unwritable):
            return found

        def attempt(*args: object) -> object:
            try:
                return found(*args)
            except NotAllowed:
                return Inert()

        # OneCycle's class is known by what it is, and only referred to.
        return Unwritable(attempt) if found.does else found

    def unknown(self, module: str, name: str) -> object:
        """Whatever is built of it is inert, too."""
        return Inert

    def load_build(self) -> None:
        """See :class:`StrictUnpickler`; what it refuses becomes inert."""
        try:
            super().load_build()
        except NotAllowed:
            self.stack[-2:] = [Inert()]

    dispatch = dict(StrictUnpickler.dispatch)
    dispatch[pickle.BUILD[0]] = load_build


def load(file: BinaryIO, **kwargs: Any) -> object:
    """Load as :func:`pickle.load`; torch's format before 1.6 needs it."""
    return Unpickler(file, **kwargs).load()


class Strict:
    """The ``pickle_module`` that refuses what is not on the list."""
    Unpickler = StrictUnpickler
    __name__ = f'{__name__}.Strict'

    @staticmethod
    def load(file: BinaryIO, **kwargs: Any) -> object:
        """Load as :func:`load`."""
        return StrictUnpickler(file, **kwargs).load()


class _QuickUnpickler(pickle.Unpickler):
    """In C, for plain values alone, whose classes cannot be written to."""

    def find_class(self, module: str, name: str) -> object:
        found = quick_value(module, name)
        if found is None:
            raise NotAllowed(f'{module}.{name}')
        return found


def load_values(content: bytes, **kwargs: Any) -> object:
    """Unpickle values and arrays, as info files hold them.

    Args:
        content (bytes): The file. One of 28 000 keyframes without arrays takes
            seconds; with arrays it is read by the slower way.
        kwargs: As for :func:`pickle.loads`.

    Raises:
        NotAllowed: It names anything else.
        pickle.UnpicklingError: It is cut off or damaged.
    """
    try:
        try:
            return _QuickUnpickler(io.BytesIO(content), **kwargs).load()
        except NotAllowed:
            return StrictUnpickler(io.BytesIO(content), **kwargs).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:
        # Damage makes pickle stumble over anything.
        raise pickle.UnpicklingError(
            f'{type(error).__name__}: {error}') from error


def has_inert(value: object) -> bool:
    """Tell whether an :class:`Inert` is in a value or in what it holds."""
    queue: collections.deque[object] = collections.deque([value])
    seen: set[int] = set()
    while queue:
        item = queue.popleft()
        if isinstance(item, (Inert, Unwritable)) or item is Inert:
            return True
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            queue.extend(item.keys())
            queue.extend(item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            queue.extend(item)
        elif hasattr(item, '__dict__') and not isinstance(item, torch.Tensor):
            queue.extend(vars(item).values())
    return False
