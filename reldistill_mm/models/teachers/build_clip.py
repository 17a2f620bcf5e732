"""Build an open_clip model, refusing everything it only warns about."""
import json
import os
from difflib import get_close_matches
from pathlib import Path
from typing import Optional

import open_clip
from open_clip import CLIP
from open_clip.factory import _find_checkpoint_in_dir

RANDOM = 'random'
_LOCAL_DIR = 'local-dir:'


def register_model_file(model: str) -> str:
    """Model name of an open_clip model config (.json) given by its path."""
    path = Path(model)
    if not path.is_file():
        raise FileNotFoundError(
            f"The CLIP model config '{model}' does not exist.")
    known = open_clip.get_model_config(path.stem)
    if known is not None and known != json.loads(path.read_text()):
        raise ValueError(
            f"'{model}' would replace the CLIP model config '{path.stem}' "
            'that is known already; give the file another name.')
    open_clip.add_model_config(path)
    return path.stem


def build_clip(model: str,
               pretrained: Optional[str],
               quick_gelu: Optional[bool] = None,
               cache_dir: Optional[str] = None) -> CLIP:
    """A CLIP model with the weights that were asked for.

    Args:
        model (str): open_clip name (``'ViT-B-16-quickgelu'``),
            ``'local-dir:PATH'`` or an open_clip config file (.json).
        pretrained (str, optional): open_clip tag, a local file
            (safetensors, or a checkpoint that loads with weights only), or
            ``'random'`` for random weights. With ``local-dir:`` the
            directory holds the weights, so None.
        quick_gelu (bool, optional): Overrides the model config. Defaults to
            None.
        cache_dir (str, optional): Where downloads go.

    Returns:
        CLIP: In eval mode, float32, on the CPU.

    Raises:
        ValueError: Unknown model, no weights asked for, an unknown tag, a
            file that does not fit, or an activation that is not the tag's.
        FileNotFoundError: A file that does not exist.
        RuntimeError: Weights that cannot be downloaded.
    """
    if model.endswith('.json'):
        model = register_model_file(model)
    _check_model(model, pretrained)
    if pretrained != RANDOM and not model.startswith(_LOCAL_DIR):
        _check_weights(model, pretrained, quick_gelu)
    weights = None if pretrained == RANDOM else pretrained
    try:
        clip = open_clip.create_model(
            model,
            pretrained=weights,
            load_weights=pretrained != RANDOM,
            force_quick_gelu=bool(quick_gelu),
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


def _check_model(model: str, pretrained: Optional[str]) -> None:
    if model.startswith(_LOCAL_DIR):
        folder = Path(model[len(_LOCAL_DIR):])
        if not (folder / 'open_clip_config.json').is_file():
            raise FileNotFoundError(
                f"'{folder}' has no open_clip_config.json; it is not a "
                'folder saved by open_clip.')
        if pretrained != RANDOM and not _find_checkpoint_in_dir(folder):
            raise FileNotFoundError(
                f"'{folder}' has no weights (*.safetensors, *.bin); open_clip "
                'would go on with random ones. Copy them there, or set '
                f"pretrained='{RANDOM}'.")
        return
    if open_clip.get_model_config(model) is None:
        names = open_clip.list_models()
        close = get_close_matches(model, names, n=3, cutoff=0.3)
        raise ValueError(
            f"Unknown CLIP model '{model}'; did you mean one of {close}? "
            '`open_clip.list_models()` lists all; an open_clip model config '
            '(.json) or local-dir:FOLDER work too.')


def _check_weights(model: str, pretrained: Optional[str],
                   quick_gelu: Optional[bool]) -> None:
    if not pretrained:
        raise ValueError(
            f"No weights for the CLIP teacher '{model}'. Set pretrained to "
            f'one of {open_clip.list_pretrained_tags_by_model(model)}, to a '
            f"local file, or to '{RANDOM}' to go on with random weights.")
    if os.path.isfile(pretrained):
        return
    tag = open_clip.get_pretrained_cfg(model, pretrained)
    if not tag:
        if os.sep in pretrained or Path(pretrained).suffix:
            raise FileNotFoundError(
                f"The CLIP weights '{pretrained}' do not exist.")
        raise ValueError(
            f"'{pretrained}' is neither a file nor a tag of '{model}'; its "
            f'tags: {open_clip.list_pretrained_tags_by_model(model)}, or '
            f"'{RANDOM}'.")
    wanted = bool(tag.get('quick_gelu', False))
    config = open_clip.get_model_config(model)
    chosen = bool(quick_gelu or config.get('quick_gelu', False))
    if wanted != chosen:
        remedy = (f"take model='{model}-quickgelu' or quick_gelu=True"
                  if wanted else 'leave quick_gelu unset')
        raise ValueError(
            f"The weights '{pretrained}' were trained with "
            f"{'QuickGELU' if wanted else 'GELU'}, the model '{model}' has "
            f"{'QuickGELU' if chosen else 'GELU'}: {remedy}.")
