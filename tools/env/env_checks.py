"""Checks of the machine, each of which says in one line what to do.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

PYTHON = (3, 11)
# Measured: the installed packages, and the wheels they come from, which pip
# keeps twice for a while: in the temporary directory and in its cache.
ENV_BYTES = 7_500_000_000
DOWNLOAD_BYTES = 2_700_000_000
# Sources, objects and the wheel of mmcv.
BUILD_BYTES = 1_000_000_000


class Problem(Exception):
    """A condition that the user has to mend; the text is one line."""


def check_python(version: tuple[int, ...] | None = None,
                 implementation: str | None = None,
                 system: str | None = None) -> None:
    """Refuse an interpreter that the locked wheels do not fit.

    Args:
        version: Version to judge; that of this interpreter by default.
        implementation: Such as ``CPython``; this one by default.
        system: Such as ``Linux x86_64``; this one by default.

    Raises:
        Problem: If the interpreter or the machine does not fit.
    """
    version = version or tuple(sys.version_info)
    implementation = implementation or platform.python_implementation()
    system = system or f'{platform.system()} {platform.machine()}'
    if tuple(version[:2]) != PYTHON or implementation != 'CPython':
        shown = '.'.join(str(part) for part in version[:3])
        raise Problem(
            f'{implementation} {shown} does not fit, the lock is for CPython '
            '3.11: say make env PYTHON=/path/to/python3.11')
    if system != 'Linux x86_64':
        raise Problem(
            f'{system} does not fit, spconv and open3d have wheels for Linux '
            'x86_64 only: use such a machine or container')


def missing_tools(build: bool,
                  modules: Callable[[str], object] | None = None,
                  path: str | None = None,
                  include: Path | None = None) -> list[tuple[str, str]]:
    """List what is missing on this machine.

    Args:
        build: Whether mmcv has to be compiled.
        modules: Finds a module of Python; that of this one by default.
        path: Search path for the compiler; ``PATH`` by default.
        include: Directory of ``Python.h``; that of this one by default.

    Returns:
        For each missing thing its name and its Debian package.
    """
    modules = modules or importlib.util.find_spec
    missing = []
    if modules('venv') is None or modules('ensurepip') is None:
        missing.append(('the venv module of Python', 'python3.11-venv'))
    if build:
        compiler = os.environ.get('CXX', 'c++')
        if shutil.which(compiler.split()[0], path=path) is None:
            missing.append((f'a C++ compiler ({compiler})', 'g++'))
        include = include or Path(sysconfig.get_paths()['include'])
        if not (include / 'Python.h').is_file():
            missing.append(('Python.h', 'python3.11-dev'))
    return missing


def check_tools(missing: list[tuple[str, str]]) -> None:
    """Refuse a machine on which something is missing.

    Args:
        missing: Names and Debian packages.

    Raises:
        Problem: If there is anything.
    """
    if missing:
        names = ', '.join(name for name, _ in missing)
        packages = ' '.join(package for _, package in missing)
        raise Problem(f'{names} not found: apt-get install {packages}')


def nearest_existing(path: Path) -> Path:
    """Find the directory in which ``path`` is or would be made."""
    path = path.absolute()
    while not path.is_dir():
        path = path.parent
    return path


def tree_bytes(root: Path) -> int:
    """Sum the sizes of the files below ``root``; 0 if there are none."""
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue
    return total


def disk_needs(venv: Path, temporary: Path, cache: Path | None,
               installed: int) -> list[tuple[Path, int]]:
    """Add up what the packages will need on each file system.

    Args:
        venv: Where the environment is or will be.
        temporary: Where pip puts downloads.
        cache: Where pip keeps them; None if it does not.
        installed: Bytes that an earlier run has installed.

    Returns:
        For each file system a path on it and the bytes.
    """
    part = max(0, ENV_BYTES - installed) / ENV_BYTES
    # An environment that is nearly complete lacks small packages only.
    part = part if part > 0.2 else 0.0
    needs: dict[int, tuple[Path, int]] = {}
    for place, size in ((venv, ENV_BYTES), (temporary, DOWNLOAD_BYTES),
                        (cache, DOWNLOAD_BYTES)):
        if place is None:
            continue
        device = nearest_existing(place).stat().st_dev
        first, total = needs.get(device, (place, 0))
        needs[device] = (first, total + int(part * size))
    return list(needs.values())


def check_disk(place: Path, needed: int, free: int | None = None) -> None:
    """Refuse a file system that is too full.

    ``RELDISTILL_ENV_GB`` replaces the need, for a file system that
    compresses or shares what it stores.

    Args:
        place: A path on the file system.
        needed: Bytes that are still to be written.
        free: Free bytes; asked from the system by default.

    Raises:
        Problem: If there is too little room.
    """
    override = os.environ.get('RELDISTILL_ENV_GB')
    if override and needed:
        needed = int(float(override) * 1e9)
    if free is None:
        free = shutil.disk_usage(nearest_existing(place)).free
    if free < needed:
        raise Problem(
            f'the file system of {place} has {free / 1e9:.1f} GB free but '
            f'{needed / 1e9:.1f} GB are needed: make room, or use another '
            'one by VENV=/path (environment), TMPDIR=/path and '
            'PIP_NO_CACHE_DIR=1 (downloads), RELDISTILL_CACHE=/path (mmcv)')


def check_venv_place(venv: Path) -> None:
    """Refuse to install into a directory that is something else.

    Args:
        venv: Where the environment is or will be.

    Raises:
        Problem: If the place holds other things or cannot be written.
    """
    if venv.exists() and not (venv / 'pyvenv.cfg').is_file():
        if not venv.is_dir() or any(venv.iterdir()):
            raise Problem(f'{venv} exists and is no virtual environment: '
                          'remove it or say make env VENV=/other/place')
    existing = nearest_existing(venv)
    if not os.access(existing, os.W_OK):
        raise Problem(f'{existing} is not writable: '
                      'say make env VENV=/other/place')
