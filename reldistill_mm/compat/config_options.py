"""Make ``--cfg-options`` keep spaces and ids."""
from mmengine.config import DictAction

from ..cli.config_options import store_options
from ..io.option_values import option_value


def read_options_as_written() -> None:
    """Replace the parsing of mmengine's ``DictAction``.

    Its class stays, so that mmdet3d's own tools have it too.
    """
    DictAction._parse_iterable = staticmethod(option_value)
    DictAction.__call__ = store_options
