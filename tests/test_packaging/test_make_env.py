"""``make env``: whole or refused, and one line for whoever it fails."""
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Stands in for uv: makes a folder, in two steps, as slowly as it is told.
UV = r"""#!/bin/sh
echo "$*" >> "$LOG"
case "$1" in
--version) echo "uv ${UV_IS:-0.13.9} (test)"; exit 0;;
esac
if [ "$1" = venv ]; then
    for place; do :; done
    mkdir -p "$place/bin"; touch "$place/bin/python" "$place/pyvenv.cfg"
    exit 0
fi
case "$*" in *--check*) [ -f "$UV_PROJECT_ENVIRONMENT/whole" ]; exit;; esac
mkdir -p "$UV_PROJECT_ENVIRONMENT"
touch "$UV_PROJECT_ENVIRONMENT/pyvenv.cfg"
echo "Downloading torch (500MiB)"
sleep ${UV_SECONDS:-0}
while [ -n "$UV_UNTIL" ] && [ ! -e "$UV_UNTIL" ]; do sleep .05; done
if [ -n "$UV_SAYS" ]; then echo "$UV_SAYS" >&2; exit 2; fi
touch "$UV_PROJECT_ENVIRONMENT/whole"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What make_env.py needs of a checkout, with a uv that records."""
    root = tmp_path / 'check out'
    for folder in (root, root / 'requirements' / 'openmmlab'):
        folder.mkdir(parents=True)
        (folder / 'uv.lock').write_text('lock 1\n')
        (folder / 'pyproject.toml').write_text('\n')
    (root / 'tools').mkdir()
    shutil.copy(ROOT / 'tools' / 'make_env.py', root / 'tools')
    (root / 'reldistill_mm' / '.mim' / 'configs').mkdir(parents=True)
    (root / 'bin').mkdir()
    (root / 'bin' / 'uv').write_text(UV)
    (root / 'bin' / 'uv').chmod(0o755)
    return root


def start(root: Path, *arguments: str, **env: str) -> subprocess.Popen:
    path = f'{root / "bin"}:/usr/bin:/bin'
    return subprocess.Popen(
        [sys.executable, str(root / 'tools' / 'make_env.py'), *arguments],
        env={**os.environ, 'PATH': path, 'LOG': str(root / 'log'), **env},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True)  # yapf: disable


def run(root: Path, *arguments: str, **env: str) -> tuple:
    process = start(root, *arguments, **env)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def syncs(root: Path) -> list:
    lines = (root / 'log').read_text().splitlines()
    return [
        line for line in lines
        if line.startswith('sync') and '--check' not in line
    ]


def test_made_once_and_again_when_the_lock_changes(checkout):
    code, out, _ = run(checkout)
    assert code == 0 and '.venv is ready' in out
    assert 'Downloading torch' in out
    assert run(checkout) == (0, '', '')
    assert len(syncs(checkout)) == 1
    assert '--frozen' in syncs(checkout)[0]
    assert '--compile-bytecode' in syncs(checkout)[0]
    (checkout / 'uv.lock').write_text('lock 2\n')
    assert run(checkout)[0] == 0
    # What somebody has taken out by hand comes back.
    (checkout / '.venv' / 'whole').unlink()
    assert run(checkout)[0] == 0
    assert len(syncs(checkout)) == 3
    shutil.rmtree(checkout / 'reldistill_mm' / '.mim')
    assert run(checkout)[0] == 0
    assert '--reinstall-package reldistill_mm' in syncs(checkout)[-1]


