"""Whether a value of a config is what an annotation says."""
import types
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

_NUMBERS = (bool, int, float)


def fits(value: object, hint: Any) -> bool:
    """Whether a value of a config may be given for an annotation.

    Only what a config can hold is judged: numbers, text, dicts, lists. None
    always fits, a list fits for a tuple of its length, 0 and 1 for a bool.

    Args:
        value (object): Any value.
        hint (Any): Annotation, as ``typing.get_type_hints`` gives it.

    Example:
        >>> fits((900, 1600), tuple[int, int] | None), fits((9,), tuple[int])
        (True, True)
        >>> fits((900,), tuple[int, int]), fits('no', bool), fits(1, float)
        (False, False, True)
        >>> fits(True, dict | None)
        False
    """
    origin, inside = get_origin(hint), get_args(hint)
    if value is None or hint is type(None):
        return value is None
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in inside)
    if origin is Literal:
        return value in inside
    kind = origin or hint
    if kind in _NUMBERS:
        return _is_number(value, kind)
    if kind in (str, Path):
        return isinstance(value, (str, Path))
    if kind in (dict, Mapping):
        return isinstance(value, Mapping)
    if kind in (list, tuple, Sequence):
        return _is_sequence(value, kind, inside)
    # Of what a config cannot hold, or of anything.
    return True


def only_numbers(hint: Any) -> bool:
    """Whether an annotation allows numbers, and nothing that is text.

    Example:
        >>> only_numbers(float | None), only_numbers(bool | str)
        (True, False)
    """
    members = (
        set(get_args(hint)) -
        {type(None)} if get_origin(hint) in (Union,
                                             types.UnionType) else {hint})
    return bool(members.intersection(_NUMBERS)) and all(
        isinstance(each, type) and each not in (str, Path, object)
        for each in members)


def only_text(hint: Any) -> bool:
    """Whether an annotation allows text, and no number.

    Example:
        >>> only_text(str | None), only_text(str | int), only_text(float)
        (True, False, False)
    """
    return fits(
        '', hint) and not any(fits(number, hint) for number in (True, 0, 0.5))


def named(hint: Any) -> str:
    """An annotation in words, as ``'bool'`` or ``'dict or list[str]'``."""
    if get_origin(hint) in (Union, types.UnionType):
        return ' or '.join(
            named(each) for each in get_args(hint) if each is not type(None))
    if get_origin(hint) is None and isinstance(hint, type):
        return hint.__name__
    return str(hint).replace('typing.', '').replace('collections.abc.', '')


def _is_number(value: object, kind: type) -> bool:
    if kind is bool:
        return value in (0, 1) if isinstance(value, Real) else False
    wanted = Integral if kind is int else Real
    return isinstance(value, wanted) and not isinstance(value, bool)


def _is_sequence(value: object, kind: Any, inside: tuple) -> bool:
    if isinstance(value, (str, Mapping)):
        return False
    if not isinstance(value, Sequence):
        # An array, say.
        return not isinstance(value, Real)
    if not inside:
        return True
    if kind is tuple and inside[-1] is not Ellipsis:
        return len(value) == len(inside) and all(map(fits, value, inside))
    return all(fits(each, inside[0]) for each in value)
