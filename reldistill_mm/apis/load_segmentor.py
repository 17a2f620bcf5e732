"""A trained model from its config, or from an exported folder."""
from pathlib import Path
from typing import Optional, Union

from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint

from ..models import ZeroShotSegmentor

EXPORTED = 'zero_shot'


def load_segmentor(model: Union[str, Path, Config],
                   checkpoint: Optional[Union[str, Path]] = None,
                   device: str = 'cpu',
                   options: Optional[dict] = None) -> ZeroShotSegmentor:
    """Build a model and load its checkpoint, every tensor of it.

    Args:
        model (str | Path | Config): A config, its file, or a folder that
            ``tools/export_zero_shot.py`` has written.
        checkpoint (str | Path, optional): Not needed with such a folder.
        device (str): Defaults to 'cpu'.
        options (dict, optional): Changes of the config, as for mmengine's
            ``merge_from_dict``.

    Returns:
        ZeroShotSegmentor: In eval mode, with the config as ``cfg``.

    Raises:
        FileNotFoundError: No such config or checkpoint.
        ValueError: No checkpoint named, or one of another model.
    """
    if not isinstance(model, Config):
        model = Path(model)
        if model.is_dir():
            checkpoint = checkpoint or model / f'{EXPORTED}.pth'
            model = model / f'{EXPORTED}.py'
        if not model.is_file():
            raise FileNotFoundError(f"The config '{model}' does not exist.")
        model = Config.fromfile(model)
    model.merge_from_dict(options or {})
    if checkpoint is None:
        raise ValueError('A config needs a checkpoint (--checkpoint); only a '
                         'folder of tools/export_zero_shot.py has its own.')
    if not Path(checkpoint).is_file():
        raise FileNotFoundError(
            f"The checkpoint '{checkpoint}' does not exist.")
    init_default_scope(model.get('default_scope', 'mmdet3d'))
    built = MODELS.build(model.model)
    try:
        load_checkpoint(
            built, str(checkpoint), map_location='cpu', strict=True)
    except RuntimeError as error:
        reason = ' '.join(str(error).split())
        raise ValueError(f"'{checkpoint}' is not a checkpoint of this config: "
                         f'{reason}') from error
    built.cfg = model
    return built.to(device).eval()
