"""Read a config that a person names."""
from pathlib import Path

from mmengine.config import Config

from ..errors import BadInput, MissingInput

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
        BadInput: It is not a config, or has no place for a change.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInput(
            f"The config '{path}' does not exist; those of this package lie "
            'in configs/, e.g. configs/reldistill_nus.py.')
    if path.suffix not in _ENDS:
        raise BadInput(f"'{path}' is not a config: its name must end in one "
                       f'of {list(_ENDS)}.')
    try:
        cfg = Config.fromfile(path)
    except SyntaxError as error:
        raise BadInput(f"The config '{path}' is not valid Python "
                       f'({error}).') from error
    except (BadInput, OSError):
        raise
    except Exception as error:
        # It is a program, which may fail in any way.
        raise BadInput(f"The config '{path}' cannot be read "
                       f'({type(error).__name__}: {error}).') from error
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
    try:
        cfg.merge_from_dict(options)
    except (KeyError, TypeError, AssertionError) as error:
        raise BadInput(f"'{cfg.filename}' has no place for --cfg-options "
                       f'{options}: {error}') from error
