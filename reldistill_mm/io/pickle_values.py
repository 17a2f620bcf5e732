"""What a checkpoint or an info file may be built of.

Every name leads to a function of ours that checks its arguments, or to a type
that cannot be written to. No class of this process that has attributes is ever
handed out.
"""
import codecs
import collections
import importlib
import pathlib
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

_NUMBERS = re.compile(r'[<>|=]?([?bBhHiIlLqQefdgFDG]|[biufc]\d{1,2}|'
                      r'[SU]\d{0,9}|[mM]8(\[\w{1,8}\])?)')
# What numpy writes of a dtype: no subarray, no names, no fields, and of the
# flags none that says that elements are objects or pointers.
_NO_OBJECTS = 0x17


class NotAllowed(pickle.UnpicklingError):
    """A file names something that is not on the list."""


class Unwritable:
    """Stand-in for a function or class: callable, without attributes.

    Args:
        call (Callable, optional): What it does. Defaults to None, nothing:
            another function knows it.
    """
    __slots__ = ('_call', )
    _call: Callable | None

    def __init__(self, call: Callable | None = None) -> None:
        object.__setattr__(self, '_call', call)

    @property
    def does(self) -> bool:
        """Whether there is a function to call."""
        return self._call is not None

    def __call__(self, *args: Any) -> Any:
        """Call the function."""
        if self._call is None:
            raise NotAllowed('a call of what can only be referred to')
        return self._call(*args)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse."""
        raise NotAllowed(f'a change of {name}')

    __setstate__ = __setattr__


def _dtype(code: object, *_: object) -> np.dtype:
    if not isinstance(code, str) or not _NUMBERS.fullmatch(code):
        raise NotAllowed(f'the dtype {code!r}')
    # A copy: numpy has one instance of each for everybody.
    return np.dtype(code, False, True)


def _plain_dtype(dtype: object) -> np.dtype:
    if not isinstance(dtype, np.dtype) or dtype.hasobject or (
            dtype.fields is not None or dtype.subdtype is not None):
        raise NotAllowed(f'an array of {dtype!r}')
    return dtype


def _scalar(dtype: object, content: object) -> object:
    dtype = _plain_dtype(dtype)
    if not isinstance(content, bytes) or len(content) != dtype.itemsize:
        raise NotAllowed('a number of another size than its type')
    return np.frombuffer(content, dtype)[0]


def _empty_array(*_: object) -> np.ndarray:
    return np.ndarray.__new__(np.ndarray, (0, ), 'b')


def _from_buffer(content: Any, dtype: object, shape: tuple,
                 order: Any) -> np.ndarray:
    values = np.frombuffer(bytes(content), _plain_dtype(dtype))
    return values.reshape(shape, order=order).copy(order)


def _encode(text: str, encoding: str = 'latin1') -> bytes:
    """Encode bytes as old pickle protocols write them."""
    if encoding != 'latin1':
        raise NotAllowed(f'the encoding {encoding}')
    return codecs.encode(text, 'latin1')


def _path(*parts: str) -> pathlib.PurePosixPath:
    return pathlib.PurePosixPath(*parts)


def _parameter(data: Any, requires_grad: bool, _: object = None) -> Any:
    return torch.nn.Parameter(data, bool(requires_grad))


def _history_class() -> type:
    from mmengine.logging import HistoryBuffer

    class _History(HistoryBuffer):
        """A history that takes arrays and a length of a file, and no more."""

        def __setstate__(self, state: dict) -> None:
            values = [
                np.asarray(state[name], np.float64)
                for name in ('_log_history', '_count_history')
            ]
            self.__init__(  # type: ignore[misc]
                values[0], values[1], int(state['max_length']))

        def __reduce__(self) -> tuple:
            return HistoryBuffer, (self._log_history, self._count_history,
                                   self.max_length)

    return _History


# Referred to, never handed out.
_HISTORY = Unwritable()
_ONE_CYCLE = Unwritable()
_CURVES = ('_annealing_cos', '_annealing_linear')


def _method(owner: object, name: str) -> object:
    """Stand in for ``getattr``: the curves of a OneCycle schedule alone."""
    if owner is _ONE_CYCLE and name in _CURVES:
        from mmengine.optim.scheduler.param_scheduler import \
            OneCycleParamScheduler
        return getattr(OneCycleParamScheduler, name)
    if (isinstance(owner, type) and owner.__name__ == '_History'
            and re.fullmatch('[a-z]+', name)):
        # A history's statistics, which it has anyhow.
        return _HISTORY
    raise NotAllowed(f'the attribute {name} of {owner!r}')


def _torch(name: str) -> Callable:
    return getattr(importlib.import_module('torch._utils'), name)


def _config_dict(*args: Any) -> dict:
    from mmengine.config import ConfigDict
    return ConfigDict(*args)


_made: dict[tuple[str, str], object] = {}
# Types in C, which refuse attributes.
_TYPES: dict[tuple[str, str], type] = {
    ('builtins', 'complex'): complex,
    ('builtins', 'frozenset'): frozenset,
    ('builtins', 'range'): range,
    ('builtins', 'set'): set,
    ('builtins', 'slice'): slice,
    ('collections', 'OrderedDict'): collections.OrderedDict,
    ('collections', 'defaultdict'): collections.defaultdict,
    ('collections', 'deque'): collections.deque,
}
_FUNCTIONS: dict[tuple[str, str], Callable] = {
    ('_codecs', 'encode'):
    _encode,
    ('builtins', 'bytearray'):
    lambda content=b'', *_: bytearray(
        content if isinstance(content, bytes) else _encode(content)),
    ('builtins', 'getattr'):
    _method,
    ('collections', 'Counter'):
    lambda *args: collections.Counter(*args),
    ('mmengine.config.config', 'ConfigDict'):
    _config_dict,
    ('numpy', 'dtype'):
    _dtype,
    ('numpy.core.multiarray', '_reconstruct'):
    _empty_array,
    ('numpy.core.multiarray', 'scalar'):
    _scalar,
    ('numpy.core.numeric', '_frombuffer'):
    _from_buffer,
    ('pathlib', 'PosixPath'):
    _path,
    ('pathlib', 'PurePosixPath'):
    _path,
    ('torch', 'Size'):
    lambda *args: torch.Size(*args),
    ('torch', 'device'):
    lambda *args: torch.device(*args),
    ('torch._utils', '_rebuild_parameter'):
    _parameter,
    ('torch._utils', '_rebuild_tensor'):
    lambda *args: _torch('_rebuild_tensor')(*args),
    ('torch._utils', '_rebuild_tensor_v2'):
    lambda *args: _torch('_rebuild_tensor_v2')(*args[:6]),
    ('torch.serialization', '_get_layout'):
    lambda name: torch.serialization._get_layout(name),
}


def _canonical(module: str) -> str:
    """Map Python 2's name, which torch's protocol writes, and NumPy 2's."""
    return module.replace('__builtin__',
                          'builtins').replace('numpy._core', 'numpy.core')


