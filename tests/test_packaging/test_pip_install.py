"""The documented line of pip, in a bare environment without uv."""
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTED = "pip install '.[cpu,lite]' ./requirements/mmcv_no_operators"
UNREACHABLE = ('NewConnectionError', 'Max retries exceeded', 'ProxyError',
               'ConnectTimeoutError', 'ReadTimeoutError')


def test_it_is_documented():
    assert DOCUMENTED in (ROOT / 'docs' / 'install.md').read_text()


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info >= (3, 13),
    reason='nuscenes-devkit asks '
    'for numpy 1, which has no wheel for Python 3.13; uv is '
    'told otherwise')
def test_pip_alone_installs_what_computes(tmp_path: Path) -> None:
    """Two minutes and 7 GB, removed afterwards."""
    if shutil.disk_usage(tmp_path).free < 12e9:
        pytest.skip('less than 12 GB free')
    base = getattr(sys, '_base_executable', sys.executable)
    venv = tmp_path / 'venv'
    made = subprocess.run([base, '-m', 'venv', venv], capture_output=True)
    if made.returncode:
        pytest.skip('this Python makes no virtual environments')
    try:
        # As somebody types it, in a shell.
        line = DOCUMENTED.replace('pip ', f'{venv}/bin/pip --no-cache-dir ')
        done = subprocess.run(line, shell=True, cwd=ROOT, text=True,
                              capture_output=True)  # yapf: disable
        if any(word in done.stderr for word in UNREACHABLE):
            pytest.skip('no package index can be reached')
        assert done.returncode == 0, done.stderr[-2000:]
        doctor, = venv.glob('lib/*/site-packages/reldistill_mm/.mim/tools/'
                            'doctor.py')
        said = subprocess.run([venv / 'bin' / 'python', doctor, '--device',
                               'cpu'], cwd=tmp_path, text=True,
                              capture_output=True)  # yapf: disable
        assert 'Nothing is wrong.' in said.stdout, said.stdout + said.stderr
    finally:
        shutil.rmtree(venv)
