"""The wheel of mmcv with compiled operators, and the cache it lives in.

There is no wheel of mmcv on PyPI that fits the locked torch, so it is built
from its source distribution, once per Python, torch and mmcv version.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from env_checks import Problem
from env_run import clean_environment, ninja_progress

SUMS = 'SHA256SUMS'


def cache_root(environ: Mapping[str, str] | None = None) -> Path:
    """Find the cache, which outlives checkouts and environments."""
    environ = os.environ if environ is None else environ
    if environ.get('RELDISTILL_CACHE'):
        return Path(environ['RELDISTILL_CACHE']).expanduser().absolute()
    base = environ.get('XDG_CACHE_HOME') or '~/.cache'
    return Path(base).expanduser().absolute() / 'reldistill_mm'


def wheel_key(pins: Mapping[str, str],
              version: tuple[int, ...] | None = None) -> str:
    """Name the folder of a wheel by all that its binary depends on.

    Args:
        pins: Locked version of each package.
        version: Version of Python; this one by default.
    """
    major, minor = (version or tuple(sys.version_info))[:2]
    return (f'py{major}.{minor}-torch{pins["torch"]}-mmcv{pins["mmcv"]}'
            '-cpu-linux_x86_64')


def file_sum(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sole_wheel(folder: Path) -> Path:
    """Find the wheel in a folder of the cache.

    Raises:
        Problem: If there is not exactly one.
    """
    wheels = sorted(folder.glob('mmcv-*.whl'))
    if len(wheels) != 1:
        raise Problem(f'{len(wheels)} wheels of mmcv in {folder}')
    return wheels[0]


def wheel_damage(folder: Path) -> str | None:
    """Say why a cached wheel must not be used.

    Args:
        folder: Folder of the cache with a wheel and its checksum.

    Returns:
        The reason, or None if the wheel is as it was built.
    """
    try:
        wheel = sole_wheel(folder)
        expected = (folder / SUMS).read_text(encoding='utf-8').split()
    except (Problem, OSError):
        return 'it is incomplete'
    if expected != [file_sum(wheel), wheel.name]:
        return 'its checksum differs'
    return operators_missing(wheel)


def operators_missing(wheel: Path) -> str | None:
    """Say whether a wheel lacks the compiled operators."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return 'it is no zip file'
    if not any(name.startswith('mmcv/_ext.') for name in names):
        return 'it has no compiled operators'
    return None


def publish(out: Path, folder: Path) -> Path:
    """Move a finished wheel into the cache in one step.

    Args:
        out: Folder with the new wheel, on the file system of the cache.
        folder: Its place in the cache.

    Returns:
        The wheel in the cache.

    Raises:
        Problem: If the build made something else.
    """
    wheel = sole_wheel(out)
    missing = operators_missing(wheel)
    if missing:
        raise Problem(f'the wheel of mmcv is of no use, {missing}')
    (out / SUMS).write_text(
        f'{file_sum(wheel)}  {wheel.name}\n', encoding='utf-8')
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(out, folder)
    return folder / wheel.name


def build_jobs(cores: int, memory: int) -> int:
    """Choose how many compilers run at once; each takes up to 2 GB."""
    return max(1, min(cores, memory // 2_000_000_000))


def build_environment(binaries: Path) -> dict[str, str]:
    """Make the environment of the build: CPU only, also beside a GPU.

    Args:
        binaries: Directory of ninja; without it torch compiles one file
            after the other, and an interrupted build cannot go on.
    """
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    jobs = build_jobs(len(os.sched_getaffinity(0)), memory)
    env = clean_environment(
        MMCV_WITH_OPS='1', FORCE_CUDA='0', CUDA_VISIBLE_DEVICES='')
    env['PATH'] = f'{binaries}:{env.get("PATH", os.defpath)}'
    env.setdefault('MAX_JOBS', str(jobs))
    for name in ('FORCE_MLU', 'FORCE_MPS', 'FORCE_NPU'):
        env.pop(name, None)
    return env


def fetch_sources(pip: list[str], version: str, work: Path,
                  step: Callable[..., float]) -> Path:
    """Unpack the source distribution, unless an earlier run did.

    The sources stay where they are until the wheel is finished, so that
    ninja goes on where an interrupted build stopped.

    Args:
        pip: Command of pip.
        version: Version of mmcv.
        work: Folder of this build.
        step: Runs a command.

    Returns:
        The folder with ``setup.py``.
    """
    sources = work / 'sources'
    if sources.is_dir():
        return sources
    shutil.rmtree(work, ignore_errors=True)
    step('fetching the sources of mmcv', [
        *pip, 'download', '--no-deps', '--no-build-isolation', '--no-binary',
        'mmcv', '--dest', work / 'sdist', f'mmcv=={version}'
    ], env=build_environment(Path(pip[0]).parent))  # yapf: disable
    unpacked = work / 'unpacked'
    for archive in (work / 'sdist').iterdir():
        shutil.unpack_archive(archive, unpacked)
    os.rename(unpacked / f'mmcv-{version}', sources)
    return sources


def build(pip: list[str], pins: Mapping[str, str], cache: Path,
          step: Callable[..., float]) -> Path:
    """Build the wheel and put it into the cache.

    pip builds a local folder and thus keeps its own cache, which does not
    know for which torch a wheel was compiled, out of it.

    Args:
        pip: Command of pip, in an environment that has torch.
        pins: Locked version of each package.
        cache: Root of the cache.
        step: Runs a command.

    Returns:
        The wheel in the cache.
    """
    key = wheel_key(pins)
    work = cache / 'build' / key
    sources = fetch_sources(pip, pins['mmcv'], work, step)
    env = build_environment(Path(pip[0]).parent)
    out = work / 'out'
    shutil.rmtree(out, ignore_errors=True)
    step('building mmcv with its operators (10 minutes on 2 cores)', [
        *pip, 'wheel', '--verbose', '--no-deps', '--no-index',
        '--no-build-isolation', '--wheel-dir', out, sources
    ], progress=ninja_progress, env=env)  # yapf: disable
    wheel = publish(out, cache / 'wheels' / key)
    shutil.rmtree(work, ignore_errors=True)
    return wheel
