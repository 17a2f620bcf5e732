"""Files and folders that a command line names, checked before anything else.

This module imports nothing that takes time, so that a tool can answer at once.
"""
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadInput, MissingInput
from .files import require_file_place

SCANS = ('.bin', '.npy', '.pcd', '.ply')
CONFIGS = ('.py', '.json', '.yaml', '.yml')
INFOS = ('.pkl', '.pickle', '.json', '.yaml', '.yml')
# What the folder of a data set should be.
NUSCENES_ROOT = "give nuScenes' as --root-path"
KITTI_ROOT = '--root-path must be the folder that holds sequences/'
RECORDING_ROOT = ('give the one that holds points/, images/ and '
                  'calibration.yaml')
_COMPRESSED = ('.gz', '.bz2', '.xz', '.zst', '.zip')


def require_config(path: str | Path) -> Path:
    """Refuse what cannot be a config by its name.

    Args:
        path (str | Path): The config.

    Returns:
        Path: The same.

    Raises:
        MissingInput: No such file.
        BadInput: A folder, or a file of another kind.
    """
    path = Path(path)
    if path.is_dir():
        raise BadInput(f"'{path}' is a folder: name one config in it.")
    if not path.is_file():
        raise MissingInput(
            f"The config '{path}' does not exist; those of this package lie "
            'in configs/, e.g. configs/reldistill_nus.py.')
    if path.suffix not in CONFIGS:
        raise BadInput(f"'{path}' is not a config: its name must end in one "
                       f'of {list(CONFIGS)}.')
    return path


def require_checkpoint(path: str | Path) -> Path:
    """Refuse a checkpoint that is not there.

    Args:
        path (str | Path): A file.

    Returns:
        Path: The file; ``~`` is the home folder.

    Raises:
        MissingInput: No such file.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise MissingInput(f"The checkpoint '{path}' does not exist.")
    return path


def require_scan(path: str | Path) -> Path:
    """Refuse what cannot be a scan by its name.

    Args:
        path (str | Path): A file.

    Returns:
        Path: The same.

    Raises:
        MissingInput: No such file.
        BadInput: A folder, or a file of another kind.
    """
    path = Path(path)
    if path.suffix.lower() in _COMPRESSED:
        raise BadInput(f"'{path}' is compressed: unpack it first.")
    if path.suffix.lower() not in SCANS:
        raise BadInput(f"'{path}' has none of the extensions {list(SCANS)}.")
    if path.is_file():
        return path
    if path.is_dir():
        raise BadInput(f"'{path}' is a folder: name one scan in it.")
    if path.is_symlink():
        raise MissingInput(f"The scan '{path}' is a link to "
                           f"'{os.readlink(path)}', which does not exist.")
    raise MissingInput(f"The scan '{path}' does not exist.")


def list_scans(path: str | Path) -> list[Path]:
    """List the scans of a folder and of the folders in it.

    Args:
        path (str | Path): A folder; only its ``points`` is looked through if
            it has that (a recording, docs/own_data.md). A file is itself.

    Returns:
        list[Path]: Files, sorted; hidden ones are left out.

    Raises:
        MissingInput: The folder holds none.
    """
    path = Path(path)
    if not path.is_dir():
        # The reader says what is wrong with it.
        return [path]
    folder = path / 'points' if (path / 'points').is_dir() else path
    found = sorted(
        Path(place, name) for place, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(SCANS) and not name.startswith('.'))
    if not found:
        raise MissingInput(f"'{path}' holds no scan ({', '.join(SCANS)}).")
    return found


def require_infos(paths: Sequence[str | Path], kind: str, remedy: str) -> None:
    """Refuse info files that are not there, or of another kind by name.

    Args:
        paths (Sequence[str | Path]): The files.
        kind (str): What they should be, for messages.
        remedy (str): A sentence on how to make one.

    Raises:
        MissingInput: No such file.
        BadInput: A file of another kind.
    """
    for path in map(Path, paths):
        if path.suffix not in INFOS:
            raise BadInput(f"'{path}' is not {kind}: its name must end in one "
                           f'of {list(INFOS)}.')
        if not path.exists():
            raise MissingInput(
                f"The info file '{path}' does not exist. {remedy}")


def require_root(root: str | Path, remedy: str) -> Path:
    """Refuse a folder of data that is not there.

    Args:
        root (str | Path): The folder.
        remedy (str): What it should be, e.g. 'give the one that holds x/'.

    Returns:
        Path: The same.

    Raises:
        MissingInput: No such folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise MissingInput(f"The folder '{root}' does not exist: {remedy}.")
    return root


def require_page(path: Path, option: str) -> None:
    """Check that a page can be written to a path that looks like one.

    Raises:
        BadInput: The name does not end in ``.html``: it may be that of a scan.
    """
    require_file_place(path, option)
    if path.suffix != '.html':
        raise BadInput(f"{option} '{path}' is to be a page: name a file that "
                       'ends in .html.')
