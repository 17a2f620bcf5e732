"""Both locks are whole, and within what the package asks for."""
import importlib.util
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = {'today': ROOT, 'openmmlab': ROOT / 'requirements' / 'openmmlab'}
PROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']

made_by_make = pytest.mark.skipif(
    not (Path(sys.prefix) / 'made_by_make_env').is_file(),
    reason='the running environment was not made by `make env`')


def locked(stack: str) -> dict:
    """Versions of each package; one for each Python where they differ."""
    found = {}
    lock = tomllib.loads((LOCKS[stack] / 'uv.lock').read_text())
    for package in lock['package']:
        if 'version' in package:
            found.setdefault(package['name'], set()).add(package['version'])
    return found


def running_stack() -> str:
    compiled = importlib.util.find_spec('mmcv._ext').origin.endswith('.so')
    return 'openmmlab' if compiled else 'today'


@pytest.mark.parametrize('stack', sorted(LOCKS))
def test_locks_are_within_the_ranges(stack):
    found = locked(stack)
    for line in PROJECT['dependencies']:
        item = Requirement(line)
        for version in found[canonicalize_name(item.name)]:
            assert item.specifier.contains(version), (item, version)


def test_today_is_new_and_the_other_is_as_released():
    today, openmmlab = locked('today'), locked('openmmlab')
    assert all(Version(found) >= Version('2.15') for found in today['torch'])
    assert all(Version(found) >= Version('2') for found in today['numpy'])
    assert 'mmcv' not in today and 'mmcv-lite' not in openmmlab
    wanted = dict(torch='2.1.2', numpy='1.26.4', mmcv='2.1.0')
    assert {
        name: openmmlab[name]
        for name in wanted
    } == {
        name: {version}
        for name, version in wanted.items()
    }
    # torch 2.1 compiles extensions through what setuptools 70 removed.
    assert all(int(found.split('.')[0]) < 70
               for found in openmmlab['setuptools'])  # yapf: disable


@pytest.mark.parametrize('stack', sorted(LOCKS))
def test_one_opencv_and_no_viewer(stack):
    """Two builds of OpenCV would put different files into one folder."""
    assert {name
            for name in locked(stack)
            if 'opencv' in name} == {'opencv-python-headless'}
    assert 'open3d' not in locked(stack)


@made_by_make
def test_installed_versions_are_the_locked_ones():
    found = locked(running_stack())
    # Not what other tests have put on the path.
    site = sysconfig.get_paths()['purelib']
    for dist in metadata.distributions(path=[site]):
        name = canonicalize_name(dist.metadata['Name'])
        # Packages of one's own may lie beside them.
        if name != 'reldistill-mm' and name in found:
            assert dist.version in found[name], name


@made_by_make
def test_cv2_needs_no_display():
    import cv2.version
    assert cv2.version.headless
