"""Read a YAML file whose values are checked one by one."""
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ...errors import BadInput, MissingInput
from ...functional.closest import closest

# YAML 1.1 takes 1e-5 for text, since it has no dot.
_SCIENTIFIC = re.compile(r'[+-]?\d+(\.\d*)?[eE][+-]?\d+')


class _NoDuplicates(yaml.SafeLoader):
    """Refuses a key that is there twice, of which YAML keeps the last."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise BadInput(f"line {node.start_mark.line + 1}: '{twice[0]}' is "
                       'there twice; keep one of them')
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_NoDuplicates.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
                              _mapping)


def read_yaml(path: Path) -> dict:
    """Read a mapping from a YAML file.

    Raises:
        MissingInput: No such file.
        BadInput: It is not YAML, not a mapping, or has a key twice.
    """
    try:
        content = yaml.load(path.read_text(), _NoDuplicates)
    except FileNotFoundError as error:
        raise MissingInput(
            f"'{path}' does not exist: write the calibration of the cameras "
            'there, as docs/own_data.md shows.') from error
    except BadInput as error:
        raise BadInput(f"'{path}', {error}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        reason = ' '.join(str(error).split())
        raise BadInput(f"'{path}' is not YAML ({reason:.200}): correct that "
                       'line; docs/own_data.md shows the format.') from error
    except OSError as error:
        raise BadInput(
            f"'{path}' cannot be read ({error.strerror}).") from error
    if not isinstance(content, dict):
        kind = 'empty' if content is None else type(content).__name__
        raise BadInput(f"'{path}' is {kind}, not a mapping with `cameras:`: "
                       'docs/own_data.md shows the format.')
    return content


def require_keys(found: Mapping, known: Collection[str], where: str) -> None:
    """Refuse keys that are not known; name the closest.

    Raises:
        BadInput: There is one.
    """
    for key in found:
        if key not in known:
            raise BadInput(f"{where} has the unknown key '{key}'"
                           f'{closest(key, known)}')


def numbers(value: Any, where: str, *shapes: tuple[int, ...]) -> np.ndarray:
    """Turn a value of a YAML file into an array of one of several shapes.

    Args:
        value (Any): Lists of numbers.
        where (str): File and key, for messages.
        shapes (tuple[int, ...]): Shapes that it may have; it is returned in
            its own.

    Returns:
        np.ndarray: float64.

    Raises:
        BadInput: It holds what is not a finite number, or is of another
            shape.
    """
    value = _as_numbers(value, where)
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f'{where} has rows of different lengths: every row '
                       'of a matrix has as many numbers.') from error
    if not np.isfinite(array).all():
        raise BadInput(f'{where} holds values that are not finite.')
    if shapes and array.shape not in shapes:
        wanted = ' or '.join(_shape(shape) for shape in shapes)
        raise BadInput(f'{where} is {_shape(array.shape)}, not {wanted}.')
    return array


def _as_numbers(value: Any, where: str) -> Any:
    if isinstance(value, list):
        return [_as_numbers(each, where) for each in value]
    if isinstance(value, str) and _SCIENTIFIC.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadInput(f'{where} holds {value!r:.60}, which is not a number'
                       f'{" (take the quotes off)" if _is_text(value) else ""}'
                       '.')
    return value


def _is_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(np.isfinite(float(value)))
    except ValueError:
        return False


def _shape(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f'a list of {shape[0]} numbers'
    if not shape:
        return 'one number'
    return 'a matrix ' + ' x '.join(map(str, shape))
