"""The stack's gates name the remedy."""
from importlib.metadata import PackageNotFoundError

import pytest

from reldistill_mm.utils.versions import REQUIREMENTS, check_versions

GOOD = dict(
    torch='2.1.2+cu121',
    mmengine='0.10.7',
    mmcv='2.1.0',
    mmdet='3.3.0',
    mmdet3d='1.4.0',
    open_clip_torch='3.3.0',
    numpy='1.26.4',
    setuptools='80.9.0')


def test_the_pinned_stack_passes():
    assert set(GOOD) == {requirement.package for requirement in REQUIREMENTS}
    check_versions(GOOD.__getitem__)
    check_versions()


@pytest.mark.parametrize('package, found, remedy', [
    ('mmcv', '2.2.0', 'mmcv 2.1.0 built for your torch'),
    ('torch', '2.6.0', 'install PyTorch 2.1 to 2.5'),
    ('numpy', '2.0.1', "pip install 'numpy<2'"),
    ('setuptools', '82.0', "pip install 'setuptools<81'"),
    ('mmdet3d', '1.3.0', "pip install 'mmdet3d==1.4.0'"),
])
def test_a_wrong_version_names_the_remedy(package, found, remedy):
    with pytest.raises(ImportError) as error:
        check_versions(dict(GOOD, **{package: found}).__getitem__)
    assert f'{package} {found} is outside' in str(error.value)
    assert remedy in str(error.value)


def test_spconv_by_any_distribution_name(monkeypatch):
    from reldistill_mm.utils import versions
    monkeypatch.setattr('spconv.__version__', '1.2.1')
    with pytest.raises(ImportError, match='spconv 1.2.1 is older.*cu121'):
        check_versions(GOOD.__getitem__)
    monkeypatch.setattr(versions, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match='spconv is not installed'):
        check_versions(GOOD.__getitem__)


def test_all_missing_packages_are_listed():

    def missing(package):
        raise PackageNotFoundError(package)

    with pytest.raises(ImportError) as error:
        check_versions(missing)
    for requirement in REQUIREMENTS:
        assert f'{requirement.package} is not installed' in str(error.value)
