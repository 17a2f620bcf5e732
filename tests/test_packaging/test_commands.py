"""The commands of the README: make and .ci/run."""
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


def test_ci_calls_make_test(tmp_path: Path) -> None:
    script(tmp_path / 'make', f'echo "make $*"; cat; echo "{CLOSING}"; exit 7')
    result = run('bash', '.ci/run', PATH=f'{tmp_path}:{os.environ["PATH"]}')
    assert result.returncode == 7
    assert result.stdout.splitlines() == ['make test', CLOSING]


def test_failure_of_pytest_is_the_failure_of_ci(tmp_path: Path) -> None:
    python = script(tmp_path / 'base', 'exit 0')
    script(tmp_path / 'venv' / 'bin' / 'python',
           f'echo "$*"; echo "{CLOSING}"; exit 1')
    variables = [f'PYTHON={python}', f'VENV={tmp_path}/venv', 'ARGS=-x']
    result = run('make', 'test', *variables)
    assert result.returncode != 0
    assert '-m pytest tests -x' in result.stdout
    assert result.stdout.splitlines()[-1] == CLOSING


def test_nothing_runs_without_an_environment(tmp_path: Path) -> None:
    python = script(tmp_path / 'base', '[ "$1" = -c ]')
    variables = [f'PYTHON={python}', f'VENV={tmp_path}/venv']
    for target in ('test', 'demo'):
        result = run('make', target, *variables)
        assert result.returncode != 0
        assert 'pytest' not in result.stdout
        assert 'demo.py' not in result.stdout


def test_python_that_is_not_there() -> None:
    result = run('make', 'env', 'PYTHON=python3.11-not-there')
    assert result.returncode != 0
    lines = [
        line for line in result.stderr.splitlines() if 'make: ***' not in line
    ]
    assert len(lines) == 1
    assert "'python3.11-not-there' does not run" in lines[0]


def test_help_is_the_default() -> None:
    result = run('make')
    assert result.returncode == 0
    for target in ('env', 'test', 'demo', 'lint', 'wheel', 'distclean'):
        assert f'  {target} ' in result.stdout


def test_distclean_removes_environments_only(tmp_path: Path) -> None:
    copy = tmp_path / 'checkout'
    copy.mkdir()
    shutil.copy(ROOT / 'Makefile', copy)
    (copy / 'tests').mkdir()
    place = tmp_path / 'notes'
    place.mkdir()
    command = ['make', '-C', str(copy), 'distclean', f'VENV={place}']
    result = run(*command)
    assert result.returncode != 0 and place.is_dir()
    assert 'no virtual environment' in result.stderr
    (place / 'pyvenv.cfg').touch()
    assert run(*command).returncode == 0
    assert not place.exists()


@pytest.mark.parametrize('name', ['.ci/run'])
def test_scripts_are_executable(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
