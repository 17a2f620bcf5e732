"""A trained model from its config, or from an exported folder."""
from pathlib import Path

from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..errors import BadInput
from ..io.checkpoint import load_weights
from ..io.config_check import check_config
from ..io.config_file import merge_options, read_config
from ..io.named_inputs import require_checkpoint
from ..models import ZeroShotSegmentor
from ..models.teachers.teacher_mark import require_teacher

EXPORTED = 'zero_shot'


def load_segmentor(model: str | Path | Config,
                   checkpoint: str | Path | None = None,
                   device: str = 'cpu',
                   options: dict | None = None) -> ZeroShotSegmentor:
    """Build a model and load every tensor of its checkpoint.

    Args:
        model (str | Path | Config): A config, its file, or a folder that
            ``tools/export_zero_shot.py`` has written.
        checkpoint (str | Path, optional): Not needed with such a folder.
        device (str): Defaults to 'cpu'.
        options (dict, optional): Changes to the config, as for mmengine's
            ``merge_from_dict``.

    Returns:
        ZeroShotSegmentor: Model in eval mode, with the config as ``cfg``.

    Raises:
        MissingInput: No such config or checkpoint.
        BadInput: A config that cannot be read, no checkpoint given, or
            one that is damaged, of another model or of another teacher's
            student; a model without words.
    """
    if not isinstance(model, Config):
        model = Path(model)
        if model.is_dir():
            checkpoint = checkpoint or model / f'{EXPORTED}.pth'
            model = model / f'{EXPORTED}.py'
        model = read_config(model, options)
    else:
        merge_options(model, options or {})
        check_config(model)
    if checkpoint is None:
        raise BadInput('A config needs a checkpoint (--checkpoint); only a '
                       'folder of tools/export_zero_shot.py has its own.')
    require_checkpoint(checkpoint)
    init_default_scope(model.get('default_scope', 'mmdet3d'))
    built = MODELS.build(model.model) if 'model' in model else None
    if not isinstance(built, ZeroShotSegmentor):
        raise BadInput(
            f"'{model.filename}' has no zero-shot model, but "
            f'{type(built).__name__}; take the config that the student was '
            'distilled with (configs/reldistill_*.py), or an exported one.')
    if built.zero_shot_head is None:
        raise BadInput(
            f"The model of '{model.filename}' has no words "
            '(zero_shot_head=None), so that it labels no points: fine-tune or '
            'probe its backbone (configs/downstream).')
    partly = model.get('allow_partial', False)
    meta = load_weights(built, checkpoint, model.get('checkpoint_key'), partly)
    # The teacher that embeds new words of an exported model counts, too.
    built.taught_by = None if partly else meta.get('teacher')
    if built.teacher is not None and built.taught_by is not None:
        require_teacher(built.taught_by, model.model.teacher, str(checkpoint))
    built.cfg = model
    return built.to(device).eval()
