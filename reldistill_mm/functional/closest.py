"""Name what a mistyped name may have meant."""
from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: object, names: Iterable[object], count: int = 3) -> str:
    """Say which names are close to one that is not among them.

    Args:
        name (object): What was typed.
        names (Iterable[object]): The names that there are.
        count (int): Most names to say. Defaults to 3.

    Returns:
        str: The end of a sentence: ``"; did you mean 'scene-0061'?"``, some of
        the names where none is close, or only a full stop.

    Example:
        >>> closest('scene-061', ['scene-0061', 'scene-1000'], count=1)
        "; did you mean 'scene-0061'?"
        >>> closest('x', ['a', 'b'])
        "; there are 'a', 'b'."
    """
    known = sorted(map(str, names))
    lower = {each.lower(): each for each in reversed(known)}
    close = [
        lower[each]
        for each in get_close_matches(str(name).lower(), lower, count)
    ]
    if close:
        return '; did you mean ' + ', '.join(map(repr, close)) + '?'
    if not known:
        return '.'
    some = ', '.join(map(repr, known[:count]))
    more = f', ... ({len(known)})' if len(known) > count else ''
    return f'; there are {some}{more}.'
