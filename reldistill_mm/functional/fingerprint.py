"""Name things by their content."""
import hashlib
import json
from collections.abc import Callable
from typing import Any


def digest_json(value: object,
                default: Callable[[object], object] | None = None,
                separators: tuple[str, str] | None = None) -> str:
    """Compute the SHA-256 of a JSON value, whatever the order of its keys.

    Args:
        value (object): Value that JSON can hold.
        default (Callable, optional): Replaces what it cannot hold. Defaults
            to None: a TypeError.
        separators (tuple[str, str], optional): Separators of
            :func:`json.dumps`; others give another digest. Defaults to None.

    Returns:
        str: 64 hexadecimal digits.

    Raises:
        TypeError: A value that JSON cannot hold, without ``default``.

    Example:
        >>> digest_json(dict(a=1, b=2)) == digest_json(dict(b=2, a=1))
        True
    """
    text = json.dumps(
        value, sort_keys=True, default=default, separators=separators)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(**parts: Any) -> str:
    """Hash named parts, whatever their order.

    Args:
        parts (Any): Values that JSON can hold. Lists keep their order; two
            values never share a hash because they were joined differently.

    Returns:
        str: 64 hexadecimal digits (SHA-256).

    Raises:
        TypeError: A part that JSON cannot hold.

    Example:
        >>> fingerprint(words=['a', 'b']) == fingerprint(words=['ab'])
        False
    """
    # The compact form, by which the keys in exported checkpoints were made.
    return digest_json(parts, separators=(',', ':'))
