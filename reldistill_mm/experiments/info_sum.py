"""Tell info files apart by what they say, not by their bytes."""
import math
from pathlib import Path
from typing import Any

import mmengine
import numpy as np

from ..functional.fingerprint import digest_json

# Written numbers seldom lie where a step ends if the steps begin here.
_STEP, _OFFSET = 1e-3, 0.31731


def info_sum(path: Path) -> str:
    """Digest of an info file, the same whatever processor wrote it.

    A pose or a box that another processor computed differs in its last bits,
    and with it the bytes of the file. Here numbers count by the step of a
    thousandth (of a metre, say) that they lie in.

    Args:
        path (Path): Info file that mmengine can read.

    Returns:
        str: Hexadecimal digest.
    """
    return digest_json(_coarse(mmengine.load(path)))


def _coarse(value: Any) -> Any:
    """Turn a value into one of JSON, each float into its step."""
    if isinstance(value, dict):
        return {str(key): _coarse(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return _coarse(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_coarse(part) for part in value]
    if isinstance(value, np.generic):
        return _coarse(value.item())
    if isinstance(value, float):
        return (math.floor(value / _STEP +
                           _OFFSET) if math.isfinite(value) else str(value))
    return value if isinstance(value, (str, int, type(None))) else str(value)
