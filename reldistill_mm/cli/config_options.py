"""``--cfg-options`` of the tools, read as written."""
import copy
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence

from ..errors import BadInput
from ..io.option_values import option_value


def store_options(action: Action,
                  parser: ArgumentParser,
                  namespace: Namespace,
                  values: str | Sequence[str] | None,
                  option_string: str | None = None) -> None:
    """Add KEY=VALUE pairs to a dict; end with one line where there are none.

    Args:
        action (Action): Action of argparse whose ``dest`` is the dict.
        parser (ArgumentParser): Its parser.
        namespace (Namespace): What has been read.
        values (str | Sequence[str]): One pair or several.
        option_string (str, optional): Option as it was typed.
    """
    options = copy.copy(getattr(namespace, action.dest, None) or {})
    pairs = [values] if isinstance(values, str) else values or ()
    for pair in pairs:
        key, equals, text = pair.partition('=')
        if not equals or not key.strip():
            parser.error(f"{option_string} takes KEY=VALUE, not '{pair}': "
                         'quote values with spaces, as in '
                         f'{option_string} "model.a.b=[police car,bus]"')
        try:
            options[key.strip()] = option_value(text)
        except BadInput as error:
            parser.error(f'{option_string} {key.strip()}: {error}')
    setattr(namespace, action.dest, options)


class ConfigOptions(Action):
    """mmengine's ``DictAction`` without an import of mmengine."""

    __call__ = store_options


def add_config_options(parser: ArgumentParser,
                       told: str = 'changes of the config, key=value') -> None:
    """Add ``--cfg-options`` to a tool.

    Args:
        parser (ArgumentParser): The tool's parser.
        told (str): What its help says. Defaults to what most tools say.
    """
    parser.add_argument(
        '--cfg-options', nargs='+', action=ConfigOptions, help=told)
