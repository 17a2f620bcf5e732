"""Make ``--cfg-options`` keep spaces and ids."""
import copy
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from mmengine.config import DictAction

from ..errors import BadInput
from ..io.option_values import option_value


def read_options_as_written() -> None:
    """Replace the parsing of mmengine's ``DictAction``.

    Its class stays, so that mmdet3d's own tools have it too.
    """
    DictAction._parse_iterable = staticmethod(option_value)
    DictAction.__call__ = _store


def _store(action: DictAction,
           parser: ArgumentParser,
           namespace: Namespace,
           values: str | Sequence[str] | None,
           option_string: str | None = None) -> None:
    """Add KEY=VALUE pairs to a dict; end with one line where there are none.
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
