"""What `make env` does, skips, repeats, and never takes for finished."""
import json
import os
from pathlib import Path

import env_site
import env_wheel
import pytest
import setup_env
from env_checks import Problem


def make_package(site: Path, name: str, content: str = 'x = 1\n') -> Path:
    info = site / f'{name}-1.0.dist-info'
    info.mkdir(parents=True)
    (site / f'{name}.py').write_text(content)
    (info / 'RECORD').write_text(f'{name}.py,sha256=abc,{len(content)}\n'
                                 f'{name}.pyc,sha256=abc,999\n'
                                 f'{name}-1.0.dist-info/RECORD,,\n')
    return info


def test_interrupted_packages_are_dropped(tmp_path: Path) -> None:
    whole = make_package(tmp_path, 'whole')
    half = make_package(tmp_path, 'half')
    (tmp_path / 'half.py').write_text('x')
    unrecorded = make_package(tmp_path, 'un_recorded')
    (unrecorded / 'RECORD').unlink()
    shared = make_package(tmp_path, 'opencv_python')
    (tmp_path / 'opencv_python.py').write_text('of the headless one')
    leftover = tmp_path / '~orch'
    leftover.mkdir()
    damaged = env_site.drop_damaged(tmp_path)
    assert damaged == ['half', 'un-recorded']
    assert whole.is_dir() and shared.is_dir()
    assert not half.exists() and not leftover.exists()


def test_sum_of_the_installed_wheel(tmp_path: Path) -> None:
    info = make_package(tmp_path, 'mmcv')
    assert env_site.installed_sum(tmp_path, 'mmcv') is None
    url = {'url': 'file:///x.whl', 'archive_info': {'hash': 'sha256=12ab'}}
    (info / 'direct_url.json').write_text(json.dumps(url))
    assert env_site.installed_sum(tmp_path, 'mmcv') == '12ab'


def test_stamp(tmp_path: Path) -> None:
    assert env_site.read_stamp(tmp_path) == {}
    env_site.write_stamp(tmp_path, {'environment': 'a'})
    assert env_site.read_stamp(tmp_path) == {'environment': 'a'}
    assert [path.name for path in tmp_path.iterdir()] == [env_site.STAMP]
    (tmp_path / env_site.STAMP).write_text('{"environment": "a')
    assert env_site.read_stamp(tmp_path) == {}


def test_key_of_the_environment(tmp_path: Path,
                                monkeypatch: pytest.MonkeyPatch) -> None:
    lock, script = tmp_path / 'lock.txt', tmp_path / 'setup_env.py'
    lock.write_text('a==1\n')
    script.write_text('pass\n')
    keys = [env_site.environment_key(lock, tmp_path)]
    assert env_site.environment_key(lock, tmp_path) == keys[0]
    lock.write_text('a==2\n')
    keys.append(env_site.environment_key(lock, tmp_path))
    script.write_text('pass  # changed\n')
    keys.append(env_site.environment_key(lock, tmp_path))
    monkeypatch.setattr('platform.python_version', lambda: '3.11.99')
    keys.append(env_site.environment_key(lock, tmp_path))
    assert len(set(keys)) == 4


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> setup_env.Setup:
    """A set-up in an empty place whose commands are only noted."""
    monkeypatch.setattr('env_checks.check_disk', lambda *_: None)
    monkeypatch.setattr('env_checks.check_tools', lambda _: None)
    made = setup_env.Setup(tmp_path / 'venv', tmp_path / 'cache')
    made.titles = []

    def step(title: str, command: list, **options: object) -> float:
        made.steps += 1
        made.titles.append(title)
        if 'venv' in command:
            (made.venv / 'bin').mkdir(parents=True)
            (made.venv / 'pyvenv.cfg').touch()
            made.python.write_text('#!/bin/sh\necho 3.11.7\n')
            made.python.chmod(0o755)
        return 0.0

    def build(*_: object) -> None:
        made.titles.append('building mmcv')
        made.wheels.mkdir(parents=True)
        (made.wheels / 'mmcv-2.1.0.whl').touch()

    monkeypatch.setattr(made, 'step', step)
    monkeypatch.setattr(env_wheel, 'build', build)
    monkeypatch.setattr(made, 'verify', lambda: made.titles.append('verify'))
    return made


def test_order_of_the_steps(setup: setup_env.Setup) -> None:
    setup.run()
    shown = [title.split(' (')[0] for title in setup.titles]
    number = len(setup.pins) - 6
    assert shown == [
        'making the virtual environment', 'installing the build tools',
        f'installing {number} packages', 'installing OpenCV without a display',
        'building mmcv', 'installing mmcv', 'verify', 'installing the project'
    ]
    assert env_site.read_stamp(setup.venv) == setup.stamp


def test_interrupt_leaves_no_finished_environment(
        setup: setup_env.Setup, monkeypatch: pytest.MonkeyPatch) -> None:

    def interrupt() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setup, 'verify', interrupt)
        with pytest.raises(KeyboardInterrupt):
            setup.run()
    stamp = env_site.read_stamp(setup.venv)
    assert stamp.get('environment') is None
    assert not setup.is_current()
    setup.titles.clear()
    setup.run()
    assert 'making the virtual environment' not in setup.titles
    assert env_site.read_stamp(setup.venv) == setup.stamp


def test_change_of_the_project_alone_is_quick(setup: setup_env.Setup) -> None:
    setup.run()
    env_site.write_stamp(setup.venv, {**setup.stamp, 'project': 'other'})
    assert not setup.is_current()
    setup.titles.clear()
    setup.run()
    assert setup.titles == ['installing the project']


def test_packages_of_a_former_lock_are_removed(setup: setup_env.Setup) -> None:
    setup.run()
    former = {'environment': 'old', 'pins': [*setup.pins, 'old-package']}
    env_site.write_stamp(setup.venv, former)
    setup.titles.clear()
    setup.run()
    assert setup.titles[0] == 'removing 1 packages of the former lock'


def test_damaged_wheel_is_dropped_and_built_anew(
        setup: setup_env.Setup, capsys: pytest.CaptureFixture) -> None:
    setup.wheels.mkdir(parents=True)
    (setup.wheels / 'mmcv-2.1.0.whl').write_bytes(b'half')
    (setup.wheels / env_wheel.SUMS).write_text('0 mmcv-2.1.0.whl\n')
    setup.run()
    assert 'its checksum differs' in capsys.readouterr().out
    assert 'building mmcv' in setup.titles


def test_foreign_directory_is_left_alone(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setenv('RELDISTILL_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setattr('env_checks.check_python', lambda: None)
    (tmp_path / 'notes.txt').touch()
    assert setup_env.main(['--venv', str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith('[env] error: ') and said.count('\n') == 1
    assert (tmp_path / 'notes.txt').exists()


@pytest.mark.parametrize('failure, status, words', [
    (Problem('no network'), 1, 'error: no network'),
    (OSError(28, 'No space left on device'), 1, 'No space left'),
    (KeyboardInterrupt(), 130, 'goes on from here'),
])
def test_exit_status(failure: BaseException, status: int, words: str,
                     tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                     capsys: pytest.CaptureFixture) -> None:

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setenv('RELDISTILL_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setattr('env_checks.check_python', lambda: None)
    monkeypatch.setattr(setup_env.Setup, 'run', fail)
    monkeypatch.setattr('signal.signal', lambda *_: None)
    assert setup_env.main(['--venv', str(tmp_path / 'venv')]) == status
    said = capsys.readouterr().err
    assert words in said and said.count('\n') == 1
    assert os.path.exists(tmp_path / 'cache' / 'env.lock')
