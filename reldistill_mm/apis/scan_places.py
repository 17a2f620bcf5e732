"""Where what is written of several scans goes."""
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..datasets.scans import list_scans
from ..errors import BadInput


class ScanPlace(NamedTuple):
    """A scan and its name among those of one call.

    Attributes:
        scan (Path): The file.
        name (Path): Relative path that no other scan of the call has.
    """
    scan: Path
    name: Path


def place_scans(given: Sequence[Path], out: Path) -> list[ScanPlace]:
    """List scans and name each.

    Args:
        given (Sequence[Path]): Files and folders.
        out (Path): Folder that outputs go to.

    Returns:
        list[ScanPlace]: A file by its name; those of a folder by their place
        in it, behind the folder's name where there are several of either.

    Raises:
        MissingInput: A folder without a scan, or nothing is given.
        BadInput: ``out`` lies in such a folder, or two scans would have the
            same output.
    """
    places = []
    for each in given:
        scans = list_scans(each)
        if not each.is_dir():
            places.append(ScanPlace(each, Path(each.name)))
            continue
        inner = each / 'points'
        base = inner if inner in scans[0].parents else each
        if base.resolve() in (out.resolve(), *out.resolve().parents):
            raise BadInput(f"--out '{out}' lies in '{base}', whose files are "
                           'read as scans: choose another.')
        front = Path(each.resolve().name) if len(given) > 1 else Path()
        places += [
            ScanPlace(scan, front / scan.relative_to(base)) for scan in scans
        ]
    of: dict[Path, Path] = {}
    for scan, name in places:
        other = of.setdefault(name.with_suffix(''), scan)
        if other is not scan:
            raise BadInput(f"The labels of '{other}' and '{scan}' would be "
                           'the same file: rename one, or label them in two '
                           'calls.')
    return places
