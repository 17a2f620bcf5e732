"""Check which CLIP is wanted before any of its weights are read."""
import json
import os
from dataclasses import asdict
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

import open_clip
from open_clip.factory import _find_checkpoint_in_dir
from open_clip.pretrained import download_pretrained_from_hf
from open_clip.transform import PreprocessCfg, merge_preprocess_dict

from ...errors import BadInput, MissingInput

RANDOM = 'random'
LOCAL_DIR = 'local-dir:'
HF_HUB = 'hf-hub:'


class ClipSource(NamedTuple):
    """A CLIP that can be built, and what is known before that.

    Attributes:
        model (str): open_clip name, ``'local-dir:FOLDER'`` or
            ``'hf-hub:NAME'``.
        pretrained (str, optional): Tag, local file or 'random'; ignored for
            a local folder unless it is 'random'.
        quick_gelu (bool): Force QuickGELU.
    """
    model: str
    pretrained: str | None
    quick_gelu: bool

    @property
    def folder(self) -> Path | None:
        """The folder that holds config and weights, if there is one."""
        if self.model.startswith(HF_HUB):
            return _hub_folder(self.model)
        if not self.model.startswith(LOCAL_DIR):
            return None
        return Path(self.model[len(LOCAL_DIR):])

    @property
    def config(self) -> dict:
        """open_clip's model config."""
        config = (
            open_clip.get_model_config(self.model) if self.folder is None else
            _local_config(self.folder)['model_cfg'])
        return {**config, 'quick_gelu': True} if self.quick_gelu else config

    @property
    def preprocess(self) -> dict:
        """open_clip's preprocessing config: mean, std and more."""
        if self.folder is not None:
            found = _local_config(self.folder).get('preprocess_cfg', {})
        else:
            found = open_clip.get_pretrained_cfg(self.model, self.pretrained
                                                 or '')
        return merge_preprocess_dict(asdict(PreprocessCfg()), found or {})


@cache
def _hub_folder(model: str) -> Path:
    """Folder of a hub's snapshot (in ``HF_HOME``); downloads the config."""
    try:
        return Path(
            download_pretrained_from_hf(model[len(HF_HUB):],
                                        'open_clip_config.json')).parent
    except Exception as error:
        # Of the hub, files and sockets: they agree on no class.
        said = (str(error).strip().splitlines() or [repr(error)])[0]
        raise BadInput(
            f"The CLIP '{model}' cannot be read from the hub ({said}): "
            'correct its name, or download its files where there is a network '
            f"and set model.teacher.model='{LOCAL_DIR}FOLDER'.") from error


def _local_config(folder: Path) -> dict:
    path = folder / 'open_clip_config.json'
    try:
        config = json.loads(path.read_text())
        config['model_cfg']['embed_dim']
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"'{path}' is not a model config that open_clip "
                       f'has saved ({error!r}).') from error
    return config


def register_model_file(model: str) -> str:
    """Register an open_clip model config (.json); return its model name."""
    path = Path(model)
    if not path.is_file():
        raise MissingInput(f"The CLIP model config '{model}' does not exist.")
    known = open_clip.get_model_config(path.stem)
    if known is not None and known != json.loads(path.read_text()):
        raise BadInput(
            f"'{model}' would replace the CLIP model config '{path.stem}' "
            'that is already known; give the file another name.')
    open_clip.add_model_config(path)
    return path.stem