def quick_value(module: str, name: str) -> object | None:
    """What the unpickler in C may be given; None if not on the list.

    Args:
        module (str): Module, as the file names it.
        name (str): Name in the module, as the file names it.
    """
    return _TYPES.get((_canonical(module), name))


def make_value(module: str, name: str) -> object | None:
    """What Python's unpickler may be given; None if not on the list.

    Args:
        module (str): Module, as the file names it.
        name (str): Name in the module, as the file names it.
    """
    key = (_canonical(module), name)
    if key in _TYPES:
        return _TYPES[key]
    if key not in _made:
        if key == ('mmengine.logging.history_buffer', 'HistoryBuffer'):
            _made[key] = _history_class()
        elif key == ('numpy', 'ndarray'):
            _made[key] = Unwritable()
        elif key[1] == 'OneCycleParamScheduler' and key[0].startswith(
                'mmengine.optim.scheduler'):
            _made[key] = _ONE_CYCLE
        elif key in _FUNCTIONS:
            _made[key] = Unwritable(_FUNCTIONS[key])
        else:
            return None
    return _made[key]


def check_state(target: object, state: Any) -> None:
    """Refuse a state that an object of a file must not be given.

    Args:
        target (object): Object that BUILD is about to change.
        state (object): State that the object would have.

    Raises:
        NotAllowed: The object's kind is not known to be harmless, or the
            state is not what such an object writes.
    """
    if isinstance(target, np.dtype):
        right = _is_dtype_state(target, state)
    elif type(target) is np.ndarray:
        right = (
            isinstance(state, tuple) and len(state) == 5
            and isinstance(state[4], bytes)
            and _plain_dtype(state[2]) is not None)
    elif type(target) is collections.OrderedDict:
        # The metadata of a state dict.
        right = isinstance(state, dict) and set(state) <= {'_metadata'}
    else:
        right = type(target).__name__ == '_History' and isinstance(state, dict)
    if not right:
        raise NotAllowed(f'a state of {type(target).__name__}')


def _is_dtype_state(target: np.dtype, state: Any) -> bool:
    length = 9 if target.kind in 'mM' else 8
    if not (isinstance(state, tuple) and len(state) == length
            and state[2:5] == (None, None, None)):
        return False
    size, flags = state[5], state[7]
    if not isinstance(flags, int) or flags & _NO_OBJECTS:
        return False
    if target.kind in 'SU':
        unit = 4 if target.kind == 'U' else 1
        return isinstance(size, int) and 0 <= size and size % unit == 0
    return size == -1