@pytest.mark.parametrize('says, line', [
    ('error: Failed to fetch\n  Caused by: dns error', 'no network'),
    ('  cause: error sending request for url', 'no network'),
    ('error: failed to write: No space left on device (os error 28)',
     'the disk is full'),
    ('  Caused by: invalid peer certificate: UnknownIssuer', 'SSL_CERT_FILE'),
    ('x.cpp: fatal error: Python.h: No such file', 'python3.11-dev'),
    ("error: [Errno 2] No such file or directory: 'g++'", 'apt-get install '
     'g++'),
    ('/bin/sh: 1: c++: not found', 'apt-get install g++'),
    ('error: failed to open: Permission denied (os error 13)', 'VENV='),
    ('error: something new', 'something new'),
])
def test_a_failure_is_one_line_and_goes_on(checkout, says, line):
    code, _, err = run(checkout, UV_SAYS=says)
    assert code == 1
    assert err.startswith('[env] error: ') and line in err
    assert err.count('\n') == 1
    (checkout / '.venv' / 'half').touch()
    assert run(checkout)[0] == 0
    # Made again, not taken for complete.
    assert not (checkout / '.venv' / 'half').exists()
    assert run(checkout) == (0, '', '')


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize('seconds', [0., .15, .4])
def test_ended_at_any_moment(checkout, number, seconds):
    process = start(checkout, UV_SECONDS='1')
    time.sleep(seconds)
    if number == signal.SIGKILL:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode != 0
    if process.returncode == 130:
        assert err == ('[env] interrupted; the same command continues from '
                       'here\n')
    mark = checkout / '.venv' / 'made_by_make_env'
    assert not mark.exists() or not json.loads(mark.read_text())['lock']
    assert run(checkout)[0] == 0
    assert (checkout / '.venv' / 'whole').exists()


@pytest.mark.parametrize('killed', [False, True])
def test_the_second_waits_for_the_first_ones_uv(checkout, killed):
    """uv, which outlives a kill of its parent alone, has no rival."""
    until = checkout / 'until'
    first = start(checkout, UV_UNTIL=str(until))
    # It has said what it will: what is said to nobody would end it.
    while 'Downloading' not in first.stdout.readline():
        pass
    if killed:
        first.kill()
    second = start(checkout)
    assert 'another make env is running' in second.stdout.readline()
    until.touch()
    second.communicate(timeout=60)
    first.communicate(timeout=60)
    assert second.returncode == 0 and bool(first.returncode) is killed
    assert len(syncs(checkout)) == 1 + killed


def test_somebody_elses_folder_is_left_alone(checkout):
    place = checkout / 'notes'
    place.mkdir()
    (place / 'diary').touch()
    code, _, err = run(checkout, '--venv', str(place))
    assert code == 1 and 'was not made by make env' in err
    assert [path.name for path in place.iterdir()] == ['diary']
    # An empty one is as good as none.
    (checkout / 'empty').mkdir()
    assert run(checkout, '--venv', str(checkout / 'empty'))[0] == 0


def test_a_mark_of_another_folder_counts_for_nothing(checkout):
    """Interrupted, then made by hand: what lies there now is kept."""
    assert run(checkout, UV_SAYS='error: dns error')[0] == 1
    shutil.rmtree(checkout / '.venv')
    (checkout / 'own').mkdir()
    (checkout / 'own' / 'work.txt').touch()
    (checkout / 'own').rename(checkout / '.venv')
    code, _, err = run(checkout)
    assert code == 1 and 'was not made by make env' in err
    assert (checkout / '.venv' / 'work.txt').exists()


def test_choices_are_kept_until_others_are_named(checkout):
    """CUDA= once; a make target that is called without it changes nothing."""
    assert run(checkout, '--cuda', 'cu126')[0] == 0
    (checkout / '.venv' / 'spconv_cu126').touch()
    assert run(checkout) == (0, '', '')
    # A lock that changed is synchronised in place: one's own packages stay.
    (checkout / 'uv.lock').write_text('lock 2\n')
    assert run(checkout)[0] == 0
    assert '--inexact' in syncs(checkout)[-1]
    assert '--extra cu126' in syncs(checkout)[-1]
    assert (checkout / '.venv' / 'spconv_cu126').exists()
    assert run(checkout, '--cuda', 'none')[0] == 0
    assert '--extra' not in syncs(checkout)[-1]
    assert not (checkout / '.venv' / 'spconv_cu126').exists()


