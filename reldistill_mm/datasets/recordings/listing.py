"""The clouds and images of a recording, and when they were taken."""
import re
from pathlib import Path
from typing import NamedTuple

from ...errors import BadInput, MissingInput
from ...io.files import require_content
from ..scans import EXTENSIONS

IMAGES = '.jpg', '.jpeg', '.png'
TIMES = 'timestamps.txt'
# Seconds, milli-, micro- and nanoseconds since 1970 at the end of a name.
_TIME = re.compile(r'(?<!\d)(\d{10}\.\d+|\d{10}|\d{13}|\d{16}|\d{19})$')
_UNITS = {10: 1., 13: 1e-3, 16: 1e-6, 19: 1e-9}
# Seconds since 1970 in the year 5138: larger numbers are of another unit.
_LATEST = 1e11


class Files(NamedTuple):
    """Files of one sensor.

    Attributes:
        paths (dict[str, Path]): Name without ending to the file, in the order
            of the names.
        times (dict[str, float]): Seconds of each; empty if none are known.
    """
    paths: dict[str, Path]
    times: dict[str, float]


def list_clouds(folder: Path) -> Files:
    """List the clouds of a recording.

    Raises:
        MissingInput: There are none.
        BadInput: Two of one name, an empty one, or times that do not fit.
    """
    return _list(folder, EXTENSIONS, 'clouds')


def list_images(folder: Path) -> Files:
    """List the images of one camera; raises as :func:`list_clouds`."""
    return _list(folder, IMAGES, 'images')


def _list(folder: Path, endings: tuple[str, ...], what: str) -> Files:
    if not folder.is_dir():
        raise MissingInput(f"The folder '{folder}' does not exist: put the "
                           f'{what} there ({", ".join(endings)}).')
    paths: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith('.') or path.suffix.lower() not in endings:
            continue
        if path.stem in paths:
            raise BadInput(f"'{paths[path.stem]}' and '{path.name}' have one "
                           'name: keep one of the two.')
        require_content(path, 'scan' if what == 'clouds' else 'image')
        paths[path.stem] = path
    if not paths:
        raise MissingInput(f"'{folder}' holds no {what} "
                           f'({", ".join(endings)}).')
    return Files(paths, _times(folder / TIMES, list(paths)))


def _times(path: Path, stems: list[str]) -> dict[str, float]:
    if not path.is_file():
        return _times_of_names(stems)
    times = {}
    for number, row in read_rows(path):
        name = Path(row[0]).stem if row[0] not in stems else row[0]
        if len(row) != 2 or name in times:
            raise BadInput(f"'{path}', line {number}: each line is the name "
                           'of one file and its seconds, 000000 12.35.')
        times[name] = as_float(row[1], f"'{path}', line {number}")
        if times[name] > _LATEST:
            raise BadInput(f"'{path}', line {number}: {row[1]} is not in "
                           'seconds, but in milli-, micro- or nanoseconds: '
                           'write seconds (1700000000.123).')
    missing = [stem for stem in stems if stem not in times]
    if missing:
        raise BadInput(f"'{path}' has no time for '{missing[0]}' and "
                       f'{len(missing) - 1} others of {len(stems)}: give one '
                       'for every file, or remove it.')
    return {stem: times[stem] for stem in stems}


def _times_of_names(stems: list[str]) -> dict[str, float]:
    times = {}
    for stem in stems:
        found = _TIME.search(stem)
        if found is None:
            return {}
        digits = found[1]
        times[stem] = float(
            digits) if '.' in digits else int(digits) * _UNITS[len(digits)]
    return times


def read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Read the words of every line, with its number.

    Words are parted by spaces or commas; what follows # is left out.

    Raises:
        BadInput: It is not text.
    """
    try:
        lines = path.read_text().splitlines()
    except (UnicodeDecodeError, OSError) as error:
        raise BadInput(
            f"'{path}' cannot be read as text ({error}).") from error
    rows = [(number, line.partition('#')[0].replace(',', ' ').split())
            for number, line in enumerate(lines, 1)]
    return [(number, row) for number, row in rows if row]


def as_float(word: str, where: str) -> float:
    """Read a finite number.

    Raises:
        BadInput: It is none.
    """
    try:
        value = float(word)
    except ValueError:
        value = float('nan')
    if value - value != 0:
        raise BadInput(f"{where}: '{word:.40}' is not a number.")
    return value
