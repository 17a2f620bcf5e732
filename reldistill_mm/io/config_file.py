"""Read a config that a person names."""
import logging
from difflib import get_close_matches
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log

from ..errors import BadInput, MissingInput
from .config_arguments import parts
from .config_check import READ, check_config
from .named_inputs import require_config

# Keys that a run or a tool reads though a config need not have them.
_READ = (*READ, 'allow_partial', 'backend_args', 'cfg', 'checkpoint_key',
         'custom_imports', 'default_scope', 'experiment_name', 'launcher',
         'load_from', 'log_level', 'resume', 'runner_type', 'starts',
         'sync_bn', 'teacher_cache_backend_args', 'teacher_cache_root',
         'watch', 'work_dir')
_SHOWN = 3


def read_config(path: str | Path, options: dict | None = None) -> Config:
    """Read a config as mmengine does, with errors for who typed its name.

    Args:
        path (str | Path): The config.
        options (dict, optional): Changes to it, as by ``--cfg-options``.

    Returns:
        Config: The config with the changes.

    Raises:
        MissingInput: No such file.
        BadInput: It is not a config, fails, has no place for a change, or
            cannot be right (:func:`check_config`).
    """
    cfg = load_config(path)
    merge_options(cfg, options or {})
    check_config(cfg)
    return cfg


def load_config(path: str | Path) -> Config:
    """Read a config that is changed and checked as a whole later."""
    path = require_config(path)
    try:
        return Config.fromfile(path)
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
    """Refuse a key whose first part is mistyped, or read no longer."""
    first = key.split('.')[0]
    own = (cfg.get('model') or {}).get('data_preprocessor')
    if first in _READ and not (first == 'data_preprocessor' and own):
        return
    if first in cfg:
        _say_variable(cfg, key, first)
        return
    close = get_close_matches(first, [*cfg, *_READ], n=1, cutoff=0.8)
    if close:
        raise BadInput(f"--cfg-options {key}: '{cfg.filename}' has no "
                       f"'{first}'; did you mean '{close[0]}'?")


def _say_variable(cfg: Config, key: str, first: str) -> None:
    """A config's own variable has been used when options are merged."""
    places = [
        f'{name}.{first}' for part in READ
        for name, each in parts(cfg.get(part), part) if first in each
    ]
    text = (f"--cfg-options {key}: '{first}' is a variable of "
            f"'{cfg.filename}', which has been used before options are read")
    if places:
        raise BadInput(f'{text}: set {", ".join(places[:_SHOWN])} instead.')
    print_log(
        f'{text}: this option changes nothing, unless code of yours reads it.',
        logger='current',
        level=logging.WARNING)
