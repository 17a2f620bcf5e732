"""Say where two nested dicts differ."""
from collections.abc import Iterable, Iterator, Mapping


def differences(first: Mapping,
                second: Mapping,
                names: tuple[str, str],
                keys: Iterable[str] | None = None,
                prefix: str = '') -> Iterator[str]:
    """List each value that differs, by its path and both values.

    Args:
        first, second (Mapping): JSON values.
        names (tuple[str, str]): What to call the two.
        keys (Iterable[str], optional): Keys to compare at the top. Defaults
            to None, all.
        prefix (str): Path of the dicts. Defaults to ''.

    Example:
        >>> list(differences(dict(a=dict(b=1)), dict(a=dict(b=2)),
        ...                  ('old', 'new')))
        ['a.b: old 1, new 2']
    """
    for key in dict.fromkeys([*second, *first]) if keys is None else keys:
        one, other = first.get(key), second.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from differences(one, other, names, prefix=f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}: {names[0]} {one}, {names[1]} {other}'
