"""The lock is exact, complete, and within what setup.py asks for."""
import sys
from importlib import metadata
from pathlib import Path

import env_site
import freeze_lock
import pytest
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).parents[2] / 'requirements'
PINS = env_site.read_lock(REQUIREMENTS / 'lock-py311.txt')

made_by_make = pytest.mark.skipif(
    not (Path(sys.prefix) / env_site.STAMP).is_file(),
    reason='the running environment was not made by `make env`')


def test_every_line_is_an_exact_version(tmp_path: Path) -> None:
    assert len(PINS) > 100
    lock = tmp_path / 'lock.txt'
    for line in ('torch>=2', 'torch', 'torch==2.*', 'a==1; os_name=="nt"'):
        lock.write_text(f'{line}\n')
        with pytest.raises(env_site.Problem, match='no exact version'):
            env_site.read_lock(lock)


@pytest.mark.parametrize(
    'name',
    sorted(
        path.name for path in REQUIREMENTS.glob('*.txt')
        if not path.name.startswith('lock-')) + ['lock-py311.in'])
def test_lock_meets_the_requirements(name: str) -> None:
    for requirement in freeze_lock.read_requirements(REQUIREMENTS / name):
        version = PINS[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_both_builds_of_opencv_are_of_one_version() -> None:
    assert PINS['opencv-python'] == PINS['opencv-python-headless']


def test_setuptools_can_compile_extensions_of_torch() -> None:
    # torch 2.1 imports pkg_resources.packaging, removed in setuptools 70.
    assert int(PINS['setuptools'].split('.')[0]) < 70


@made_by_make
def test_installed_versions_are_the_locked_ones() -> None:
    installed = {name: metadata.version(name) for name in PINS}
    assert installed == PINS


@made_by_make
def test_lock_is_complete_and_has_nothing_else() -> None:
    roots = freeze_lock.read_requirements(REQUIREMENTS / 'lock-py311.in')
    assert freeze_lock.reach(roots) == PINS


@made_by_make
def test_cv2_needs_no_display() -> None:
    import cv2.version
    assert cv2.version.headless
