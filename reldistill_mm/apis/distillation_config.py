"""Read a config that names a teacher and its pairs."""
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..errors import BadInput
from ..io.config_file import read_config


def distillation_config(path: str | Path,
                        options: dict | None = None) -> Config:
    """Read a config of this package's distillation and enter its scope.

    Args:
        path (str | Path): The config.
        options (dict, optional): Changes to it, as by ``--cfg-options``.

    Returns:
        Config: The config, with ``model.teacher`` and ``paired_pipeline``.

    Raises:
        MissingInput: No such file.
        BadInput: A config of something else, or none.
    """
    cfg = read_config(path, options)
    if 'paired_pipeline' not in cfg or 'teacher' not in cfg.get('model', {}):
        raise BadInput(
            f"'{path}' is not a distillation config: it needs model.teacher "
            'and paired_pipeline, as configs/reldistill_*.py and their '
            'children have them.')
    init_default_scope(cfg.get('default_scope', 'mmdet3d'))
    return cfg
