"""Situations: names, links and rights of files and folders."""
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_faults.scan_files import cloud, content, save, save_scan
from test_faults.situations import REFUSED, RIGHT, situation

from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.io.files import atomic_path
from reldistill_mm.io.paths import cache_folder

# As long as names may be.
LONG = 'n' * 250


def same(scan) -> None:
    np.testing.assert_array_equal(scan.points, cloud()[:, :4])


def write(path: Path, text: str = 'new') -> None:
    with atomic_path(path) as fresh:
        fresh.write_text(text)


@situation('spaces, dots and other alphabets in names', 'names', RIGHT,
           'the same points')
def _(tmp):
    folder = tmp / 'Aufnahme 1.5 (Straße) 道路'
    folder.mkdir()
    for name in ('.a b.c.bin', "l'été;$(x)&.bin", '扫描.BIN', '-f.bin'):
        same(read_scan(save(folder / name, content(cloud(), 'bin5'))))


@situation('names as long as they may be', 'names', RIGHT,
           'read and written whole')
def _(tmp):
    same(read_scan(save(tmp / f'{LONG}.bin', content(cloud(), 'bin5'))))
    write(tmp / f'{LONG}.txt')
    assert (tmp / f'{LONG}.txt').read_text() == 'new'
    assert len(list(tmp.iterdir())) == 2


@situation('a name that is too long', 'names', REFUSED,
           "'nnn...' cannot be read (File name too long).")
def _(tmp):
    read_scan(Path(f'{LONG}{LONG}.bin'))


@situation('a link to a scan', 'names', RIGHT, 'the same points')
def _(tmp):
    save_scan(tmp, 'bin5').rename(tmp / 'data.bin')
    (tmp / 'link.bin').symlink_to('data.bin')
    same(read_scan(tmp / 'link.bin'))


@situation(
    'a link to a scan that is gone', 'names', REFUSED,
    "The scan 'link.bin' is a link to 'gone.bin', which does not "
    'exist.')
def _(tmp):
    (tmp / 'link.bin').symlink_to('gone.bin')
    read_scan(tmp / 'link.bin')


@situation('a link to itself', 'names', REFUSED,
           "The scan 'a.bin' is a link to 'a.bin', which does not exist.")
def _(tmp):
    (tmp / 'a.bin').symlink_to('a.bin')
    read_scan(tmp / 'a.bin')


@situation('a folder in place of a scan', 'names', REFUSED,
           "'a.bin' is a folder: name one scan in it.")
def _(tmp):
    (tmp / 'a.bin').mkdir()
    read_scan(tmp / 'a.bin')


@situation('a scan that is not there', 'names', REFUSED,
           "The scan 'a.bin' does not exist.")
def _(tmp):
    read_scan(tmp / 'a.bin')


@situation('a result whose name is a link', 'names', RIGHT,
           'the link stays; the file that it points to is replaced')
def _(tmp):
    (tmp / 'disk').mkdir()
    save(tmp / 'disk' / 'a.txt', b'old')
    (tmp / 'a.txt').symlink_to('disk/a.txt')
    write(tmp / 'a.txt')
    assert (tmp / 'a.txt').is_symlink()
    assert (tmp / 'disk' / 'a.txt').read_text() == 'new'
    assert len(list(tmp.rglob('*'))) == 3


@situation('a scan without the right to read it', 'names', REFUSED,
           "'a.bin' cannot be read (Permission denied).")
def _(tmp):
    path = save(tmp / 'a.bin', content(cloud(), 'bin5'))
    path.chmod(0)
    if os.access(path, os.R_OK):
        _refuse_opening(path)
    read_scan(path)


def _refuse_opening(path: Path) -> None:
    """Root may read everything; say what others would be told."""
    import builtins
    patch = pytest.MonkeyPatch()
    real = builtins.open

    def refused(file, *args, **kwargs):
        if str(file) == str(path):
            patch.undo()
            raise PermissionError(13, 'Permission denied', str(file))
        return real(file, *args, **kwargs)

    patch.setattr(builtins, 'open', refused)


@situation(
    'a folder that may not be written to', 'names', REFUSED,
    "'locked/a.txt' cannot be written (Operation not permitted): "
    'choose another folder.')
def _(tmp):
    folder = tmp / 'locked'
    folder.mkdir()
    # Rights do not stop root.
    change = subprocess.run(['chattr', '+i', str(folder)], capture_output=True)
    if change.returncode:
        pytest.skip('chattr works here for root alone, on some disks')
    try:
        write(folder / 'a.txt')
    finally:
        subprocess.run(['chattr', '-i', str(folder)], check=True)


@situation('a file in place of a folder for results', 'names', REFUSED,
           "'a/b.txt' cannot be written (...): choose another folder.")
def _(tmp):
    save(tmp / 'a', b'')
    write(tmp / 'a' / 'b.txt')


@situation(
    'a user without a home folder', 'names', REFUSED,
    'There is no home folder for what can be computed again: set '
    'RELDISTILL_CACHE to a folder.')
def _(tmp):
    patch = pytest.MonkeyPatch()

    def no_home(path):
        raise RuntimeError('Could not determine home directory.')

    patch.setattr(Path, 'expanduser', no_home)
    patch.delenv('RELDISTILL_CACHE', raising=False)
    try:
        cache_folder('text')
    finally:
        patch.undo()
