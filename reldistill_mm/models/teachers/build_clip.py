"""Build an open_clip model, refusing everything it only warns about."""
from textwrap import shorten

import open_clip
import torch
from open_clip import CLIP
from open_clip.model import _build_vision_tower

from ...errors import BadInput
from ...functional.dense_clip import tower_stride
from ...io.checkpoint import read_state_dict
from .activation import check_activation, weight_file
from .clip_source import RANDOM, ClipSource, find_clip

_LONGEST = 120


def build_clip(model: str,
               pretrained: str | None,
               quick_gelu: bool | None = None,
               cache_dir: str | None = None) -> CLIP:
    """Build a CLIP model with the requested weights.

    Args:
        model, pretrained, quick_gelu: See :func:`find_clip`.
        cache_dir (str, optional): Folder for downloads.

    Returns:
        CLIP: Model in eval mode, float32, on the CPU.

    Raises:
        BadInput: See :func:`find_clip`; a file does not fit the model or
            is known to have another activation, or weights cannot be
            downloaded.
        MissingInput: A file that does not exist.
    """
    source = find_clip(model, pretrained, quick_gelu)
    check_activation(source)
    _refuse_quantised(weight_file(source))
    model, pretrained, quick_gelu = source
    weights = None if pretrained == RANDOM else pretrained
    try:
        clip = open_clip.create_model(
            model,
            pretrained=weights,
            load_weights=pretrained != RANDOM,
            force_quick_gelu=quick_gelu,
            cache_dir=cache_dir,
            pretrained_text=False)
    except Exception as error:
        # Of a bad file or a failed download: open_clip agrees on none.
        raise BadInput(
            f"The weights '{pretrained or model}' cannot be loaded into "
            f"'{model}': {_reason(error)}. Give a file of this model's "
            'weights (safetensors, or a state dict that loads with weights '
            f"only), a tag that can be downloaded, or pretrained='{RANDOM}' "
            'for random weights.') from error
    return clip.eval()


def _reason(error: Exception) -> str:
    """What happened, without torch's advice on how to run a file's code."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = lines[0].partition('. ')[0].rstrip('.:')
    if lines[0].startswith('Error(s) in loading') and lines[1:]:
        # What is missing or unknown follows, name after name.
        line += f': {shorten(lines[1], _LONGEST, placeholder=" ...")}'
    return line


def _refuse_quantised(path: str | None) -> None:
    """Integers would be taken for the numbers that they stand for."""
    try:
        state = read_state_dict(path) if path else {}
    except BadInput:
        # Of another format, which open_clip reads or refuses.
        return
    for name, tensor in state.items():
        if tensor.dtype in (torch.int8, torch.uint8):
            raise BadInput(
                f"The weights '{path}' are quantised: the tensor '{name}' is "
                f'of {tensor.dtype}. Give those of full precision.')


def dense_stride(source: ClipSource,
                 stride: int | None = None,
                 path: str = 'maskclip') -> int:
    """Pixels from one dense feature of a CLIP to the next.

    It is known from a tower without weights or memory, before any are read.

    Args:
        source (ClipSource): CLIP from :func:`find_clip`.
        stride (int, optional): Requested stride. Defaults to None, the
            tower's own.
        path (str): See :func:`reldistill_mm.functional.dense_features`.

    Raises:
        BadInput: The tower has no dense features, or not at this stride or by
            this path.
    """
    config = source.config
    # Its weights come with the CLIP's; timm would download others.
    vision = dict(config.get('vision_cfg') or {}, timm_model_pretrained=False)
    try:
        with torch.random.fork_rng(devices=[]), torch.device('meta'):
            visual = _build_vision_tower(config['embed_dim'], vision,
                                         bool(config.get('quick_gelu')))
        return tower_stride(visual, stride, path)
    except (BadInput, TypeError, RuntimeError) as error:
        raise BadInput(
            f"The CLIP '{source.model}' cannot teach: {error}") from error
