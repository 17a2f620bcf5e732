"""The commands of the README: make and .ci/run."""
import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOSING = '1 failed, 2 passed in 0.01s'


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n{text}\n')
    path.chmod(0o755)
    return path


def run(*command: str, **env: str) -> subprocess.CompletedProcess:
    # Where these tests run below make, its variables would be inherited.
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'MAKEOVERRIDES')
    }
    return subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, env=clean | env)


def test_ci_ends_as_make_test_does(tmp_path: Path) -> None:
    """Lint first, then the tests; nothing hides either's failure."""
    copy = tmp_path / 'checkout'
    copy.mkdir()
    shutil.copytree(ROOT / '.ci', copy / '.ci')
    script(copy / '.venv' / 'bin' / 'python', 'echo 3.11')
    tools = tmp_path / 'bin'
    script(
        tools / 'make', 'echo "make $*"; cat\n'
        f'if [ "$1" = test ]; then echo "{CLOSING}"; exit 7; fi\n'
        'exit ${LINT:-0}')
    for name in ('3.11', '3.12', '3.13'):
        script(tools / f'python{name}', 'exit 1')
    # No other Python is here.
    path = f'{tools}:{os.environ["PATH"]}'
    ci = ('bash', str(copy / '.ci' / 'run'))
    result = run(*ci, PATH=path, PYENV_ROOT=str(tmp_path))
    assert result.returncode == 7
    assert result.stdout.splitlines() == [
        'make lint', 'make docs', 'make test', CLOSING
    ]
    result = run(*ci, PATH=path, PYENV_ROOT=str(tmp_path), LINT='3')
    assert result.returncode == 3
    assert result.stdout.splitlines() == ['make lint']


def test_failure_of_pytest_is_the_failure_of_ci(tmp_path: Path) -> None:
    python = script(tmp_path / 'base', 'exit 0')
    script(tmp_path / 'venv' / 'bin' / 'python',
           f'echo "$*"; echo "{CLOSING}"; exit 1')
    variables = [
        f'PYTHON={python}', f'VENV={tmp_path}/venv', 'ARGS=-x', 'WORKERS=3'
    ]
    result = run('make', 'test', *variables)
    assert result.returncode != 0
    assert '-m pytest tests -n 3 --dist loadfile -x' in result.stdout
    assert result.stdout.splitlines()[-1] == CLOSING


def test_nothing_runs_without_an_environment(tmp_path: Path) -> None:
    python = script(tmp_path / 'base', '[ "$1" = -c ]')
    variables = [f'PYTHON={python}', f'VENV={tmp_path}/venv']
    for target in ('test', 'demo'):
        result = run('make', target, *variables)
        assert result.returncode != 0
        assert 'pytest' not in result.stdout
        assert 'demo.py' not in result.stdout


@pytest.mark.parametrize('says', ['', 'Python 3.9.2'])
def test_python_that_does_not_fit(tmp_path: Path, says: str) -> None:
    python = tmp_path / 'python'
    if says:
        script(python, f'[ "$1" = -V ] && echo "{says}"')
    result = run('make', 'env', f'PYTHON={python}')
    assert result.returncode != 0
    lines = [
        line for line in result.stderr.splitlines() if 'make: ***' not in line
    ]
    assert len(lines) == 1
    assert 'no Python 3.11 to 3.13 here' in lines[0]
    assert f'{python} ({says or "none"})' in lines[0]


def test_help_is_the_default() -> None:
    result = run('make')
    assert result.returncode == 0
    for target in ('env', 'test', 'test-fast', 'demo', 'doctor', 'lint',
                   'lock', 'wheel', 'distclean'):
        assert f'  {target} ' in result.stdout


def test_distclean_removes_its_own_environments_only(tmp_path: Path) -> None:
    copy = tmp_path / 'checkout'
    copy.mkdir()
    shutil.copy(ROOT / 'Makefile', copy)
    for folder in ('tests', 'build'):
        (copy / folder).mkdir()
    place, pages = tmp_path / 'notes', tmp_path / 'notes-docs'
    place.mkdir()
    pages.mkdir()
    (place / 'pyvenv.cfg').touch()
    command = ['make', '-C', str(copy), 'distclean', f'VENV={place}']
    result = run(*command)
    assert result.returncode != 0 and place.is_dir()
    assert 'was not made by make env' in result.stderr
    assert (copy / 'build').exists()
    (place / 'made_by_make_env').touch()
    assert run(*command).returncode == 0
    assert not place.exists() and pages.is_dir()
    (pages / 'pyvenv.cfg').touch()
    assert run(*command).returncode == 0 and not pages.exists()


def test_an_empty_venv_is_refused(tmp_path: Path) -> None:
    result = run('make', 'distclean', 'VENV=')
    assert result.returncode != 0 and 'VENV= is empty' in result.stderr


@pytest.mark.parametrize('name', ['.ci/run'])
def test_scripts_are_executable(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


@pytest.mark.parametrize(
    'path', [*ROOT.glob('tools/*.py'), *ROOT.glob('projects/*/run.py')],
    ids=lambda path: str(path.relative_to(ROOT)))
def test_every_option_has_a_help(path):
    for call in ast.walk(ast.parse(path.read_text())):
        name = isinstance(call, ast.Call) and ast.unparse(call.func)
        if name in ('add', 'parser.add_argument'):
            assert any(word.arg == 'help'
                       for word in call.keywords), (f'{path}:{call.lineno}')
