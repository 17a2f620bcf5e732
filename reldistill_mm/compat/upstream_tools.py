"""Run mmdet3d's own command-line tools with the plugin registered."""
import contextlib
import os
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
from .upstream_arguments import more_flags, upstream_script

_MIM = Path(mmdet3d.__file__).parent / '.mim'


def run_upstream_tool(name: str) -> None:
    """Run ``mmdet3d/.mim/tools/<name>`` as the main program.

    Every flag is mmdet3d's own because the script is mmdet3d's own; those of
    :func:`.more_flags` come to them. Bad input is reported in one line.

    Args:
        name (str): File name, e.g. ``'train.py'``.

    Raises:
        SystemExit: The input is bad (2), or mmdet3d was installed without its
            tools (1).
    """
    script = upstream_script(name)
    with one_line_errors(), more_flags(), _checked_configs():
        try:
            runpy.run_path(str(script), run_name='__main__')
        except (AssertionError, RuntimeError) as error:
            frames = traceback.extract_tb(error.__traceback__)
            if frames[-1].filename != str(script):
                raise
            # The script itself objects to what was typed.
            raise BadInput(str(error)) from error


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


@contextlib.contextmanager
def working_directory(folder: str) -> Iterator[None]:
    """``contextlib.chdir``, which Python 3.10 does not have."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
