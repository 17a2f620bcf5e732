"""Check a timm model's name before anything is built."""
from difflib import get_close_matches

import timm
from timm.models import get_pretrained_cfg, split_model_name_tag

from ...errors import BadInput


def find_timm(model: str, pretrained: str | None) -> None:
    """Refuse a name that timm does not know, or one without weights.

    Args:
        model (str): timm name, with a tag after a point or without.
        pretrained (str, optional): None where the tag's weights are wanted.

    Raises:
        BadInput: The message gives the closest names or the tags.
    """
    name, tag = split_model_name_tag(model)
    if not timm.is_model(name):
        close = get_close_matches(name, timm.list_models(), 3, .3)
        raise BadInput(
            f"Unknown timm model '{model}' (model.teacher.model); did you "
            f'mean one of {close}? `timm.list_models()` lists all.')
    if pretrained is not None:
        return
    tags = timm.list_pretrained(f'{name}.*')
    if model not in tags if tag else not tags:
        raise BadInput(
            f"timm has no weights for '{model}'; it has {tags or 'none'}: set "
            "model.teacher.pretrained to a local file, or to 'random'.")


def full_name(model: str) -> str:
    """Name a model with the tag that timm takes where none is given."""
    name, tag = split_model_name_tag(model)
    found = None if tag else get_pretrained_cfg(name)
    return f'{name}.{found.tag}' if found and found.tag else model