def test_another_python_empties_the_folder_but_for_its_mark(checkout):
    """Even if interrupted then, it is known for one of make env's."""
    assert run(checkout)[0] == 0
    mark = checkout / '.venv' / 'made_by_make_env'
    mark.write_text(mark.read_text().replace(sys.version[:6], '3.10.1'))
    assert run(checkout, UV_SAYS='error: dns error')[0] == 1
    assert sorted(path.name for path in (checkout / '.venv').iterdir()) == [
        'bin', 'made_by_make_env', 'pyvenv.cfg']  # yapf: disable
    assert run(checkout)[0] == 0


def test_an_environment_on_another_disk_by_a_link(checkout):
    (checkout / 'disk').mkdir()
    (checkout / '.venv').symlink_to(checkout / 'disk')
    assert run(checkout, UV_SAYS='error: dns error')[0] == 1
    assert run(checkout)[0] == 0
    assert (checkout / '.venv').is_symlink()
    assert (checkout / 'disk' / 'whole').exists()


def test_the_environments_own_python_comes_first(checkout):
    """A plain `make env` keeps the Python that PYTHON= once named."""
    shutil.copy(ROOT / 'Makefile', checkout)
    own = checkout / 'v sp' / 'bin' / 'python'
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\n[ $1 = -c ] || echo "$0 $1"\n')
    own.chmod(0o755)
    # `make test` would let this make say which folder it enters.
    environment = {
        name: value
        for name, value in os.environ.items() if not name.startswith('MAKE')
    }
    words = subprocess.run(
        ['make', 'env', 'VENV=v sp'], cwd=checkout, capture_output=True,
        text=True, env=environment).stdout  # yapf: disable
    assert words == 'v sp/bin/python tools/make_env.py\n'


def test_what_uv_refuses_leaves_the_rest_as_it_was(checkout):
    """Without a network, twice: what was whole is not emptied."""
    assert run(checkout)[0] == 0
    packages = checkout / '.venv' / 'lib' / 'python3' / 'site-packages'
    packages.mkdir(parents=True)
    (packages / 'torch').touch()
    (checkout / 'uv.lock').write_text('lock 2\n')
    for _ in range(2):
        assert run(checkout, UV_SAYS='error: dns error')[0] == 1
        assert (packages / 'torch').exists()
    assert run(checkout)[0] == 0 and (packages / 'torch').exists()


def test_a_copy_or_another_stack_is_made_again(checkout, tmp_path):
    assert run(checkout)[0] == 0
    (checkout / '.venv' / 'old').touch()
    if sys.version_info[:2] == (3, 11):
        assert run(checkout, '--stack', 'openmmlab')[0] == 0
        assert not (checkout / '.venv' / 'old').exists()
        (checkout / '.venv' / 'old').touch()
    copy = tmp_path / 'copy'
    shutil.copytree(checkout, copy)
    assert run(copy)[0] == 0
    assert not (copy / '.venv' / 'old').exists()


def test_what_is_there_waits_for_nobody(checkout):
    """Not even for the lock, nor for a checkout that may be written to."""
    assert run(checkout)[0] == 0
    until = checkout / 'until'
    other = start(checkout, '--venv', str(checkout / 'v'), UV_UNTIL=str(until))
    while not syncs(checkout)[1:]:
        time.sleep(.02)
    assert run(checkout) == (0, '', '')
    until.touch()
    other.communicate(timeout=60)


@pytest.mark.parametrize('arguments, line', [
    (('--cuda', '12.6'), "--cuda: invalid choice: '12.6'"),
    (('--stack', 'foo'), "--stack: invalid choice: 'foo'"),
    (('--venv', '/dev/null'), 'was not made by make env'),
    (('--venv', '/dev/null/x'), 'does not name a folder'),
])
def test_what_a_user_mistypes_is_one_line(checkout, arguments, line):
    code, _, err = run(checkout, *arguments)
    assert code == 1 and err.startswith('[env] error: ') and line in err
    assert err.count('\n') == 1


