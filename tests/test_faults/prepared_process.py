"""A process that has imported everything and forks for each command.

Importing takes most of a command's time; here a command takes what it does
itself, so that it can be killed at many moments.
"""
import json
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class PreparedProcess:
    """Run tools of the checkout in forks of one process.

    Args:
        cwd (Path): Working directory of the commands.
    """

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        environment = dict(
            os.environ,
            OMP_NUM_THREADS='1',
            # The tools' own folder as if each were started by its path.
            PYTHONPATH=f"{ROOT}{os.pathsep}{ROOT / 'tools'}")
        self._process = subprocess.Popen([sys.executable, __file__],
                                         stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE,
                                         text=True,
                                         cwd=cwd,
                                         env=environment)

    def run(self,
            command: Sequence[str],
            kill_after: float | None = None) -> tuple[int, str]:
        """Run ``tools/NAME.py ARGUMENTS``, or kill it and its children.

        Args:
            command (Sequence[str]): Tool and arguments.
            kill_after (float, optional): Seconds until kill -9.

        Returns:
            tuple[int, str]: Exit code, -9 if killed, and what it printed.
        """
        log = self.cwd / 'output.txt'
        self._write(command=[*map(str, command)], log=str(log))
        child = int(self._read())
        if kill_after is not None:
            time.sleep(kill_after)
            try:
                os.killpg(child, signal.SIGKILL)
            except ProcessLookupError:
                # It was faster.
                pass
        return int(self._read()), log.read_text(errors='replace')

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()

    def _write(self, **request) -> None:
        self._process.stdin.write(json.dumps(request) + '\n')
        self._process.stdin.flush()

    def _read(self) -> str:
        return self._process.stdout.readline()


def serve() -> None:
    """Answer each request with a process id and, later, its exit code."""
    import mmdet3d.apis  # noqa: F401

    import reldistill_mm.apis  # noqa: F401
    import reldistill_mm.experiments  # noqa: F401
    answers = os.fdopen(os.dup(1), 'w')
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            obey(**request)
        # Done by parent and child, for neither may be too late.
        os.setpgid(child, child)
        print(child, file=answers, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def obey(command: list[str], log: str) -> None:
    """Become the command; never returns."""
    os.setpgid(0, 0)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.argv = command
    code = 0
    try:
        runpy.run_path(command[0], run_name='__main__')
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == '__main__':
    serve()
