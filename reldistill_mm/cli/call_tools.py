"""Call the project's tools as a user would, each in its own process."""
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ..io.paths import mim_path


def call_tool(tool: str,
              *arguments: str,
              log: Path | None = None,
              threads: int | None = None,
              processes: int = 1) -> None:
    """Run one of the tools and wait for it.

    Args:
        tool (str): File name below ``tools``.
        arguments (str): Arguments on its command line.
        log (Path, optional): File to append its output to. Defaults to
            None: the output is shown.
        threads (int, optional): Torch's threads. Defaults to torch's choice.
        processes (int): Processes that share the work on this machine; with
            more than one the tool must know ``--launcher``. Defaults to 1.

    Raises:
        RuntimeError: The tool failed; the message ends with its last output.
    """
    command, line = [sys.executable], '$ python '
    if processes > 1:
        command += [
            '-m', 'torch.distributed.run', '--master_addr', '127.0.0.1',
            '--master_port', str(_free_port()), '--nproc_per_node',
            str(processes)
        ]  # yapf: disable
        line = f'$ torchrun --nproc_per_node {processes} '
        arguments = (*arguments, '--launcher', 'pytorch')
    command += [str(mim_path('tools', tool)), *arguments]
    line += ' '.join([f'tools/{tool}', *arguments])
    environment = dict(os.environ)
    if threads is not None:
        environment.update(
            OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    if log is None:
        print(line, flush=True)
        code = subprocess.run(command, env=environment).returncode
    else:
        with log.open('a') as output:
            print(line, file=output, flush=True)
            code = subprocess.run(
                command,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT).returncode
    if code:
        end = '' if log is None else f' {log} ends:\n{_tail(log)}'
        raise RuntimeError(f'tools/{tool} ended with {code}.{end}')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def _tail(log: Path, lines: int = 8) -> str:
    return '\n'.join(log.read_text().splitlines()[-lines:])


def run_train(config: str, work_dir: Path, *flags: str, **how) -> Path:
    """``tools/train.py``.

    Args:
        config (str): Path of the config.
        work_dir (Path): Work directory of the run.
        flags (str): More command-line arguments.
        how: Keyword arguments of :func:`call_tool`.

    Returns:
        Path: Checkpoint of the last epoch.
    """
    call_tool('train.py', config, '--work-dir', str(work_dir), *flags, **how)
    return Path((work_dir / 'last_checkpoint').read_text().strip())


def run_test(config: str, checkpoint: Path, work_dir: Path,
             **how) -> dict[str, float]:
    """``tools/test.py``.

    Args:
        config (str): Path of the config.
        checkpoint (Path): Checkpoint to test.
        work_dir (Path): Work directory of the run.
        how: Keyword arguments of :func:`call_tool`.

    Returns:
        dict[str, float]: Values of the metrics.
    """
    call_tool('test.py', config, str(checkpoint), '--work-dir', str(work_dir),
              **how)
    newest = max(work_dir.glob('*/[0-9]*.json'))
    return json.loads(newest.read_text())


def save_untrained(config: str, path: Path) -> None:
    """Save the model as it is before training, with the config's seed."""
    cfg = Config.fromfile(config)
    cfg.work_dir = str(path.parent / 'untrained')
    runner = Runner.from_cfg(cfg)
    torch.save(dict(state_dict=runner.model.state_dict(), meta={}), path)
