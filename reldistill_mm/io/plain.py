"""Convert values to what comes back from a JSON file."""
import math
from typing import Any


def plain(value: object) -> Any:
    """Express a value in JSON's types: dicts, lists, strings, numbers, null.

    Args:
        value (object): Value that may hold mmengine's ConfigDict, named
            tuples (which become dicts), tuples (which become lists), keys
            that are not strings and floats that are not finite (which become
            None). Anything else is returned as it is.
    """
    if isinstance(value, tuple) and hasattr(value, '_asdict'):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
