"""Run mmdet3d's own command-line tools with the plugin registered."""
import argparse
import contextlib
import runpy
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mmdet3d
import mmengine
from mmengine.config import Config

from ..cli.command_line import one_line_errors
from ..cli.progress import track
from ..errors import BadInput
from ..io.config_file import load_config, merge_options

_MIM = Path(mmdet3d.__file__).parent / '.mim'


def run_upstream_tool(name: str) -> None:
    """Run ``mmdet3d/.mim/tools/<name>`` as the main program.

    Every flag is mmdet3d's own because the script is mmdet3d's own; those of
    :func:`_add_flags` come to them. Bad input is reported in one line.

    Args:
        name (str): File name, e.g. ``'train.py'``.

    Raises:
        SystemExit: The input is bad (2), or mmdet3d was installed without its
            tools (1).
    """
    script = _MIM / 'tools' / name
    if not script.is_file():
        sys.exit(f"mmdet3d's own tool '{script}' is missing: an editable "
                 'install has none, nor the configs that ours inherit. '
                 "Install the wheel: pip install 'mmdet3d==1.4.0'.")
    with one_line_errors(), _more_flags(), _checked_configs():
        try:
            runpy.run_path(str(script), run_name='__main__')
        except (AssertionError, RuntimeError) as error:
            frames = traceback.extract_tb(error.__traceback__)
            if frames[-1].filename != str(script):
                raise
            # The script itself objects to what was typed.
            raise BadInput(str(error)) from error


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


@contextlib.contextmanager
def _more_flags() -> Iterator[None]:
    """Give the next parser this package's flags, as changes to a config."""
    parse = argparse.ArgumentParser.parse_args

    def parse_args(parser, args=None, namespace=None):
        _set(argparse.ArgumentParser, parse_args=parse)
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

    _set(argparse.ArgumentParser, parse_args=parse_args)
    try:
        yield
    finally:
        _set(argparse.ArgumentParser, parse_args=parse)


@contextlib.contextmanager
def _checked_configs() -> Iterator[None]:
    """Read configs and merge options with errors for who typed them."""
    read, merge = Config.fromfile, Config.merge_from_dict

    def fromfile(filename, *args, **kwargs):
        _set(Config, fromfile=read, merge_from_dict=merge)
        cfg = load_config(filename)
        if 'model' not in cfg:
            raise BadInput(f"The config '{filename}' has no model: take one "
                           'of configs/, or one that inherits from them.')
        _set(Config, merge_from_dict=merge_checked)
        return cfg

    def merge_checked(cfg, options, *args, **kwargs):
        _set(Config, merge_from_dict=merge)
        merge_options(cfg, options)

    _set(Config, fromfile=fromfile)
    try:
        yield
    finally:
        _set(Config, fromfile=read, merge_from_dict=merge)


def _set(owner: type, **methods: Any) -> None:
    """Replace methods of a class."""
    for name, method in methods.items():
        setattr(owner, name, method)


@contextlib.contextmanager
def upstream_converters() -> Iterator[None]:
    """Make mmdet3d's ``tools.dataset_converters`` importable.

    They show their progress as this package does.
    """
    ours = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name == 'tools' or name.startswith('tools.')
    }
    sys.path.insert(0, str(_MIM))
    shown = mmengine.track_iter_progress
    mmengine.track_iter_progress = track
    try:
        yield
    finally:
        mmengine.track_iter_progress = shown
        sys.path.remove(str(_MIM))
        sys.modules.update(ours)
