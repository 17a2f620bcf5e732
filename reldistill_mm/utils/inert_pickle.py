"""A ``pickle_module`` for ``torch.load`` that runs nothing of the file's.

mmengine's checkpoints hold objects beside the weights (histories of the log,
NumPy arrays), which ``torch.load(weights_only=True)`` refuses and a plain
``torch.load`` calls any function for. Here tensors and plain values come out
whole, and every other object as an :class:`Inert` that stands for it.
"""
import pickle
from typing import BinaryIO

# All that a state dict is made of; none of them does more than build one.
_ALLOWED = {
    ('collections', 'OrderedDict'),
    ('torch._utils', '_rebuild_parameter'),
    ('torch._utils', '_rebuild_tensor'),
    ('torch._utils', '_rebuild_tensor_v2'),
}


class Inert:
    """What stands for an object that was not built."""

    def __new__(cls, *args: object, **kwargs: object) -> 'Inert':
        """Whatever the object was made of is dropped."""
        return object.__new__(cls)

    def _ignore(self, *args: object) -> 'Inert':
        return self

    __call__ = __setstate__ = __setitem__ = _ignore
    append = extend = add = _ignore


class Unpickler(pickle.Unpickler):
    """Finds what a state dict is made of, and :class:`Inert` for the rest."""

    def find_class(self, module: str, name: str) -> object:
        """See :meth:`pickle.Unpickler.find_class`."""
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        return Inert


def load(file: BinaryIO, **kwargs: object) -> object:
    """As :func:`pickle.load`; torch's format before 1.6 is read by it."""
    return Unpickler(file, **kwargs).load()
