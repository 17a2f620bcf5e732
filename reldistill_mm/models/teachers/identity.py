"""Which teacher a config names, told without building it."""
import json
from pathlib import Path

import open_clip
from open_clip.factory import _find_checkpoint_in_dir

from ...errors import BadInput
from ...io.files import file_sum
from .clip_source import LOCAL_DIR, RANDOM


def teacher_identity(model: str,
                     pretrained: str = None,
                     quick_gelu: bool = None,
                     stride: int = None,
                     **_) -> dict:
    """What decides the features of an :class:`OpenCLIPTeacher`.

    Weights in files are known by their content, wherever they lie; those of
    a tag by the tag.

    Args:
        model, pretrained, quick_gelu, stride: As for
            :class:`OpenCLIPTeacher`; its other arguments decide nothing.

    Returns:
        dict: JSON values.

    Raises:
        BadInput: Random weights, which no other process has.
        MissingInput: A file that does not exist.
    """
    if pretrained == RANDOM:
        raise BadInput(
            f"A teacher with pretrained='{RANDOM}' is another one in every "
            'process, so its features cannot be cached. Save its weights '
            'once (`safetensors.torch.save_model(teacher.clip, FILE)`) and '
            'set pretrained=FILE.')
    if model.startswith(LOCAL_DIR):
        folder = Path(model[len(LOCAL_DIR):])
        config, name = folder / 'open_clip_config.json', 'local-dir'
        weights = pretrained or _find_checkpoint_in_dir(folder)
    else:
        config, name = Path(model), Path(model).stem
        weights = pretrained
        if not model.endswith('.json'):
            config, name = None, model
    architecture = (
        open_clip.get_model_config(model)
        if config is None else json.loads(config.read_text()))
    if weights and Path(weights).is_file():
        weights = f'sha256:{file_sum(weights)}'
    return dict(
        model=name,
        architecture=architecture,
        weights=str(weights),
        quick_gelu=bool(quick_gelu),
        stride=stride)
