"""Build an open_clip model, refusing everything it only warns about."""
import os

import open_clip
from open_clip import CLIP

from .clip_source import RANDOM, find_clip


def build_clip(model: str,
               pretrained: str | None,
               quick_gelu: bool | None = None,
               cache_dir: str | None = None) -> CLIP:
    """A CLIP model with the weights that were asked for.

    Args:
        model, pretrained, quick_gelu: As for :func:`find_clip`.
        cache_dir (str, optional): Where downloads go.

    Returns:
        CLIP: In eval mode, float32, on the CPU.

    Raises:
        BadInput: What :func:`find_clip` refuses, or a file that does not
            fit the model.
        MissingInput: A file that does not exist.
        RuntimeError: Weights that cannot be downloaded.
    """
    model, pretrained, quick_gelu = find_clip(model, pretrained, quick_gelu)
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
        # A bad file is a ValueError, a failed download a RuntimeError.
        local = os.path.isfile(pretrained or '')
        raise (ValueError if local else RuntimeError)(
            f"The weights '{pretrained or model}' cannot be loaded into "
            f"'{model}': {error}. Give a file of this model's weights "
            '(safetensors, or a state dict that loads with weights only), a '
            f"tag that can be downloaded, or pretrained='{RANDOM}' to go on "
            'without any.') from error
    return clip.eval()
