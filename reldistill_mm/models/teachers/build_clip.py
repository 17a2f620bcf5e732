"""Build an open_clip model, refusing everything it only warns about."""
import open_clip
import torch
from open_clip import CLIP
from open_clip.model import _build_vision_tower

from ...errors import BadInput
from ...functional.dense_clip import tower_stride
from .clip_source import RANDOM, ClipSource, find_clip


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
        BadInput: See :func:`find_clip`; or a file does not fit the model, or
            weights cannot be downloaded.
        MissingInput: A file that does not exist.
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
        raise BadInput(
            f"The weights '{pretrained or model}' cannot be loaded into "
            f"'{model}': {error}. Give a file of this model's weights "
            '(safetensors, or a state dict that loads with weights only), a '
            f"tag that can be downloaded, or pretrained='{RANDOM}' for "
            'random weights.') from error
    return clip.eval()


def dense_stride(source: ClipSource, stride: int | None = None) -> int:
    """Pixels from one dense feature of a CLIP to the next.

    It is known from a tower without weights or memory, before any are read.

    Args:
        source (ClipSource): CLIP from :func:`find_clip`.
        stride (int, optional): Requested stride. Defaults to None, the
            tower's own.

    Raises:
        BadInput: The tower has no dense features, or not at this stride.
    """
    config = source.config
    vision = config.get('vision_cfg') or {}
    # Such a tower is not even built, since timm may want to download.
    foreign = vision.get('timm_model_name')
    if not vision or foreign:
        raise BadInput(
            f"'{source.model}' has the image tower {foreign or 'of no config'}"
            ", which has no dense features: take a model with open_clip's own "
            "ViT or ResNet, e.g. 'ViT-B-16' or 'RN50'.")
    try:
        with torch.random.fork_rng(devices=[]), torch.device('meta'):
            visual = _build_vision_tower(config['embed_dim'], vision,
                                         bool(config.get('quick_gelu')))
        return tower_stride(visual, stride)
    except (BadInput, TypeError) as error:
        raise BadInput(
            f"The CLIP '{source.model}' cannot teach: {error}") from error
