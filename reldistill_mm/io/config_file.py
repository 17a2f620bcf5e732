"""Read a config that a person names."""
from pathlib import Path
from typing import Optional, Union

from mmengine.config import Config

_ENDS = ('.py', '.json', '.yaml', '.yml')


def read_config(path: Union[str, Path],
                options: Optional[dict] = None) -> Config:
    """mmengine's ``Config.fromfile``, with errors for who typed the name.

    Args:
        path (str | Path): The config.
        options (dict, optional): Changes of it, as of ``--cfg-options``.

    Returns:
        Config: With the changes.

    Raises:
        FileNotFoundError: No such file.
        ValueError: It is no config, or has no place for a change.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"The config '{path}' does not exist; those of this package lie "
            'in configs/, e.g. configs/reldistill_nus.py.')
    if path.suffix not in _ENDS:
        raise ValueError(f"'{path}' is no config: its name ends on none of "
                         f'{list(_ENDS)}.')
    try:
        cfg = Config.fromfile(path)
    except SyntaxError as error:
        raise ValueError(f"The config '{path}' is not valid Python "
                         f'({error}).') from error
    try:
        cfg.merge_from_dict(options or {})
    except (KeyError, TypeError, AssertionError) as error:
        raise ValueError(f"'{path}' has no place for --cfg-options {options}: "
                         f'{error}') from error
    return cfg
