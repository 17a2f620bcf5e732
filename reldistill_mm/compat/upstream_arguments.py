"""Check what was typed for mmdet3d's own tools before mmdet3d is imported.

This module imports nothing but Python's library: mmdet3d's parser is taken out
of the source of its tool.
"""
import argparse
import ast
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..cli.config_options import ConfigOptions
from ..errors import MissingInput
from ..io.named_inputs import require_checkpoint, require_config

_PARSE = 'parse_args'
_RANK = 'LOCAL_RANK'


def upstream_script(name: str) -> Path:
    """Find one of mmdet3d's own tools.

    Args:
        name (str): File name, e.g. ``'train.py'``.

    Returns:
        Path: The script in the installed wheel.

    Raises:
        MissingInput: mmdet3d is not installed.
        SystemExit: It was installed without its tools.
    """
    spec = find_spec('mmdet3d')
    if spec is None or spec.origin is None:
        raise MissingInput(
            "mmdet3d is not installed: pip install 'mmdet3d==1.4.0', or make "
            'env in the checkout.')
    script = Path(spec.origin).parent / '.mim' / 'tools' / name
    if not script.is_file():
        sys.exit(f"mmdet3d's own tool '{script}' is missing: an editable "
                 'install has none, nor the configs that ours inherit. '
                 "Install the wheel: pip install 'mmdet3d==1.4.0'.")
    return script


def check_upstream_arguments(name: str) -> None:
    """Read the command line as one of mmdet3d's tools will, and check it.

    ``--help`` and mistyped options end the process here.

    Args:
        name (str): ``'train.py'`` or ``'test.py'``.

    Raises:
        MissingInput, BadInput: The config or the checkpoint cannot be one.
    """
    parse_args = _parser_of(upstream_script(name))
    if parse_args is None:
        return
    known = _RANK in os.environ
    with more_flags():
        found = parse_args()
    # The tool itself calls it again, and it sets the rank that was typed.
    if not known:
        os.environ.pop(_RANK, None)
    require_config(found.config)
    checkpoint = getattr(found, 'checkpoint', None)
    # mmengine reads addresses of many kinds.
    if checkpoint is not None and ':' not in checkpoint:
        require_checkpoint(checkpoint)


def _parser_of(script: Path) -> Callable | None:
    """Function ``parse_args`` of a tool, if it can stand alone."""
    tree = ast.parse(script.read_text())
    functions = [
        node for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == 'parse_args'
    ]
    names: dict[str, Any] = dict(
        argparse=argparse, os=os, DictAction=ConfigOptions)
    used = {
        node.id
        for part in functions
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    own = {'parser', 'args', 'str', 'int', 'float'}
    if len(functions) != 1 or not used <= {*names, *own}:
        return None
    module = ast.Module(body=list(functions), type_ignores=[])
    exec(compile(module, str(script), 'exec'), names)
    return names['parse_args']


@contextlib.contextmanager
def more_flags() -> Iterator[None]:
    """Give the next parser this package's flags, as changes to a config."""
    parse = argparse.ArgumentParser.parse_args

    def parse_args(parser, args=None, namespace=None):
        _set_parse_args(parse)
        _add_flags(parser)
        found = parse(parser, args, namespace)
        options = {}
        if found.checkpoint_key is not None:
            options['checkpoint_key'] = found.checkpoint_key
        if found.allow_partial:
            options['allow_partial'] = True
        if options:
            found.cfg_options = {**(found.cfg_options or {}), **options}
        return found

    _set_parse_args(parse_args)
    try:
        yield
    finally:
        _set_parse_args(parse)


def _set_parse_args(method: Callable) -> None:
    # Types know no method that is replaced.
    setattr(argparse.ArgumentParser, _PARSE, method)


def _add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--checkpoint-key',
        metavar='KEY',
        help='entry of the checkpoint that holds the weights, e.g. '
        'state_dict_ema (the same as checkpoint_key=KEY in the config)')
    parser.add_argument(
        '--allow-partial',
        action='store_true',
        help='go on with random numbers for what the checkpoint lacks (the '
        'same as allow_partial=True in the config)')
