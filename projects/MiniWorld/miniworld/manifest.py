"""A manifest of a generated folder: what is in it and how it was made."""
import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reldistill_mm.errors import InputExists
from reldistill_mm.io.files import file_sum
from reldistill_mm.io.plain import plain

MANIFEST = 'miniworld_manifest.json'
MARKER = 'MINIWORLD.txt'
_TEXT = ('A generated driving world (MiniWorld); not a recording.\n'
         'This folder is replaced when its manifest does not fit it.\n')


def mark(folder: Path) -> None:
    """Make ``folder`` recognisable as generated."""
    (folder / MARKER).write_text(_TEXT)


def write_manifest(folder: Path, version: str, args: dict[str, Any]) -> None:
    """List every file of ``folder`` with its size and hash.

    Args:
        folder (Path): Folder of a complete world.
        version (str): Version of the generator.
        args (dict[str, Any]): Arguments that the generator was called with.
    """
    files = {
        path.relative_to(folder).as_posix():
        [path.stat().st_size, file_sum(path)]
        for path in sorted(folder.rglob('*'))
        if path.is_file() and path.name != MANIFEST
    }
    text = json.dumps(
        dict(version=version, args=args, files=files),
        indent=1,
        sort_keys=True)
    (folder / MANIFEST).write_text(text)


def why_not(folder: Path, version: str, args: dict[str, Any] | None) -> str:
    """Say why ``folder`` cannot be used as it is.

    Files that are not listed (infos made by a converter) do no harm.

    Args:
        folder (Path): Folder to examine.
        version (str): Expected version of the generator.
        args (dict[str, Any] | None): Expected arguments; None accepts any.

    Returns:
        A reason for the user; ''  if the folder is sound.
    """
    if not folder.is_dir():
        return 'it does not exist'
    try:
        record = json.loads((folder / MANIFEST).read_text())
        files = record['files'].items()
        made = (record['version'], record['args'])
    except FileNotFoundError:
        return f'{MANIFEST} is missing (an unfinished or foreign folder)'
    except (ValueError, KeyError, AttributeError, TypeError):
        return f'{MANIFEST} cannot be read'
    if made[0] != version:
        return f'generator version {made[0]} is not {version}'
    if args is not None and made[1] != plain(args):
        return f'it was made with {made[1]}, not with {plain(args)}'
    for name, (size, digest) in files:
        path = folder / name
        if not path.is_file():
            return f'{name} is missing'
        if path.stat().st_size != size:
            return f'{name} has {path.stat().st_size} bytes instead of {size}'
        if file_sum(path) != digest:
            return f'{name} was changed (its hash differs)'
    return ''


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Keep other processes from building in ``folder`` meanwhile.

    Yields:
        Whether this process is known to be the only one.
    """
    handle, alone = None, False
    try:
        import fcntl
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        alone = True
    except (ImportError, OSError):
        pass
    try:
        yield alone
    finally:
        if handle is not None:
            os.close(handle)


def _replace(new: Path, old: Path) -> None:
    """Put ``new`` in the place of ``old``, by renaming."""
    aside = old.with_name(f'.{old.name}.old-{os.getpid()}')
    if old.exists():
        os.rename(old, aside)
    os.rename(new, old)
    if aside.exists():
        shutil.rmtree(aside)


def _refuse_foreign(folder: Path) -> None:
    """Raise if ``folder`` holds something that is not ours to replace."""
    ours = any((folder / n).exists() for n in (MARKER, MANIFEST))
    if folder.exists() and not ours and (not folder.is_dir()
                                         or any(folder.iterdir())):
        raise InputExists(
            f'{folder} holds something other than a MiniWorld and is not '
            'touched. Name another folder or empty this one.')


def ensure(folder: Path,
           version: str,
           args: dict[str, Any],
           build: Callable[[Path], None],
           say: Callable[[str], None] = print) -> Path:
    """Make sure that ``folder`` holds what ``build`` writes.

    A sound folder is left alone. Otherwise the world is written into a
    sibling folder, gets its manifest last and is then renamed, so that a
    reader never meets half a world.

    Args:
        folder (Path): Folder for the world.
        version (str): Version of the generator.
        args (dict[str, Any]): Arguments for the manifest.
        build (Callable[[Path], None]): Function that writes a world into the
            empty folder it is given.
        say (Callable[[str], None]): Function that tells a user why something
            is built.

    Returns:
        ``folder``.

    Raises:
        InputExists: ``folder`` holds something else.
    """
    asked, folder = Path(folder), Path(os.path.realpath(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not why_not(folder, version, args):
        return asked
    with _locked(folder.parent) as alone:
        reason = why_not(folder, version, args)
        if not reason:
            return asked
        _refuse_foreign(folder)
        say(f'MiniWorld: building {asked}: {reason}.')
        if alone:
            for left in folder.parent.glob(f'.{folder.name}.*-*'):
                shutil.rmtree(left, ignore_errors=True)
        temp = folder.with_name(f'.{folder.name}.tmp-{os.getpid()}')
        temp.mkdir()
        try:
            mark(temp)
            build(temp)
            write_manifest(temp, version, args)
            _replace(temp, folder)
        finally:
            shutil.rmtree(temp, ignore_errors=True)
    return asked
