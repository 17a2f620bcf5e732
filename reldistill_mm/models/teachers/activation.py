"""What a file of CLIP weights tells of the activation it was trained with."""
import re
from pathlib import Path

import open_clip
from open_clip.factory import _find_checkpoint_in_dir

from ...errors import BadInput
from ...io.files import file_sum
from ...io.torchscript import is_torchscript
from .clip_source import RANDOM, ClipSource

# The SHA-256 of a file, or its beginning, as open_clip checks a download.
_SUM = re.compile(r'/([0-9a-f]{64})/[^/]+$|-([0-9a-f]{8})\.\w+$')
# Numbers that only OpenAI's own archives hold beside the weights.
OPENAI_MARKS = ('input_resolution', 'context_length', 'vocab_size')


def check_activation(source: ClipSource) -> None:
    """Refuse a file that is known to need the other activation.

    A published file is known by its checksum; OpenAI's archives by their
    form. What else a file holds does not tell.

    Args:
        source (ClipSource): CLIP from :func:`find_clip`.

    Raises:
        BadInput: The activations differ, or the file is TorchScript, which
            would have to run to be read.
    """
    path = weight_file(source)
    if path is None:
        return
    refuse_torchscript(path)
    chosen = bool(source.config.get('quick_gelu'))
    for name, wanted in _published(file_sum(path)):
        if wanted != chosen:
            raise BadInput(
                f"The weights '{path}' are those of {name}, which were "
                f'trained with {_name(wanted)}, but the model '
                f"'{source.model}' has {_name(chosen)}: set model.teacher."
                f'quick_gelu={wanted}.')


def weight_file(source: ClipSource) -> str | None:
    """Find the file that the weights are read from, if it is local."""
    if source.pretrained == RANDOM:
        return None
    if source.folder is not None:
        return _find_checkpoint_in_dir(source.folder)
    weights = source.pretrained or ''
    return weights if Path(weights).is_file() else None


def _name(quick_gelu: bool) -> str:
    return 'QuickGELU' if quick_gelu else 'GELU'


def _published(digest: str) -> list[tuple[str, bool]]:
    """List model and tag with this checksum, and whether QuickGELU is theirs.
    """
    found = []
    for model, tag in open_clip.list_pretrained():
        config = open_clip.get_pretrained_cfg(model, tag)
        match = _SUM.search(config.get('url') or '')
        if match and digest.startswith(match[1] or match[2]):
            found.append(
                (f"'{model}', '{tag}'", bool(config.get('quick_gelu', False))))
    return found


def refuse_torchscript(path: str) -> None:
    """Refuse a weight file that is a program, with the way to convert it."""
    if not is_torchscript(path):
        return
    raise BadInput(
        f"The weights '{path}' are a TorchScript archive, as OpenAI's .pt "
        'files are; it is a program and is not run here. If you trust it: '
        'python -c "import torch; torch.save({k: v for k, v in torch.jit.load('
        f"'{path}', 'cpu').state_dict().items() if k not in {OPENAI_MARKS}}}, "
        f"'{Path(path).with_suffix('.state.pt')}')\" and give that file, with "
        "model.teacher.quick_gelu=True for OpenAI's.")