def find_clip(model: str,
              pretrained: str | None,
              quick_gelu: bool | None = None) -> ClipSource:
    """Check a CLIP by name and weights without loading it.

    Args:
        model (str): open_clip name (``'ViT-B-16-quickgelu'``),
            ``'local-dir:PATH'``, ``'hf-hub:NAME'`` or an open_clip config
            file (.json).
        pretrained (str, optional): open_clip tag, a local file
            (safetensors, or a checkpoint that loads with weights only), or
            ``'random'`` for random weights. With ``local-dir:`` and
            ``hf-hub:`` the folder holds the weights: None, and a tag, which a
            config may inherit, counts for nothing.
        quick_gelu (bool, optional): Override of the model config; must be
            given with a file, unless the config says it. Defaults to None.

    Returns:
        ClipSource: Source for :func:`build_clip`.

    Raises:
        BadInput: Unknown model, no weights given, an unknown tag, an
            activation that is not the tag's, a file without one, or a file
            beside a folder that has weights.
        MissingInput: A file that does not exist.
    """
    if not isinstance(model, str):
        raise BadInput(f'model={model!r} of the teacher is not the name of an '
                       "open_clip model ('ViT-B-16-quickgelu', say).")
    if model.endswith('.json'):
        model = register_model_file(model)
    source = ClipSource(model, pretrained, bool(quick_gelu))
    _check_model(model, pretrained)
    if source.folder is not None and pretrained != RANDOM:
        if pretrained and os.path.isfile(pretrained):
            raise BadInput(
                f"The CLIP '{model}' has weights of its own, and open_clip "
                f"would leave out pretrained='{pretrained}': put that file "
                'into the folder in place of them, or set '
                'model.teacher.pretrained=None.')
        # A tag that a config has inherited names other weights.
        source = source._replace(pretrained=None)
    if quick_gelu is False and source.config.get('quick_gelu'):
        raise BadInput(
            f"quick_gelu=False, but the config of '{model}' has QuickGELU and "
            'would keep it: take a model config without, or leave quick_gelu '
            'unset.')
    if pretrained != RANDOM and source.folder is None:
        _check_weights(model, pretrained, quick_gelu)
    return source


def _check_model(model: str, pretrained: str | None) -> None:
    if model.startswith(LOCAL_DIR):
        folder = Path(model[len(LOCAL_DIR):])
        if not (folder / 'open_clip_config.json').is_file():
            raise MissingInput(
                f"'{folder}' has no open_clip_config.json; it is not a "
                'folder saved by open_clip.')
        if pretrained != RANDOM and not _find_checkpoint_in_dir(folder):
            raise MissingInput(
                f"'{folder}' has no weights (*.safetensors, *.bin); open_clip "
                'would use random ones. Copy them there, or set '
                f"pretrained='{RANDOM}'.")
        return
    if model.startswith(HF_HUB):
        _local_config(_hub_folder(model))
        return
    if open_clip.get_model_config(model) is None:
        names = open_clip.list_models()
        close = get_close_matches(model, names, n=3, cutoff=0.3)
        raise BadInput(
            f"Unknown CLIP model '{model}'; did you mean one of {close}? "
            '`open_clip.list_models()` lists all; an open_clip model config '
            '(.json) or local-dir:FOLDER work too.')


def _check_weights(model: str, pretrained: str | None,
                   quick_gelu: bool | None) -> None:
    if not pretrained:
        raise BadInput(
            f"No weights for the CLIP teacher '{model}'. Set pretrained to "
            f'one of {open_clip.list_pretrained_tags_by_model(model)}, to a '
            f"local file, or to '{RANDOM}' for random weights.")
    if os.path.isfile(pretrained):
        _check_said(model, pretrained, quick_gelu)
        return
    tag = open_clip.get_pretrained_cfg(model, pretrained)
    if not tag:
        if os.sep in pretrained or Path(pretrained).suffix:
            raise MissingInput(
                f"The CLIP weights '{pretrained}' do not exist.")
        raise BadInput(
            f"'{pretrained}' is neither a file nor a tag of '{model}'; its "
            f'tags: {open_clip.list_pretrained_tags_by_model(model)}, or '
            f"'{RANDOM}'.")
    wanted = bool(tag.get('quick_gelu', False))
    config = open_clip.get_model_config(model)
    chosen = bool(quick_gelu or config.get('quick_gelu', False))
    if wanted != chosen:
        remedy = (f"take model='{model}-quickgelu' or quick_gelu=True"
                  if wanted else 'leave quick_gelu unset')
        raise BadInput(
            f"The weights '{pretrained}' were trained with "
            f"{'QuickGELU' if wanted else 'GELU'}, the model '{model}' has "
            f"{'QuickGELU' if chosen else 'GELU'}: {remedy}.")


def _check_said(model: str, path: str, quick_gelu: bool | None) -> None:
    """Ask for a file's activation, which no file says by itself."""
    if quick_gelu is None and 'quick_gelu' not in open_clip.get_model_config(
            model):
        raise BadInput(
            f"The weights '{path}' do not say with which activation they were "
            f"trained, nor does the config of '{model}': set model.teacher."
            "quick_gelu=True (OpenAI's, MetaCLIP's and DFN's weights) or "
            "False (most of LAION's, DataComp's and your own).")
