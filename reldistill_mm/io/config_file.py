"""Read a config that a person names."""
from difflib import get_close_matches
from pathlib import Path

from mmengine.config import Config

from ..errors import BadInput, MissingInput

# Keys that a Runner reads though a config need not have them.
_RUNNER = ('auto_scale_lr', 'cfg', 'compile', 'custom_hooks', 'custom_imports',
           'data_preprocessor', 'default_hooks', 'default_scope', 'env_cfg',
           'experiment_name', 'launcher', 'load_from', 'log_level',
           'log_processor', 'model', 'optim_wrapper', 'param_scheduler',
           'randomness', 'resume', 'runner_type', 'starts',
           'teacher_cache_root', 'test_cfg', 'test_dataloader',
           'test_evaluator', 'text_teacher', 'tta_model', 'tta_pipeline',
           'train_cfg', 'train_dataloader', 'val_cfg', 'val_dataloader',
           'val_evaluator', 'vis_backends', 'visualizer', 'work_dir')
_ENDS = ('.py', '.json', '.yaml', '.yml')


def read_config(path: str | Path, options: dict | None = None) -> Config:
    """Read a config as mmengine does, with errors for who typed its name.

    Args:
        path (str | Path): The config.
        options (dict, optional): Changes to it, as by ``--cfg-options``.

    Returns:
        Config: The config with the changes.

    Raises:
        MissingInput: No such file.
        BadInput: It is not a config, fails, or has no place for a change.
    """
    path = Path(path)
    if path.is_dir():
        raise BadInput(f"'{path}' is a folder: name one config in it.")
    if not path.is_file():
        raise MissingInput(
            f"The config '{path}' does not exist; those of this package lie "
            'in configs/, e.g. configs/reldistill_nus.py.')
    if path.suffix not in _ENDS:
        raise BadInput(f"'{path}' is not a config: its name must end in one "
                       f'of {list(_ENDS)}.')
    try:
        cfg = Config.fromfile(path)
    except (BadInput, MissingInput):
        raise
    except SyntaxError as error:
        raise BadInput(f"The config '{path}' is not valid Python "
                       f'({error}).') from error
    except Exception as error:
        # It is a program, which may fail in any way.
        raise BadInput(f"The config '{path}' cannot be read "
                       f'({type(error).__name__}: '
                       f"{' '.join(str(error).split())}).") from error
    merge_options(cfg, options or {})
    return cfg


def merge_options(cfg: Config, options: dict) -> None:
    """Change a config as ``--cfg-options`` does.

    Args:
        cfg (Config): Config to change.
        options (dict): Dotted names to values.

    Raises:
        BadInput: It has no place for a change.
    """
    for key in options:
        _check_known(cfg, key)
    try:
        cfg.merge_from_dict(options)
    except (KeyError, TypeError, AssertionError) as error:
        raise BadInput(f"'{cfg.filename}' has no place for --cfg-options "
                       f'{options}: {error}') from error


def _check_known(cfg: Config, key: str) -> None:
    """Refuse a mistyped first part of a key, which would change nothing."""
    first = key.split('.')[0]
    if first in cfg or first in _RUNNER:
        return
    close = get_close_matches(first, [*cfg, *_RUNNER], n=1, cutoff=0.8)
    if close:
        raise BadInput(f"--cfg-options {key}: '{cfg.filename}' has no "
                       f"'{first}'; did you mean '{close[0]}'?")
