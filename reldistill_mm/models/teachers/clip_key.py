"""Identify the CLIP that a config names without building it."""
import json
from pathlib import Path

import open_clip
from open_clip.factory import _find_checkpoint_in_dir

from ...errors import BadInput, MissingInput
from ...io.weights_sum import weights_sum
from .clip_source import HF_HUB, RANDOM, ClipSource


def clip_key(model: str,
             pretrained: str | None = None,
             quick_gelu: bool | None = None) -> dict:
    """Return what decides a CLIP, image tower and text tower.

    Weights in files are identified by their tensors, wherever they lie and in
    whichever format; those of a tag by the tag.

    Args:
        model, pretrained, quick_gelu: See :func:`find_clip`.

    Returns:
        dict: JSON values.

    Raises:
        BadInput: The weights are random, and no other process has them.
        MissingInput: A file that does not exist.
    """
    if pretrained == RANDOM:
        raise BadInput(
            f"A teacher with pretrained='{RANDOM}' differs in every "
            'process, so its features cannot be cached. Save its weights '
            'once (`safetensors.torch.save_model(teacher.clip, FILE)`) and '
            'set pretrained=FILE.')
    folder = ClipSource(model, pretrained, bool(quick_gelu)).folder
    if folder is not None:
        # open_clip reads the folder's weights, whatever else is named.
        config, name = folder / 'open_clip_config.json', 'local-dir'
        weights = _find_checkpoint_in_dir(folder)
        if model.startswith(HF_HUB):
            # Its weights may not be here yet; a snapshot is named by content.
            name, weights = model, f'{model}@{folder.name}'
    else:
        config, name = Path(model), Path(model).stem
        weights = pretrained
        if not model.endswith('.json'):
            config, name = None, model
    if config is not None and not config.is_file():
        raise MissingInput(f"The CLIP model config '{config}' does not exist.")
    architecture = (
        open_clip.get_model_config(model)
        if config is None else json.loads(config.read_text()))
    if weights and Path(weights).is_file():
        weights = f'sha256:{weights_sum(weights)}'
    return dict(
        model=name,
        architecture=architecture,
        weights=str(weights),
        quick_gelu=bool(quick_gelu))


def clip_space(source: ClipSource) -> dict:
    """Return what decides the space of a CLIP's features and words.

    That is less than :func:`clip_key`: the same weights in a folder and in a
    file, with QuickGELU by name and by argument, are one CLIP here.

    Args:
        source (ClipSource): What :func:`find_clip` has found.

    Returns:
        dict: JSON values.
    """
    known = source.pretrained != RANDOM
    # A folder holds its own weights.
    given = source.pretrained if known and source.folder is None else None
    key = clip_key(source.model, given)
    architecture = dict(source.config)
    return dict(
        # open_clip takes tags in either spelling.
        weights=key['weights'].lower().replace('-', '_') if known else RANDOM,
        quick_gelu=bool(architecture.pop('quick_gelu', False)),
        architecture=architecture)
