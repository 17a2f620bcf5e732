"""The stack's gates name the remedy, and say what pyproject.toml says."""
import re
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from reldistill_mm.compat.versions import check_versions, requirements

ROOT = Path(__file__).parents[2]
TODAY = {
    'torch': '2.15.0',
    'mmengine': '0.10.7',
    'mmcv-lite': '2.1.0',
    'mmdet': '3.3.0',
    'mmdet3d': '1.4.0',
    'open_clip_torch': '3.3.0',
    'numpy': '2.5.5',
    'nuscenes-devkit': '1.2.0',
    'scikit-image': '0.26.0',
    'setuptools': '81.0.0'
}
OPENMMLAB = dict(
    TODAY,
    torch='2.1.2+cu121',
    mmcv='2.1.0',
    numpy='1.26.4',
    setuptools='69.5.1')
del OPENMMLAB['mmcv-lite']


def lookup(versions: dict):

    def installed(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    return installed


@pytest.mark.parametrize('stack', [TODAY, OPENMMLAB])
def test_both_stacks_pass(stack):
    check_versions(lookup(stack))
    check_versions()


def test_the_ranges_are_those_of_pyproject():
    content = tomllib.loads((ROOT / 'pyproject.toml').read_text())
    wanted = {
        str(Requirement(line))
        for line in content['project']['dependencies']
    }
    assert {str(item) for item in requirements()} == wanted


def test_a_package_on_the_path_alone_has_no_ranges():
    assert requirements('not-installed') == []


@pytest.mark.parametrize('package, found, remedy', [
    ('mmcv-lite', '2.2.0', 'mmcv-lite==2.1.0'),
    ('torch', '2.0.1', 'pip install .torch<3,>=2.1'),
    ('numpy', '3.0.1', 'pip install .numpy<3,>=1.26'),
    ('setuptools', '82.0', 'pip install .setuptools<82,>=60'),
    ('mmdet3d', '1.3.0', 'pip install .mmdet3d<1.5,>=1.4.0'),
])
def test_a_wrong_version_names_the_remedy(package, found, remedy):
    with pytest.raises(ImportError) as error:
        check_versions(lookup({**TODAY, package: found}))
    assert f'{package} {found} is outside' in str(error.value)
    assert re.search(remedy, str(error.value))


def test_spconv_by_any_distribution_name(monkeypatch):
    from reldistill_mm.compat import versions
    monkeypatch.setattr('spconv.__version__', '1.2.1')
    with pytest.raises(ImportError, match='spconv 1.2.1 is older.*cu126'):
        check_versions(lookup(TODAY))
    monkeypatch.setattr(versions, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match='spconv is not installed'):
        check_versions(lookup(TODAY))


def test_all_missing_packages_are_listed():
    with pytest.raises(ImportError) as error:
        check_versions(lookup({}))
    for name in {*TODAY, 'mmcv or mmcv-lite'} - {'mmcv-lite'}:
        assert f'{name} is not installed' in str(error.value)
