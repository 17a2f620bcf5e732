"""Refuse to start on a stack that is known to fail; name the remedy."""
import importlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

from packaging.requirements import Requirement

# Packages that go by several names, one for each CUDA or for none.
_MMCV = Requirement('mmcv>=2.0.0rc4,<2.2')
_MMCV_REMEDY = ("pip install 'mmcv-lite==2.1.0' ./requirements/"
                'mmcv_no_operators (no compiler needed; see docs/install.md)')
_SPCONV_REMEDY = ("pip install 'spconv==2.3.8', or with a GPU "
                  "'spconv-cu126==2.3.8' (or cu118, cu121, cu124)")


def requirements(package: str = 'reldistill_mm') -> list[Requirement]:
    """Requirements of the installed package, as in its ``pyproject.toml``.

    Args:
        package (str): Distribution. Defaults to this one.

    Returns:
        list[Requirement]: Requirements without the extras'; none where the
        package is on the path but not installed.
    """
    try:
        found = [Requirement(line) for line in requires(package) or []]
    except PackageNotFoundError:
        return []
    return [
        item for item in found
        if item.marker is None or item.marker.evaluate({'extra': ''})
    ]


def check_versions(installed: Callable[[str], str] = version) -> None:
    """Check every package of :func:`requirements`, mmcv and spconv.

    Args:
        installed (Callable): Returns the version of a distribution, or
            raises ``PackageNotFoundError``.

    Raises:
        ImportError: A package is missing or outside its range; the message
            lists all of them with the remedy.
    """
    problems = []
    for item in requirements():
        remedy = f"pip install '{item.name}{item.specifier}'"
        problems += _problem(item, [item.name], remedy, installed)
    problems += _problem(_MMCV, ['mmcv', 'mmcv-lite'], _MMCV_REMEDY, installed)
    problems += check_spconv()
    if problems:
        raise ImportError('reldistill_mm cannot run on this stack:\n  - ' +
                          '\n  - '.join(problems))


def _problem(item: Requirement, names: list[str], remedy: str,
             installed: Callable[[str], str]) -> list[str]:
    for name in names:
        try:
            found = installed(name)
        except PackageNotFoundError:
            continue
        if item.specifier.contains(found, prereleases=True):
            return []
        return [f'{name} {found} is outside {item.specifier}: {remedy}']
    return [f'{" or ".join(names)} is not installed: {remedy}']


def check_spconv() -> list[str]:
    """List problems with spconv, whatever its distribution is called.

    Without spconv 2, mmdet3d's backbone falls back to mmcv's spconv 1, whose
    weights have another layout.
    """
    if find_spec('spconv') is None:
        return [f'spconv is not installed: {_SPCONV_REMEDY}']
    found = importlib.import_module('spconv').__version__
    if int(found.split('.')[0]) < 2 or found.startswith(('2.1', '2.2')):
        return [f'spconv {found} is older than 2.3: {_SPCONV_REMEDY}']
    return []
