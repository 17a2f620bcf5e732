"""setup.py, the wheel, the source distribution, the editable install."""
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

# Without a network the running environment's own setuptools has to build.
pytestmark = pytest.mark.skipif(
    int(metadata.version('setuptools').split('.')[0]) < 77,
    reason='the older stack keeps a setuptools that does not know PEP 639')

ROOT = Path(__file__).parents[2]
ENTRIES = ('setup.py', 'pyproject.toml', 'MANIFEST.in', 'README.md', 'LICENSE',
           'CHANGELOG.md', 'Makefile', 'model-index.yml', 'requirements',
           'uv.lock', 'configs', 'tools', 'reldistill_mm', 'docs', 'projects')
MIM = 'reldistill_mm/.mim/'


def run(*command: str, cwd: Path, **env: str) -> str:
    result = subprocess.run([sys.executable, *command], cwd=cwd, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={**os.environ, **env})  # yapf: disable
    assert result.returncode == 0, result.stdout
    return result.stdout


def build(hook: str, tree: Path, out: Path) -> Path:
    """Call a hook of the build backend, as pip does, without a network."""
    out.mkdir(exist_ok=True)
    code = f'from setuptools import build_meta as b; b.{hook}({str(out)!r})'
    run('-c', code, cwd=tree)
    made, = out.iterdir()
    return made


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def wanted(tree: Path) -> set[str]:
    """Files below ``configs`` and ``tools`` that the wheel must have."""
    return {
        path.relative_to(tree).as_posix()
        for entry in ('configs', 'tools')
        for path in (tree / entry).rglob('*') if path.is_file()
        and path.suffix != '.pyc' and path.name != 'make_env.py'
    }


@pytest.fixture(scope='module')
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, after an editable install."""
    copy = tmp_path_factory.mktemp('tree')
    ignore = shutil.ignore_patterns('__pycache__', '.mim')
    for entry in ENTRIES:
        if (ROOT / entry).is_dir():
            shutil.copytree(ROOT / entry, copy / entry, ignore=ignore)
        elif (ROOT / entry).exists():
            shutil.copy(ROOT / entry, copy / entry)
    for entry in ('tools', 'reldistill_mm'):
        (copy / entry / '__pycache__').mkdir()
        (copy / entry / '__pycache__' / 'old.pyc').touch()
    (copy / 'reldistill_mm' / 'weights.safetensors').touch()
    # A link in a circle: neither followed nor a reason to fail.
    (copy / 'configs' / 'loop').symlink_to('..')
    build('build_editable', copy, copy.parent / f'{copy.name}-editable')
    return copy


@pytest.fixture(scope='module')
def wheel(tree: Path) -> Path:
    """The wheel built where an editable install was made before."""
    return build('build_wheel', tree, tree.parent / f'{tree.name}-wheel')


def test_version_without_torch(tmp_path: Path) -> None:
    for name in ('torch', 'mmcv', 'mmengine', 'mmdet', 'mmdet3d', 'numpy'):
        (tmp_path / f'{name}.py').write_text(f"exit('{name} was imported')")
    text = (ROOT / 'reldistill_mm' / 'version.py').read_text()
    version = re.search(r"__version__ = '(.+)'", text).group(1)
    said = run('setup.py', '--version', cwd=ROOT, PYTHONPATH=str(tmp_path))
    assert said.splitlines()[-1] == version


def test_editable_install_links(tree: Path, wheel: Path) -> None:
    mim = tree / 'reldistill_mm' / '.mim'
    for entry in ('configs', 'tools'):
        assert os.readlink(mim / entry) == f'../../{entry}'
        assert (mim / entry).resolve() == tree / entry


def test_wheel_has_configs_and_tools(tree: Path, wheel: Path) -> None:
    found = {name[len(MIM):] for name in names(wheel) if name.startswith(MIM)}
    found.discard('model-index.yml')
    assert found == wanted(tree)


def test_wheel_has_every_tracked_config(tree: Path, wheel: Path) -> None:
    if shutil.which('git') is None or not (ROOT / '.git').exists():
        pytest.skip('not in a git checkout')
    result = subprocess.run(['git', 'ls-files', 'configs'], cwd=ROOT,
                            capture_output=True, text=True)  # yapf: disable
    if result.returncode:
        pytest.skip(f'git does not list files: {result.stderr}')
    tracked = {
        MIM + name
        for name in result.stdout.splitlines() if (tree / name).exists()
    }
    assert tracked <= set(names(wheel))


def test_wheel_has_the_package_once(tree: Path, wheel: Path) -> None:
    listed = names(wheel)
    assert len(listed) == len(set(listed))
    package = tree / 'reldistill_mm'
    files = {
        path.relative_to(tree).as_posix()
        for path in package.rglob('*')
        if path.is_file() and not {'.mim', '__pycache__'} & {*path.parts}
    }
    assert files <= set(listed)
    assert not [name for name in listed if name.endswith('.pyc')]
    tops = {name.split('/')[0] for name in listed}
    assert {top.split('-')[0] for top in tops} == {'reldistill_mm'}


def test_second_wheel_forgets_removed_configs(tree: Path, wheel: Path) -> None:
    extra = tree / 'configs' / 'removed.py'
    extra.write_text('x = 1\n')
    before = build('build_wheel', tree, tree.parent / f'{tree.name}-before')
    extra.unlink()
    after = build('build_wheel', tree, tree.parent / f'{tree.name}-after')
    assert MIM + 'configs/removed.py' in names(before)
    assert sorted(names(after)) == sorted(names(wheel))


def test_installed_wheel(tree: Path, wheel: Path, tmp_path: Path) -> None:
    run('-m', 'pip', 'install', '--no-deps', '--no-index', '--target',
        str(tmp_path / 'site'), str(wheel), cwd=tmp_path)  # yapf: disable
    mim = tmp_path / 'site' / 'reldistill_mm' / '.mim'
    missing = [name for name in wanted(tree) if not (mim / name).is_file()]
    assert not missing
    assert not mim.is_symlink()


def test_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name, = (
            name for name in archive.namelist() if name.endswith('/METADATA'))
        text = archive.read(name).decode()
    assert 'Requires-Python: <3.14,>=3.11' in text
    required = re.findall(r'^Requires-Dist: ([\w-]+)(.*)$', text, re.M)
    always = {name for name, rest in required if 'extra ==' not in rest}
    # Builds of these depend on the machine, so pip must not choose them.
    assert not always & {'mmcv', 'mmcv-lite', 'spconv', 'cumm'}
    assert {'mmdet3d', 'mmengine', 'mmdet', 'numpy', 'torch'} <= always
    # Ranges, not pins: other projects share the environment.
    assert not [line for line in required if '==' in line[1].split(';')[0]]
    extras = set(re.findall(r'^Provides-Extra: (\w+)$', text, re.M))
    assert extras == {'cpu', 'lite', 'ros', 'cu118', 'cu121', 'cu124', 'cu126'}


def test_source_distribution(tree: Path, tmp_path: Path) -> None:
    archive = build('build_sdist', tree, tmp_path / 'out')
    with tarfile.open(archive) as tar:
        listed = [name.partition('/')[2] for name in tar.getnames()]
    assert wanted(tree) | {
        'setup.py', 'uv.lock', 'docs/performance.md', 'tools/make_env.py',
        'requirements/mmcv_no_operators/mmcv/_ext.py',
        'projects/ToyClusters/run.py'
    } <= set(listed)
    assert not [name for name in listed if name.startswith(MIM)]
