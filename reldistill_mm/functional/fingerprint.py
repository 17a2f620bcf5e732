"""Name things by their content."""
import hashlib
import json
from typing import Any


def fingerprint(**parts: Any) -> str:
    """Hash of named parts, whatever their order.

    Args:
        parts (Any): What JSON can hold. Lists keep their order; two values
            never share a hash because they were joined differently.

    Returns:
        str: 64 hexadecimal digits (SHA-256).

    Example:
        >>> fingerprint(words=['a', 'b']) == fingerprint(words=['ab'])
        False
    """
    text = json.dumps(parts, sort_keys=True, separators=(',', ':'))
    return hashlib.sha256(text.encode()).hexdigest()
