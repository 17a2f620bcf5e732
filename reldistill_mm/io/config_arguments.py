"""Hold a config's values against the classes that it gives them to."""
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from numbers import Real
from typing import Any, get_type_hints

import mmdet3d.registry
from mmengine.registry import Registry

from ..errors import BadInput
from ..functional.hints import fits, named, only_numbers, only_text

_OURS = __name__.partition('.')[0]
# They say by their defaults what they do not by annotations.
_WITHOUT_HINTS = (_OURS, 'mmcv', 'mmdet', 'mmdet3d', 'mmengine', 'torch')


def parts(value: object, name: str) -> Iterator[tuple[str, Mapping]]:
    """List the dicts within a part of a config, with their dotted names."""
    if isinstance(value, Mapping):
        yield name, value
        for key, each in value.items():
            yield from parts(each, f'{name}.{key}')
    elif isinstance(value, (list, tuple)):
        for place, each in enumerate(value):
            yield from parts(each, f'{name}.{place}')


def check_arguments(name: str, part: Mapping) -> None:
    """Check the values that a dict with a ``type`` gives to that class.

    What this package's own annotations say is held to. Of other classes it is
    only refused that text is given where they want numbers or switches.

    Args:
        name (str): Dotted name of the dict, for the message.
        part (Mapping): Any dict of a config.

    Raises:
        BadInput: A value is of another kind than the class says.
    """
    kinds = classes_of(part.get('type'))
    for key, value in part.items():
        wrong = [_wanted(kind, key, value) for kind in kinds]
        # One name may stand for several classes.
        if wrong and all(wrong):
            raise BadInput(f'{name}.{key}={value!r} is not what '
                           f'{kinds[0].__name__} takes: give it {wrong[0]}.')


def classes_of(kind: object) -> list[type]:
    """Classes that a ``type`` of a config may mean; none if unknown."""
    if isinstance(kind, type):
        return [kind]
    if not isinstance(kind, str):
        return []
    found = {
        id(known[kind]): known[kind]
        for known in _tables() if kind in known
    }
    return [each for each in found.values() if isinstance(each, type)]


@cache
def _tables() -> list[dict[str, Any]]:
    """What mmdet3d's registries and those above them hold, now and later."""
    tables = []
    for registry in vars(mmdet3d.registry).values():
        while isinstance(registry, Registry):
            tables.append(registry.module_dict)
            registry = registry.parent
    return tables


def _wanted(kind: type, key: str, value: object) -> str | None:
    """What a class wants for an argument, if the value is something else."""
    hint, ours = _arguments(kind).get(key, (Any, False))
    if ours:
        wrong = not fits(value, hint)
    else:
        wrong = (
            isinstance(value, str) and only_numbers(hint)
            or isinstance(value, Real) and only_text(hint))
    return named(hint) if wrong else None


@cache
def _arguments(kind: type) -> dict[str, tuple[Any, bool]]:
    """Arguments of a class and of those above it: annotation, and whose."""
    found = {}
    for each in reversed(kind.__mro__):
        init = vars(each).get('__init__')
        if not inspect.isfunction(init):
            continue
        try:
            hints = get_type_hints(init)
        except (NameError, TypeError, AttributeError):
            hints = {}
        package = each.__module__.partition('.')[0]
        ours = package == _OURS
        for name, given in inspect.signature(init).parameters.items():
            hint = hints.get(name, Any)
            # A default says little of a user's own class.
            if package in _WITHOUT_HINTS and hint is Any and type(
                    given.default) in (bool, int, float, str):
                hint = type(given.default)
            if given.kind not in (given.VAR_KEYWORD, given.VAR_POSITIONAL):
                found[name] = hint, ours and name in hints
    return found
