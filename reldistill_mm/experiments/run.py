"""Run a study, several runs at a time, and write its table."""
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import torch

from ..errors import BadInput
from ..io.files import require_folder
from .contrast_table import write_contrasts
from .data_state import States
from .execute import config_digest, execute, finished, input_digest, run_config
from .plan import plan_runs
from .run_sweep import run_sweep
from .sweep import Sweep, final_config, lengths_of
from .table import write_table


class RunsFailed(RuntimeError):
    """Some runs of a study failed; the others are finished."""


def run_protocols(
    checkpoints: dict[str, str],
    protocols: list[Path],
    seeds: list[int],
    out: Path,
    options: dict | None = None,
    jobs: int = 1,
    subsets: int = 1,
    seeds_per_subset: int = 2,
    sweep: Sweep | None = None,
    compare: Sequence[Sequence[str]] = ()) -> str:
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
        subsets (int), seeds_per_subset (int): See :func:`plan_runs`.
        sweep (Sweep, optional): Choose learning rates and lengths first, by
            the rule of :mod:`.sweep`. Defaults to None, the configs' own.
        compare (Sequence): Pairs of columns to compare, by seeds, subsets and
            scenes: :mod:`.contrast_table`. Defaults to none.

    Returns:
        str: The table in Markdown, and that of the comparisons.

    Raises:
        RunsFailed: Some runs failed; the others are finished.
        ValueError, FileNotFoundError: See :func:`plan_runs`,
            :func:`run_config` and :func:`finished`; the data cannot be read.
            Nothing was run.
    """
    if jobs < 1:
        raise BadInput(f'--jobs must be positive, not {jobs}.')
    unknown = {name for pair in compare for name in pair} - {*checkpoints}
    if unknown:
        raise BadInput(
            f"--compare: '{min(unknown)}' is not one of the columns "
            f'{[*checkpoints]}.')
    require_folder(out)
    runs = plan_runs(checkpoints, protocols, seeds, subsets, seeds_per_subset)
    configs = {run: run_config(run, options or {}) for run in runs}
    known: States = {}
    made = {run: input_digest(run, configs[run], known) for run in runs}
    threads = max(1, torch.get_num_threads() // jobs)
    if sweep is not None:
        choices = run_sweep(configs, made, sweep, out, jobs, threads)
        lengths = lengths_of(choices)
        for run in runs:
            choice = choices.get((run.model, run.protocol))
            if choice is not None:
                configs[run] = final_config(configs[run], choice,
                                            lengths[run.protocol])
                made[run]['config'] = config_digest(configs[run])
    results = {run: finished(run, made[run], out) for run in runs}
    out.mkdir(parents=True, exist_ok=True)
    waiting = [run for run in runs if results[run] is None]
    print(
        f'{len(runs)} runs, {len(runs) - len(waiting)} of them finished '
        f'before; {out}',
        flush=True)
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
    done = [found for found in results.values() if found]
    parts = [write_table(done, out), write_contrasts(done, compare, out)]
    return '\n'.join(filter(None, parts))
