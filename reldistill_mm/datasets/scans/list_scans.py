"""Find the scans of a folder."""
import os
from pathlib import Path

from ...errors import MissingInput
from .read_scan import EXTENSIONS


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
        if name.lower().endswith(EXTENSIONS) and not name.startswith('.'))
    if not found:
        raise MissingInput(f"'{path}' holds no scan "
                           f'({", ".join(EXTENSIONS)}).')
    return found
