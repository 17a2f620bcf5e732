"""What is in an environment: the lock, the stamp, damaged packages."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import platform
import re
import shutil
from pathlib import Path
from typing import Any

from env_checks import Problem

STAMP = '.reldistill_env.json'
# opencv-python-headless overwrites its files.
SHARED_FILES = 'opencv-python'


def canonical(name: str) -> str:
    """Normalise the name of a package as PyPI does."""
    return re.sub(r'[-_.]+', '-', name).lower()


def read_lock(path: Path) -> dict[str, str]:
    """Read the pins of a lock file.

    Raises:
        Problem: If a line is not one exact version.
    """
    pins = {}
    for line in path.read_text(encoding='utf-8').splitlines():
        line = line.split('#')[0].strip()
        if not line:
            continue
        found = re.fullmatch(r'([A-Za-z0-9._-]+)==([A-Za-z0-9.+!]+)', line)
        if found is None:
            raise Problem(f'{path.name}: no exact version in {line!r}')
        pins[canonical(found.group(1))] = found.group(2)
    return pins


def digest(files: list[Path], *words: str) -> str:
    """Hash the names and contents of files, and words."""
    total = hashlib.sha256()
    for word in words:
        total.update(word.encode() + b'\0')
    for file in sorted(files):
        total.update(file.name.encode() + b'\0' + file.read_bytes() + b'\0')
    return total.hexdigest()


def environment_key(lock: Path, scripts: Path) -> str:
    """Key of the installed packages: lock, Python, set-up scripts."""
    files = [
        path for path in scripts.glob('*.py') if path.name != 'freeze_lock.py'
    ]
    return digest([lock, *files], platform.python_version())


def project_key(root: Path) -> str:
    """Key of the editable install: place and packaging files."""
    files = [root / 'setup.py', root / 'pyproject.toml']
    files += root.glob('requirements/*.txt')
    files += root.glob('*/version.py')
    return digest(files, str(root))


def read_stamp(venv: Path) -> dict[str, Any]:
    """Read what the last finished run left; empty if there is none."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(venv: Path, stamp: dict[str, Any]) -> None:
    """Write the stamp in one step, so that no half of it is ever read."""
    fresh = venv / f'{STAMP}.new'
    fresh.write_text(json.dumps(stamp), encoding='utf-8')
    os.replace(fresh, venv / STAMP)


def site_packages(venv: Path) -> Path:
    """Directory of the packages of an environment."""
    return venv / 'lib' / 'python3.11' / 'site-packages'


def dist_name(info: Path) -> str:
    """Name of the package of a ``.dist-info`` directory."""
    return canonical(info.name[:-len('.dist-info')].rsplit('-', 1)[0])


def is_complete(info: Path) -> bool:
    """Say whether all files that a package recorded are there.

    pip writes the record last, yet the directory itself early: a package
    without a record was interrupted, though pip takes it for installed.
    """
    try:
        with (info / 'RECORD').open(encoding='utf-8', newline='') as file:
            rows = list(csv.reader(file))
        if dist_name(info) == SHARED_FILES:
            return True
        # Byte code is compiled anew, also where a wheel brings its own.
        return all(
            os.stat(info.parent / row[0]).st_size == int(row[2])
            for row in rows
            if len(row) == 3 and row[2] and not row[0].endswith('.pyc'))
    except (OSError, ValueError):
        return False


def drop_damaged(site: Path) -> list[str]:
    """Make pip install anew what an interrupt left half installed.

    Args:
        site: Directory of the packages.

    Returns:
        The names of the packages.
    """
    damaged = []
    for info in sorted(site.glob('*.dist-info')):
        if not is_complete(info):
            damaged.append(dist_name(info))
            shutil.rmtree(info)
    for leftover in site.glob('~*'):
        # pip moves packages that it replaces to such names.
        shutil.rmtree(leftover, ignore_errors=True)
    return damaged


def installed_sum(site: Path, name: str) -> str | None:
    """Checksum of the wheel file that a package was installed from."""
    for info in site.glob('*.dist-info'):
        if dist_name(info) == name:
            try:
                text = (info / 'direct_url.json').read_text(encoding='utf-8')
                archive = json.loads(text)['archive_info']
                return str(archive['hash']).partition('sha256=')[2]
            except (OSError, ValueError, KeyError):
                return None
    return None
