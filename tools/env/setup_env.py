"""Make the environment of the project; called by ``make env``.

Runs with the base interpreter and the standard library only. Every step can
be interrupted and repeated: what is finished is recorded last, packages are
checked against their own records, and a wheel enters the cache in one step.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import env_checks
import env_site
import env_wheel
import selfcheck
from env_checks import Problem
from env_run import clean_environment, clock, run_logged, say

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / 'tools' / 'env'
LOCK = ROOT / 'requirements' / 'lock-py311.txt'
# Installed first: the rest is unpacked and built with them.
BUILD_TOOLS = ('pip', 'setuptools', 'wheel', 'ninja')
# Installed last: its cv2 works without libGL, that of opencv-python, which
# has the same files, does not.
HEADLESS = 'opencv-python-headless'


class Setup:
    """One run of ``make env``.

    Args:
        venv: Where the environment is or will be.
        cache: Root of the cache.
    """

    def __init__(self, venv: Path, cache: Path) -> None:
        self.venv = venv
        self.cache = cache
        self.pins = env_site.read_lock(LOCK)
        self.python = venv / 'bin' / 'python'
        self.site = env_site.site_packages(venv)
        self.wheels = cache / 'wheels' / env_wheel.wheel_key(self.pins)
        self.pip = [str(self.python), '-m', 'pip', '--no-color']
        self.keep_open: list[int] = []
        self.steps = 0
        self.stamp = {
            'environment': env_site.environment_key(LOCK, SCRIPTS),
            'project': env_site.project_key(ROOT),
            'pins': sorted(self.pins)
        }

    def is_current(self) -> bool:
        """Say whether nothing has to be done."""
        links = ROOT / 'reldistill_mm' / '.mim' / 'configs'
        return (env_site.read_stamp(self.venv) == self.stamp
                and os.access(self.python, os.X_OK) and links.is_dir())

    def check(self) -> None:
        """Find out what is missing before anything long is begun."""
        env_checks.check_venv_place(self.venv)
        damage = env_wheel.wheel_damage(self.wheels)
        env_checks.check_tools(env_checks.missing_tools(build=bool(damage)))
        if damage:
            env_checks.check_disk(self.cache, env_checks.BUILD_BYTES)
            if self.wheels.exists():
                say(f'the cached wheel of mmcv is dropped: {damage}')
                shutil.rmtree(self.wheels)
        pip_cache = None if os.environ.get('PIP_NO_CACHE_DIR') else Path(
            os.environ.get('PIP_CACHE_DIR') or '~/.cache/pip').expanduser()
        for place, needed in env_checks.disk_needs(
                self.venv, Path(tempfile.gettempdir()), pip_cache,
                env_checks.tree_bytes(self.venv)):
            env_checks.check_disk(place, needed)

    def step(self, title: str, command: list[str | Path], **options: object):
        """Run a command with a log of its own."""
        self.steps += 1
        log = self.cache / 'logs' / f'{self.steps:02d}.log'
        return run_logged(
            title, command, log, keep_open=self.keep_open, **options)

    def make_venv(self) -> None:
        """Make the virtual environment, unless a usable one is there."""
        probe = [self.python, '-c', 'import sys, pip; print(sys.version)']
        if self.python.exists():
            result = subprocess.run(
                probe, capture_output=True, text=True, env=clean_environment())
            if result.returncode == 0 and result.stdout.startswith('3.11.'):
                return
        self.step('making the virtual environment',
                  [sys.executable, '-m', 'venv', '--clear', self.venv])

    def install(self, title: str, names: list[str], *options: str) -> None:
        """Install the locked versions of packages, and nothing else."""
        listed = self.cache / 'logs' / f'{self.steps + 1:02d}.txt'
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text(''.join(f'{name}=={self.pins[name]}\n'
                                  for name in names))
        self.step(title, [
            *self.pip, 'install', '--no-deps', '--progress-bar', 'off',
            '--disable-pip-version-check', *options, '-r', listed
        ])  # yapf: disable

    def install_packages(self) -> None:
        """Install all of the lock but mmcv."""
        # No second try here: without a network this step fails soon.
        self.install('installing the build tools', list(BUILD_TOOLS),
                     '--retries', '1')
        rest = sorted(set(self.pins) - {*BUILD_TOOLS, HEADLESS, 'mmcv'})
        self.install(
            f'installing {len(rest)} packages (2.5 GB to download at first)',
            rest, '--no-build-isolation')
        env_site.drop_damaged(self.site)
        self.install('installing OpenCV without a display', [HEADLESS])

    def install_mmcv(self) -> None:
        """Install the wheel of mmcv, built if the cache has none."""
        if env_wheel.wheel_damage(self.wheels):
            env_wheel.build(self.pip, self.pins, self.cache, self.step)
        else:
            say(f'using the wheel of mmcv in {self.wheels}')
        wheel = env_wheel.sole_wheel(self.wheels)
        if (env_site.installed_sum(self.site, 'mmcv')
                != env_wheel.file_sum(wheel)):
            # Without force pip would keep a build for another torch.
            self.step('installing mmcv', [
                *self.pip, 'install', '--no-deps', '--no-index',
                '--force-reinstall', wheel
            ])  # yapf: disable

    def remove_former(self) -> None:
        """Remove what only a former lock had."""
        former = env_site.read_stamp(self.venv).get('pins', [])
        gone = sorted(set(former) - set(self.pins))
        if gone:
            self.step(f'removing {len(gone)} packages of the former lock',
                      [*self.pip, 'uninstall', '--yes', *gone])

    def verify(self) -> None:
        """Check dependencies and imports.

        Raises:
            Problem: If a package is missing or cannot be imported.
        """
        self.step('checking the dependencies', [*self.pip, 'check'])
        say('importing the main packages ...')
        result = subprocess.run([self.python, SCRIPTS / 'selfcheck.py'],
                                stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL,
                                stdin=subprocess.DEVNULL,
                                text=True,
                                env=clean_environment(CUDA_VISIBLE_DEVICES=''))
        said = result.stdout.strip().splitlines() or ['']
        if result.returncode == selfcheck.BAD_OPERATORS:
            shutil.rmtree(self.wheels, ignore_errors=True)
            raise Problem(f'{said[-1]}; its wheel is dropped, the next make '
                          'env builds it anew')
        if result.returncode:
            raise Problem(said[-1] or 'importing the main packages crashed '
                          f'with status {result.returncode}')
        for line in said:
            if line.startswith('note: '):
                say(line)

    def run(self) -> None:
        """Do everything; the stamp comes last."""
        self.check()
        self.make_venv()
        self.remove_former()
        stamp = env_site.read_stamp(self.venv)
        if stamp.get('environment') != self.stamp['environment']:
            env_site.write_stamp(self.venv, {'pins': stamp.get('pins', [])})
            damaged = env_site.drop_damaged(self.site)
            if damaged:
                say(f'installing anew what was interrupted: {damaged}')
            self.install_packages()
            self.install_mmcv()
            self.verify()
        self.step('installing the project', [
            *self.pip, 'install', '--no-deps', '--no-build-isolation',
            '--no-index', '--editable', ROOT
        ])  # yapf: disable
        env_site.write_stamp(self.venv, self.stamp)


def hold_lock(cache: Path) -> IO[str]:
    """Wait until no other ``make env`` of this user is at work."""
    cache.mkdir(parents=True, exist_ok=True)
    file = (cache / 'env.lock').open('w')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say('another make env is at work; waiting for it ...')
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def interrupt(*_: object) -> None:
    """Treat the request to end like Ctrl-C, so that compilers end too."""
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """Run the set-up; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--venv', type=Path, default=ROOT / '.venv')
    venv = parser.parse_args(arguments).venv.expanduser().absolute()
    start = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        env_checks.check_python()
        setup = Setup(venv, env_wheel.cache_root())
        if setup.is_current():
            return 0
        with hold_lock(setup.cache) as lock:
            setup.keep_open.append(lock.fileno())
            if not setup.is_current():
                setup.run()
                took = clock(time.monotonic() - start)
                say(f'{venv} is ready, after {took}')
    except Problem as problem:
        print(f'[env] error: {problem}', file=sys.stderr)
        return 1
    except OSError as error:
        print(f'[env] error: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            '[env] interrupted; the same command goes on from here',
            file=sys.stderr)
        return 130
    return 0


if __name__ == '__main__':
    sys.exit(main())