@pytest.mark.parametrize('place', ['.', '/', '~'])
def test_places_for_no_environment(checkout, place):
    place = str(checkout) if place == '.' else place
    code, _, err = run(checkout, '--venv', place)
    assert code == 1 and 'not a place for an environment' in err


def test_stacks_and_gpus(checkout):
    if sys.version_info[:2] == (3, 11):
        assert run(checkout, '--stack', 'openmmlab')[0] == 0
        assert 'requirements/openmmlab' in syncs(checkout)[0]
        assert run(checkout, '--stack', 'openmmlab', '--cuda', 'cu126')[0] == 1
    assert run(checkout, '--venv', str(checkout / 'v'), '--cuda',
               'cu126')[0] == 0
    assert '--extra cu126 --no-group spconv' in syncs(checkout)[-1]


@pytest.mark.parametrize('stack, line', [
    ('today', 'no Python 3.11 to 3.13 here: {} (Python 3.10.1);'),
    ('openmmlab', 'no Python 3.11 here: {} (Python 3.10.1);'),
])
def test_pythons_that_do_not_fit(tmp_path, stack, line):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\n[ $1 = -V ] && echo Python 3.10.1\n')
    python.chmod(0o755)
    made = subprocess.run(
        ['make', 'env', f'PYTHON={python}', f'STACK={stack}'], cwd=ROOT,
        capture_output=True, text=True)  # yapf: disable
    assert made.returncode and made.stderr.startswith('make env: ')
    assert line.format(python) in made.stderr


def test_an_old_uv_is_not_taken(checkout, tmp_path):
    """Then this checkout gets its own; here that is there already."""
    own = checkout / '.uv' / 'bin' / 'uv'
    own.parent.mkdir(parents=True)
    own.write_text(UV.replace('UV_IS', 'OWN_IS'))
    own.chmod(0o755)
    code, out, _ = run(checkout, UV_IS='0.8.1')
    assert code == 0 and 'installing uv' not in out
    assert (checkout / 'log').read_text().count('--version') == 4


def made_by_make() -> bool:
    return (Path(sys.prefix) / 'made_by_make_env').is_file()


@pytest.mark.slow
@pytest.mark.skipif(
    not made_by_make(),
    reason='not made by `make env`, so '
    'that its packages may not be in the cache of uv')
def test_no_compiler_is_called(tmp_path):
    """A whole environment on a PATH without one, and it computes."""
    if importlib.util.find_spec('mmcv._ext').origin.endswith('.so'):
        pytest.skip('the old stack compiles mmcv')
    tools = tmp_path / 'bin'
    tools.mkdir()
    hidden = {'cc', 'c++', 'gcc', 'g++', 'clang', 'clang++', 'c89', 'c99'}
    for folder in os.environ['PATH'].split(':'):
        for file in Path(folder).glob('*') if Path(folder).is_dir() else ():
            if not any(
                    file.name == name or file.name.startswith(f'{name}-')
                    or file.name.endswith(f'-{name}')
                    for name in hidden) and not (tools / file.name).exists():
                (tools / file.name).symlink_to(file)
    env = dict(os.environ, PATH=str(tools))
    assert shutil.which('cc', path=env['PATH']) is None
    venv = tmp_path / 'venv'
    for variable in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'MAKEOVERRIDES'):
        env.pop(variable, None)
    base = getattr(sys, '_base_executable', sys.executable)
    made = subprocess.run(
        ['make', 'env', f'VENV={venv}', f'PYTHON={base}'],
        cwd=ROOT, env=env, capture_output=True, text=True)  # yapf: disable
    assert made.returncode == 0, made.stderr
    checked = subprocess.run(
        [str(venv / 'bin' / 'python'), 'tools/doctor.py', '--device', 'cpu'],
        cwd=ROOT, env=env, capture_output=True, text=True)  # yapf: disable
    assert 'without operators' in checked.stdout
    assert 'Nothing is wrong' in checked.stdout, checked.stdout
    shutil.rmtree(venv)
