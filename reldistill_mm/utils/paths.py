"""Where the plugin's configs and tools lie, installed or in a checkout."""
import os
from pathlib import Path


def mim_path(*parts: str) -> Path:
    """Path of a file that ships beside the package.

    Args:
        parts (str): Path below ``.mim``, e.g. ``'configs', 'x.py'``.

    Returns:
        Path: The file in ``reldistill_mm/.mim`` (a wheel or an editable
        install) or, failing that, in the checkout that holds the package.

    Raises:
        FileNotFoundError: Neither place has it.
    """
    package = Path(__file__).resolve().parents[1]
    places = [package / '.mim', package.parent]
    for place in places:
        path = place.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(
        f"'{'/'.join(parts)}' is in none of {[str(p) for p in places]}. "
        'Reinstall the package (`pip install .`); its configs and tools are '
        'part of it.')


def config_path(name: str) -> str:
    """Absolute path of one of the plugin's configs, for ``_base_`` lines.

    mmengine's ``package::config`` notation knows a closed list of packages,
    so a downstream config inherits by
    ``_base_ = [__import__('reldistill_mm').config_path(NAME)]``.

    Args:
        name (str): Path below ``configs``.

    Returns:
        str: Absolute path of the config file.
    """
    return str(mim_path('configs', *name.split('/')))


def tiny_clip_model() -> str:
    """The CLIP that ships for MiniWorld, as open_clip names a folder."""
    folder = Path(__file__).resolve().parents[1]
    return f"local-dir:{folder / 'miniworld' / 'tiny_clip' / 'model'}"


def cache_folder(name: str) -> Path:
    """Where what can be computed again is kept between runs.

    Args:
        name (str): Of a folder below ``$RELDISTILL_CACHE``, or, where that
            is not set, ``$XDG_CACHE_HOME/reldistill_mm`` or
            ``~/.cache/reldistill_mm``.

    Returns:
        Path: The folder, which need not exist.
    """
    root = os.environ.get('RELDISTILL_CACHE')
    if not root:
        base = os.environ.get('XDG_CACHE_HOME') or '~/.cache'
        root = os.path.join(base, 'reldistill_mm')
    return Path(root).expanduser() / name
