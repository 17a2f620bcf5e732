"""Run a study, several runs at a time, and write its table."""
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import torch

from ..errors import BadInput
from ..io.files import require_folder
from .data_state import States
from .execute import execute, finished, input_digest, run_config
from .plan import plan_runs
from .table import write_table


class RunsFailed(RuntimeError):
    """Some runs of a study failed; the others are finished."""


def run_protocols(checkpoints: dict[str, str],
                  protocols: list[Path],
                  seeds: list[int],
                  out: Path,
                  options: dict | None = None,
                  jobs: int = 1) -> str:
    """Take checkpoints through protocols; continue where a call ended.

    The table is written again after every run, so that it holds what is
    finished whatever happens to the rest.

    Args:
        checkpoints (dict[str, str]), protocols (list[Path]),
            seeds (list[int]): See :func:`plan_runs`.
        out (Path): The study's folder.
        options (dict, optional): Changes to every config, as by
            ``--cfg-options``.
        jobs (int): Number of runs at a time, which share torch's threads.
            Defaults to 1.

    Returns:
        str: The table in Markdown.

    Raises:
        RunsFailed: Some runs failed; the others are finished.
        ValueError, FileNotFoundError: See :func:`plan_runs`,
            :func:`run_config` and :func:`finished`; the data cannot be read.
            Nothing was run.
    """
    if jobs < 1:
        raise BadInput(f'--jobs must be positive, not {jobs}.')
    require_folder(out)
    runs = plan_runs(checkpoints, protocols, seeds)
    configs = {run: run_config(run, options or {}) for run in runs}
    known: States = {}
    made = {run: input_digest(run, configs[run], known) for run in runs}
    results = {run: finished(run, made[run], out) for run in runs}
    out.mkdir(parents=True, exist_ok=True)
    waiting = [run for run in runs if results[run] is None]
    print(
        f'{len(runs)} runs, {len(runs) - len(waiting)} of them finished '
        f'before; {out}',
        flush=True)
    threads = max(1, torch.get_num_threads() // jobs)
    failures = []
    pool = ThreadPoolExecutor(jobs)
    try:
        futures = {
            pool.submit(execute, run, configs[run], made[run], out, threads):
            run
            for run in waiting
        }
        for future in as_completed(futures):
            run = futures[future]
            try:
                figures = results[run] = future.result()
            except Exception as error:
                failures.append(f'{run.folder}: {error}')
                print(f'{run.folder} failed: {error}', flush=True)
                continue
            print(
                f"{run.folder}: mIoU {figures['metrics']['miou']:.4f}, "
                f"{figures['seconds']:.0f} s",
                flush=True)
            write_table([found for found in results.values() if found], out)
    finally:
        # On an interrupt the running processes finish and no other starts.
        pool.shutdown(cancel_futures=True)
    if failures:
        raise RunsFailed(f'{len(failures)} of {len(runs)} runs failed:\n' +
                         '\n'.join(failures))
    return write_table([found for found in results.values() if found], out)
