"""Text embeddings in small files, so that the text tower need not run."""
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ...errors import BadInput
from ...functional.fingerprint import fingerprint
from ...io.files import atomic_path

_TENSOR = 'text_weights'


def cached_text_weights(folder: Path, teacher: dict, words: Sequence[str],
                        templates: Sequence[str],
                        encode: Callable[[], Tensor]) -> Tensor:
    """Read the embeddings of words, or compute and keep them.

    There is one file per combination of model, weights and prompts. A file
    that cannot be read, or does not hold what its name says, is replaced with
    a warning; a folder that cannot be written only gives a warning, too.

    Args:
        folder (Path): Folder of the files; made when needed.
        teacher (dict): Model and weights, from :func:`clip_key`.
        words (Sequence[str]): W words.
        templates (Sequence[str]): Prompts with ``{}`` for the word.
        encode (Callable): Function that computes the (W, D) float32
            embeddings.

    Returns:
        Tensor: (W, D) float32, unit rows, on the CPU where read.
    """
    identity = dict(
        teacher=json.dumps(teacher, sort_keys=True),
        words=json.dumps(list(words)),
        templates=json.dumps(list(templates)))
    path = folder / f'{fingerprint(**identity)[:32]}.safetensors'
    found = _read(path, identity, len(words)) if path.exists() else None
    if found is None:
        found = encode()
        _write(path, found, identity)
    return found


def _read(path: Path, identity: dict[str, str], count: int) -> Tensor | None:
    """Read a file's embeddings; return None with a warning if not ours."""
    found: Tensor | None = None
    try:
        with safe_open(path, 'pt') as file:
            wrong = _differences(file.metadata() or {}, identity)
            if not wrong:
                found = file.get_tensor(_TENSOR)
    except (SafetensorError, OSError) as error:
        wrong = [f'it cannot be read ({error})']
    if found is not None and (found.ndim != 2 or len(found) != count
                              or not bool(torch.isfinite(found).all())):
        wrong = [f'it does not hold {count} finite embeddings']
    if wrong:
        warnings.warn(f"The text embeddings '{path}' are computed again: "
                      f"{', '.join(wrong)}.")
        return None
    return found


def _differences(metadata: dict[str, str], identity: dict[str,
                                                          str]) -> list[str]:
    return [
        f'its {key} are of something else' for key, value in identity.items()
        if metadata.get(key) != value
    ]


def _write(path: Path, weights: Tensor, identity: dict[str, str]) -> None:
    content = save({_TENSOR: weights.cpu().contiguous()}, identity)
    try:
        with atomic_path(path) as fresh:
            fresh.write_bytes(content)
    except (BadInput, OSError) as error:
        warnings.warn(f"The text embeddings cannot be kept in '{path.parent}' "
                      f'({error}); set $RELDISTILL_CACHE to a folder that '
                      'can be written.')
