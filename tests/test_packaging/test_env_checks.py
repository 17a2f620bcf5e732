"""Each check says in one line what is wrong and what to do."""
from pathlib import Path

import env_checks
import pytest
import selfcheck
from env_checks import Problem


def message(error: pytest.ExceptionInfo) -> str:
    text = str(error.value)
    assert '\n' not in text
    return text


def test_python_that_fits() -> None:
    env_checks.check_python((3, 11, 2), 'CPython', 'Linux x86_64')


@pytest.mark.parametrize('version, implementation, system, word', [
    ((3, 9, 2), 'CPython', 'Linux x86_64', 'CPython 3.9.2'),
    ((3, 12, 0), 'CPython', 'Linux x86_64', 'PYTHON=/path'),
    ((3, 11, 4), 'PyPy', 'Linux x86_64', 'PyPy 3.11.4'),
    ((3, 11, 4), 'CPython', 'Linux aarch64', 'Linux aarch64'),
    ((3, 11, 4), 'CPython', 'Darwin arm64', 'Darwin arm64'),
])
def test_python_that_does_not_fit(version: tuple, implementation: str,
                                  system: str, word: str) -> None:
    with pytest.raises(Problem) as error:
        env_checks.check_python(version, implementation, system)
    assert word in message(error)


def test_missing_tools_come_in_one_line(tmp_path: Path) -> None:
    missing = env_checks.missing_tools(True, lambda name: None, str(tmp_path),
                                       tmp_path)
    with pytest.raises(Problem) as error:
        env_checks.check_tools(missing)
    assert message(error).endswith(
        'apt-get install python3.11-venv g++ python3.11-dev')


def test_no_compiler_needed_with_a_cached_wheel(tmp_path: Path) -> None:
    missing = env_checks.missing_tools(False, lambda name: name, str(tmp_path),
                                       tmp_path)
    assert missing == []
    env_checks.check_tools(missing)


def test_compiler_named_by_the_user(tmp_path: Path,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('CXX', 'clang++-99 -O2')
    (tmp_path / 'Python.h').touch()
    missing = env_checks.missing_tools(True, lambda name: name, str(tmp_path),
                                       tmp_path)
    assert missing == [('a C++ compiler (clang++-99 -O2)', 'g++')]


def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('RELDISTILL_ENV_GB', raising=False)
    place = tmp_path / 'not' / 'there' / 'yet'
    env_checks.check_disk(place, 5, free=5)
    with pytest.raises(Problem) as error:
        env_checks.check_disk(place, 13_000_000_000, free=2_000_000_000)
    assert '2.0 GB free' in message(error)
    assert '13.0 GB are needed' in message(error)
    monkeypatch.setenv('RELDISTILL_ENV_GB', '1.5')
    env_checks.check_disk(place, 13_000_000_000, free=2_000_000_000)


def test_disk_needs(tmp_path: Path) -> None:
    full = env_checks.ENV_BYTES + 2 * env_checks.DOWNLOAD_BYTES

    def needs(cache: Path | None, installed: int) -> int:
        listed = env_checks.disk_needs(tmp_path / 'venv', tmp_path, cache,
                                       installed)
        assert len(listed) == 1, 'one file system'
        return listed[0][1]

    assert needs(tmp_path / 'cache', 0) == full
    assert needs(None, 0) == full - env_checks.DOWNLOAD_BYTES
    assert 0 < needs(None, env_checks.ENV_BYTES // 2) < full
    assert needs(tmp_path, env_checks.ENV_BYTES) == 0


def test_venv_place(tmp_path: Path) -> None:
    env_checks.check_venv_place(tmp_path / 'new' / 'venv')
    env_checks.check_venv_place(tmp_path)
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(Problem) as error:
        env_checks.check_venv_place(tmp_path)
    assert 'is no virtual environment' in message(error)
    (tmp_path / 'pyvenv.cfg').touch()
    env_checks.check_venv_place(tmp_path)


def test_missing_system_library() -> None:
    error = ImportError('libGL.so.1: cannot open shared object file: No '
                        'such file or directory')
    assert selfcheck.advise('cv2', error).endswith('apt-get install libgl1')
    error = OSError('libodd.so.3: cannot open shared object file')
    assert 'libodd.so.3' in selfcheck.advise('cv2', error)
    assert '\n' not in selfcheck.advise('cv2', ImportError('a\nb'))


def test_missing_library_packages() -> None:
    selfcheck_packages = {**selfcheck.PACKAGES, 'libnowhere.so.9': 'nowhere'}
    selfcheck.PACKAGES, before = selfcheck_packages, selfcheck.PACKAGES
    try:
        found = selfcheck.missing_packages(('libnowhere.so.9', ))
    finally:
        selfcheck.PACKAGES = before
    assert found == ['nowhere']
    assert set(selfcheck.OPEN3D_LIBRARIES) <= set(before)
