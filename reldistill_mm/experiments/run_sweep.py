"""Run the trials of a sweep, or read those that an earlier call finished."""
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from mmdet3d.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from ..cli.call_tools import call_tool
from ..errors import BadInput
from ..functional.fingerprint import digest_json
from ..visualization import read_scalars
from .choose_rates import DIVERGED
from .kept import info_sums
from .plan import Run
from .records import read_json, write_json
from .sweep import (RULE, Choice, Sweep, choose, first_runs, is_swept,
                    lengths_of, trial_config, trial_folder, trial_rates)

TRIAL, CHOICES = 'trial.json', 'choices.json'
Choices = dict[tuple[str, str], Choice]
Trial = Callable[[], dict[str, Any]]


def run_sweep(configs: dict[Run, Config], made: dict[Run, dict], sweep: Sweep,
              out: Path, jobs: int, threads: int) -> Choices:
    """Choose rates and lengths for all columns and protocols.

    What was tried and chosen is written to ``choices.json``.

    Args:
        configs (dict): Run to its config, with seed and subset.
        made (dict): Run to the digests of what it is made of.
        sweep (Sweep): What is tried.
        out (Path): The study's folder.
        jobs (int): Trials at a time.
        threads (int): Torch's threads for each.

    Returns:
        dict: Column and protocol to choice, of those that are trained.

    Raises:
        BadInput: Choose scenes are trained or reported on, or a protocol is
            not counted in iterations.
        RuntimeError: A trial failed; the others are finished.
    """
    rates = trial_rates(sweep)
    wanted: dict[tuple[str, str], list[Trial]] = {}
    for key, run in first_runs([*configs]).items():
        if is_swept(configs[run]):
            require_apart(configs[run], sweep.ann_file)
            wanted[key] = [
                partial(run_trial, trial_folder(out, run, *pair),
                        trial_config(configs[run], sweep, *pair), made[run],
                        pair, threads) for pair in rates
            ]
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {
            key: [pool.submit(trial) for trial in trials]
            for key, trials in wanted.items()
        }
        choices = {
            key: choose([trial.result() for trial in trials], sweep)
            for key, trials in waiting.items()
        }
    if choices:
        write_choices(choices, sweep, out)
    return choices


def run_trial(folder: Path, cfg: Config, made: dict[str, Any],
              pair: tuple[float, float], threads: int) -> dict[str, Any]:
    """Train a trial, unless an earlier call finished it.

    Returns:
        dict: ``backbone``, ``head`` and ``curve``: mIoU at every test.
    """
    folder = folder.resolve()
    done = folder / TRIAL
    made_of = dict(
        made,
        config=digest_json(cfg.to_dict(), default=str),
        choose=info_sums(cfg, ['val']))
    if done.is_file():
        known = read_json(done)
        if known['made_of'] == made_of:
            return known['trial']
    # A curve of two beginnings would be none.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = folder / 'config.py'
    cfg.dump(config)
    work_dir = folder / 'train'
    curve: list[float] = []
    try:
        call_tool(
            'train.py',
            str(config),
            '--work-dir',
            str(work_dir),
            log=folder / 'output.txt',
            threads=threads)
        curve = [
            record['miou'] for record in read_scalars(work_dir)
            if 'miou' in record
        ]
    except RuntimeError as error:
        # A rate that diverges is out of question, and no failure.
        if DIVERGED not in str(error):
            raise
    trial = dict(backbone=pair[0], head=pair[1], curve=curve)
    write_json(done, dict(made_of=made_of, trial=trial))
    print(
        f'{folder.parent.parent.name}/{folder.parent.name}, backbone '
        f'{pair[0]:g}, head {pair[1]:g}: {len(curve)} tests, mIoU '
        f'{curve[-1] if curve else float("nan"):.4f}',
        flush=True)
    return trial


def write_choices(choices: Choices, sweep: Sweep, out: Path) -> None:
    """Write what was tried and chosen, with the rule."""
    lengths = lengths_of(choices)
    write_json(
        out / CHOICES,
        dict(
            rule=RULE,
            sweep=sweep._asdict(),
            lengths=lengths,
            choices=[
                dict(model=model, protocol=protocol, **choice._asdict())
                for (model, protocol), choice in choices.items()
            ]))
    for (model, protocol), choice in choices.items():
        if not choice.flat:
            print(
                f'{model}, {protocol}: still rising, or not yet judged, after '
                f'{choice.iterations} iterations (--sweep-iters).',
                flush=True)
        if choice.at_edge:
            print(
                f'{model}, {protocol}: rates {choice.backbone:g} (backbone) '
                f'and {choice.head:g} (head) are at the end of those tried; '
                'a better one may lie beyond (--backbone-rates, '
                '--head-rates).',
                flush=True)


def require_apart(cfg: Config, ann_file: str) -> None:
    """Refuse choose scenes that are also trained or reported on.

    Raises:
        BadInput: They share a scene, or a scan where there are no names.
    """
    sets = {}
    with DefaultScope.overwrite_default_scope(
            cfg.get('default_scope') or 'mmdet3d'):
        for name, loader in (('trained', 'train'), ('reported', 'test'),
                             ('choose', 'val')):
            dataset = dict(cfg[f'{loader}_dataloader'].dataset, pipeline=[])
            if name == 'choose':
                dataset['ann_file'] = ann_file
            if name == 'trained' and 'keyframes' in dataset:
                # All that any subset could train on.
                dataset['keyframes'] = None
            built = DATASETS.build(dataset)
            infos = map(built.get_data_info, range(len(built)))
            sets[name] = {
                info.get('scene_name') or info['lidar_points']['lidar_path']
                for info in infos
            }
    for name in ('trained', 'reported'):
        shared = sets['choose'] & sets[name]
        if shared:
            raise BadInput(
                f"'{ann_file}' and what is {name} on share {len(shared)} "
                f"scenes ('{min(shared)}'): choices need scenes of their own "
                '(for MiniWorld: python tools/make_miniworld.py --large).')
