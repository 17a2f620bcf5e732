"""Find the plugin's configs and tools, installed or in a checkout."""
import os
import sys
from pathlib import Path

from ..errors import BadInput, MissingInput


def mim_path(*parts: str) -> Path:
    """Find a file that ships beside the package.

    Args:
        parts (str): Path below ``.mim``, e.g. ``'configs', 'x.py'``.

    Returns:
        Path: The file in ``reldistill_mm/.mim`` (a wheel or an editable
        install) or, failing that, in the checkout that holds the package.

    Raises:
        MissingInput: Neither place has it.
    """
    package = Path(__file__).resolve().parents[1]
    places = [package / '.mim', package.parent]
    for place in places:
        path = place.joinpath(*parts)
        if path.exists():
            return path
    raise MissingInput(
        f"'{'/'.join(parts)}' is in none of {[str(p) for p in places]}. "
        'Reinstall the package (`pip install .`); its configs and tools are '
        'part of it.')


def config_path(name: str) -> str:
    """Find one of the plugin's configs, for ``_base_`` lines.

    mmengine's ``package::config`` notation knows a closed list of packages,
    so a downstream config inherits by
    ``_base_ = [__import__('reldistill_mm').config_path(NAME)]``.

    Args:
        name (str): Path below ``configs``.

    Returns:
        str: Absolute path of the config file.
    """
    return str(mim_path('configs', *name.split('/')))


def project_path(project: str, *parts: str) -> Path:
    """Find a path below one of the checkout's ``projects``.

    Args:
        project (str): Its folder, e.g. ``'MiniWorld'``.
        parts (str): Path below it.

    Returns:
        Path: Path in the checkout that holds the package, or in the working
        directory.

    Raises:
        MissingInput: Neither has it: the wheel holds no projects.
    """
    checkout = Path(__file__).resolve().parents[2]
    for place in (checkout, Path.cwd()):
        path = place.joinpath('projects', project, *parts)
        if path.exists():
            return path
    raise MissingInput(
        f"'projects/{project}' is not here: it is a part of the checkout, not "
        'of the installed package. Clone the repository and run from its '
        'folder.')


def use_project(project: str) -> None:
    """Make a project's own package importable.

    Args:
        project (str): See :func:`project_path`.

    Raises:
        MissingInput: See :func:`project_path`.
    """
    folder = str(project_path(project))
    if folder not in sys.path:
        sys.path.insert(0, folder)


def tiny_clip_model() -> str:
    """Name the folder of MiniWorld's CLIP in open_clip's form.

    Raises:
        MissingInput: See :func:`project_path`.
    """
    folder = project_path('MiniWorld', 'miniworld', 'tiny_clip', 'model')
    return f'local-dir:{folder}'


def cache_folder(name: str) -> Path:
    """Find the folder that keeps what can be computed again.

    Args:
        name (str): Name of a folder below ``$RELDISTILL_CACHE`` or, if that
            is not set, ``$XDG_CACHE_HOME/reldistill_mm`` or
            ``~/.cache/reldistill_mm``.

    Returns:
        Path: The folder, which need not exist.

    Raises:
        BadInput: There is no home folder.
    """
    root = os.environ.get('RELDISTILL_CACHE')
    if not root:
        base = os.environ.get('XDG_CACHE_HOME') or '~/.cache'
        root = os.path.join(base, 'reldistill_mm')
    try:
        return Path(root).expanduser() / name
    except RuntimeError as error:
        raise BadInput(
            'There is no home folder for what can be computed again: set '
            'RELDISTILL_CACHE to a folder.') from error
