"""The cache of the mmcv wheel: keys, damage, interrupted builds."""
import hashlib
import zipfile
from pathlib import Path

import env_wheel
import pytest
from env_checks import Problem

PINS = {'torch': '2.1.2', 'mmcv': '2.1.0'}
NAME = 'mmcv-2.1.0-cp311-cp311-linux_x86_64.whl'


def write_wheel(folder: Path, member: str = 'mmcv/_ext.so') -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / NAME, 'w') as archive:
        archive.writestr(member, 'x' * 100)
    return folder / NAME


def test_place_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('HOME', '/home/ann')
    root = env_wheel.cache_root
    assert root({'RELDISTILL_CACHE': '/c'}) == Path('/c')
    assert root({'XDG_CACHE_HOME': '/x'}) == Path('/x/reldistill_mm')
    assert root({'RELDISTILL_CACHE':
                 ''}) == Path('/home/ann/.cache/reldistill_mm')


def test_key_names_what_the_binary_depends_on() -> None:
    key = env_wheel.wheel_key(PINS, (3, 11, 7))
    assert key == 'py3.11-torch2.1.2-mmcv2.1.0-cpu-linux_x86_64'
    others = {
        env_wheel.wheel_key(PINS, (3, 10, 7)),
        env_wheel.wheel_key({
            **PINS, 'torch': '2.2.0'
        }, (3, 11, 7)),
        env_wheel.wheel_key({
            **PINS, 'mmcv': '2.1.1'
        }, (3, 11, 7)),
    }
    assert len(others | {key}) == 4
    assert env_wheel.wheel_key(PINS, (3, 11, 2)) == key


def test_sound_wheel(tmp_path: Path) -> None:
    write_wheel(tmp_path / 'out')
    folder = tmp_path / 'wheels' / 'key'
    wheel = env_wheel.publish(tmp_path / 'out', folder)
    assert wheel == folder / NAME and wheel.is_file()
    assert not (tmp_path / 'out').exists()
    assert env_wheel.wheel_damage(folder) is None
    recorded = (folder / env_wheel.SUMS).read_text()
    assert recorded.split()[0] == hashlib.sha256(
        wheel.read_bytes()).hexdigest()


def test_damaged_wheels(tmp_path: Path) -> None:
    assert env_wheel.wheel_damage(tmp_path / 'none') == 'it is incomplete'
    write_wheel(tmp_path / 'out')
    wheel = env_wheel.publish(tmp_path / 'out', tmp_path / 'key')
    content = wheel.read_bytes()
    wheel.write_bytes(content[:-1])
    assert env_wheel.wheel_damage(wheel.parent) == 'its checksum differs'
    wheel.write_bytes(content)
    assert env_wheel.wheel_damage(wheel.parent) is None
    (wheel.parent / env_wheel.SUMS).unlink()
    assert env_wheel.wheel_damage(wheel.parent) == 'it is incomplete'


def test_wheel_without_operators_is_not_published(tmp_path: Path) -> None:
    write_wheel(tmp_path / 'out', 'mmcv/ops/nms.py')
    with pytest.raises(Problem, match='no compiled operators'):
        env_wheel.publish(tmp_path / 'out', tmp_path / 'key')
    assert not (tmp_path / 'key').exists()
    (tmp_path / 'out' / NAME).write_bytes(b'half')
    with pytest.raises(Problem, match='no zip file'):
        env_wheel.publish(tmp_path / 'out', tmp_path / 'key')


def test_interrupted_build_goes_on(tmp_path: Path) -> None:
    calls = []

    def step(title: str, command: list, **options: object) -> float:
        calls.append(command[2])
        where = [Path(str(part)) for part in command]
        if 'download' in command:
            folder = where[command.index('--dest') + 1]
            folder.mkdir(parents=True)
            source = tmp_path / 'setup.py'
            source.touch()
            with zipfile.ZipFile(folder / 'mmcv.zip', 'w') as archive:
                archive.write(source, 'mmcv-2.1.0/setup.py')
            return 0.0
        env = options['env']
        assert env['FORCE_CUDA'] == '0' and env['MMCV_WITH_OPS'] == '1'
        assert env['CUDA_VISIBLE_DEVICES'] == ''
        # Else a ninja that is only in the environment is not found.
        assert env['PATH'].startswith('venv/bin:')
        assert (where[-1] / 'setup.py').is_file()
        (where[-1] / 'object.o').touch()
        write_wheel(where[command.index('--wheel-dir') + 1])
        if calls.count('wheel') == 1:
            raise KeyboardInterrupt
        return 0.0

    pip = ['venv/bin/python', 'pip']
    folder = tmp_path / 'wheels' / env_wheel.wheel_key(PINS)
    with pytest.raises(KeyboardInterrupt):
        env_wheel.build(pip, PINS, tmp_path, step)
    assert not folder.exists()
    objects = list((tmp_path / 'build').rglob('object.o'))
    assert len(objects) == 1, 'what was compiled is kept'
    wheel = env_wheel.build(pip, PINS, tmp_path, step)
    assert calls == ['download', 'wheel', 'wheel']
    assert wheel.parent == folder
    assert env_wheel.wheel_damage(folder) is None
    assert not objects[0].exists()


def test_jobs_fit_into_memory() -> None:
    assert env_wheel.build_jobs(16, 64_000_000_000) == 16
    assert env_wheel.build_jobs(16, 5_000_000_000) == 2
    assert env_wheel.build_jobs(2, 1_000_000_000) == 1


def test_jobs_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('MAX_JOBS', '3')
    monkeypatch.setenv('FORCE_CUDA', '1')
    env = env_wheel.build_environment(Path('/venv/bin'))
    assert env['PATH'].startswith('/venv/bin:')
    assert env['MAX_JOBS'] == '3'
    assert env['FORCE_CUDA'] == '0'
