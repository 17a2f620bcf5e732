"""Make the world and the students, and take them through the protocols."""
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import torch
from mmengine.config import Config

from miniworld.prepare import data_options, prepare_data, world_state
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import run_protocols
from reldistill_mm.experiments.choose_rates import Search, set_own_rates
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.method_caches import plan_caches
from reldistill_mm.experiments.methods import (OURS, find_methods, read_method,
                                               training_config)
from reldistill_mm.experiments.named import named_protocol
from reldistill_mm.experiments.plan import RANDOM
from reldistill_mm.experiments.table_file import table_students
from reldistill_mm.experiments.train_once import WORK_DIR, train_once
from reldistill_mm.io.files import atomic_path
from reldistill_mm.io.paths import config_path
from .cost import Cost, estimate
from .sizes import Size


def run_study(size: Size,
              data: Path,
              out: Path,
              jobs: int,
              kept: Kept,
              table: Path | None = None) -> str:
    """Run what is left to run; write ``results.md`` and what it is made of.

    Args:
        size (Size): What is run.
        data (Path): Folder of the world, made if it is missing.
        out (Path): The study's folder.
        jobs (int): Runs at a time.
        kept (Kept): Where the losses of runs that choose rates are kept.
        table (Path, optional): MethodTable's ``results.json``; the students
            are those that it was made of. Defaults to None: they are trained.

    Returns:
        str: ``results.md``: the tables, and what they cost.
    """
    if jobs < 1:
        raise BadInput(f'--jobs must be positive, not {jobs}.')
    there = (None if table is None else table_students(table, size.methods,
                                                       size.seeds, data))
    out.mkdir(parents=True, exist_ok=True)
    expected = estimate(size, students=table is None)
    print(
        f'{sum(expected.values()):.1f} core hours at most on a machine of its '
        'own (' + ', '.join(f'{part} {hours:.1f}'
                            for part, hours in expected.items()) + ')',
        flush=True)
    cost = Cost(out / 'cost.json')
    threads = max(1, torch.get_num_threads() // jobs)
    with cost.of('world'):
        prepare_data(data, workers=jobs, **size.world)
    kept.world = world_state(data)
    options = data_options(data)
    if there is None:
        checkpoints, made = _taught(size, options, out, jobs, threads, kept,
                                    cost)
    else:
        checkpoints, made = there, f"those of '{table}'"
    folder = out / 'protocols'
    protocols = [_protocol(name, folder) for name in size.protocols]
    with cost.of('protocols'):
        text = run_protocols(
            {
                **checkpoints, RANDOM: ''
            }, protocols, [*size.seeds], folder, {
                **options, 'train_dataloader.batch_size': 1
            }, jobs, size.subsets, size.seeds_per_subset, size.sweep,
            [(OURS, other)
             for other in (*size.methods, RANDOM) if other != OURS])
    text += f'\nStudents: {made}.\n\n{cost.line()}\n'
    with atomic_path(out / 'results.md') as path:
        path.write_text(text)
    return text


def _taught(size: Size, options: dict, out: Path, jobs: int, threads: int,
            kept: Kept, cost: Cost) -> tuple[dict[str, str], str]:
    """Make the students; return checkpoints, and how the rates were chosen."""
    paths = find_methods({})
    configs = {
        name: read_method(paths[name], options, size.epochs)
        for name in size.methods
    }
    with cost.of('teacher'):
        plan = plan_caches(configs, out / 'caches')
        plan.fill(configs)
    caches = plan.folders
    with cost.of('rates'):
        rates = set_own_rates(
            configs, caches,
            Search(out / 'tuning', size.rates, size.tuning_epochs,
                   size.seeds[0], jobs, threads, kept))
    with cost.of('students'):
        checkpoints = train_students(configs, caches, size.seeds, out, jobs,
                                     threads)
    return checkpoints, rates


def train_students(configs: Mapping[str, Config],
                   caches: Mapping[str, Path | None], seeds: Sequence[int],
                   out: Path, jobs: int, threads: int) -> dict[str, str]:
    """Distil with every loss and seed, unless that was done before.

    Args:
        configs (Mapping[str, Config]): Loss to config.
        caches (Mapping[str, Path | None]): Loss to the teacher's features.
        seeds (Sequence[int]): Seeds of each.
        out (Path): The study's folder.
        jobs (int): Runs at a time.
        threads (int): Torch's threads per run.

    Returns:
        dict[str, str]: Loss to checkpoint, with ``{seed}``.
    """
    runs = [*product(configs, seeds)]
    # mmengine reads configs through globals, so they are made one by one.
    ready = [
        training_config(configs[method], seed, caches[method])
        for method, seed in runs
    ]
    with ThreadPoolExecutor(jobs) as pool:
        records = [*pool.map(
            lambda run, cfg: train_once(
                cfg, out / 'students' / run[0] / f'seed{run[1]}', threads),
            runs, ready)]  # yapf: disable
    return {
        method:
        str(out / 'students' / method / 'seed{seed}' / WORK_DIR /
            record['checkpoint'])
        for (method, _), record in zip(runs, records)
    }


def _protocol(name: str, out: Path) -> Path:
    """A short name, or a config that lies right in ``configs``."""
    path = named_protocol(name, 'miniworld', out)
    return path if path.suffix else Path(config_path(f'{name}.py'))
