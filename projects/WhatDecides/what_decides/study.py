"""Plan, run and report the study."""
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import mmengine
from mmengine.config import Config

from reldistill_mm.cli.call_tools import call_tool
from reldistill_mm.cli.source_version import source_version
from reldistill_mm.experiments import write_json
from reldistill_mm.experiments.choose_rates import (Search, choose_rates,
                                                    rates_note)
from reldistill_mm.experiments.run import RunsFailed
from reldistill_mm.experiments.train_and_test import train_and_test
from .changes import make_changed, words_of
from .configs import (CONFIGS, Run, cache_config, evaluation_config,
                      method_config, training_config)
from .cost import Meter, estimate, require_hours
from .factors import BOTH, RECIPE, Factor, Level
from .pictures import draw_leads, draw_levels
from .report import to_markdown


class Settings(NamedTuple):
    """What all runs share.

    Attributes:
        out: The study's folder.
        options: Changes to every config, with the data's folder.
        epochs: Epochs where the level says none.
        rates: Learning rates to choose from, for each loss.
        tuning_epochs: Epochs of the runs that choose.
        jobs: Runs at a time.
        threads: Torch's threads per run.
        most_hours: Core hours that the study may cost.
    """
    out: Path
    options: dict
    epochs: int
    rates: Sequence[float]
    tuning_epochs: int
    jobs: int
    threads: int
    most_hours: float


def plan(factors: Mapping[str, Factor], seeds: Sequence[int]) -> list[Run]:
    """List the runs, each once, all levels of a seed before the next seed."""
    levels = {
        level.name: level
        for factor in factors.values()
        for level in factor.levels
    }
    recipe = Level(RECIPE, RECIPE)
    levels = {RECIPE: levels.get(RECIPE, recipe), **levels}
    return [
        Run(level, method, seed) for number, seed in enumerate(seeds)
        for level in levels.values()
        if level.most_seeds is None or number < level.most_seeds
        for method in (BOTH if level.name == RECIPE else level.methods)
    ]


def run_study(factors: Mapping[str, Factor], seeds: Sequence[int],
              how: Settings) -> str:
    """Run what is left to run; write tables and pictures.

    Args:
        factors (Mapping[str, Factor]): From :func:`.factors.study_factors`.
        seeds (Sequence[int]): Seeds of every run.
        how (Settings): What all runs share.

    Returns:
        str: ``results.md``.

    Raises:
        BadInput: It would cost more than it may.
        RunsFailed: Some runs failed; the others are finished and reported.
    """
    runs = plan(factors, seeds)
    # mmengine reads configs through globals, so they are read one by one.
    configs = {name: method_config(name, how.options) for name in CONFIGS}
    search = Search(how.out / 'tuning', how.rates, how.tuning_epochs, seeds[0],
                    how.jobs, how.threads)
    hours = _estimated(runs, configs['relational'], how)
    print(
        f'{len(runs)} runs, about {hours:.1f} core hours; {how.out}',
        flush=True)
    require_hours(hours, how.most_hours)
    meter = Meter(how.out)
    caches, facts = fill_caches([run.level for run in runs],
                                configs['relational'], how.out)
    tuned = {
        name:
        training_config(cfg, Run(Level(RECIPE, ''), name, seeds[0]),
                        caches[RECIPE], how.rates[0], how.epochs)
        for name, cfg in configs.items()
    }
    chosen = choose_rates(tuned, search)
    notes = [
        f'number of epochs where the length is not the factor: {how.epochs}',
        f'seeds: {", ".join(map(str, seeds))}',
        rates_note(chosen, search), f'commit: {source_version()}'
    ]
    ready = [
        training_config(configs[run.method], run, caches[run.level.name],
                        chosen[run.method]['learning_rate'], how.epochs)
        for run in runs
    ]
    records: list[dict] = []
    failures: list[str] = []

    def report() -> str:
        spent = f'core hours: {meter.stop():.2f} (estimated: {hours:.2f})'
        results = dict(
            notes=[*notes, spent],
            teachers=facts,
            levels={
                name: [level.name for level in factor.levels]
                for name, factor in factors.items()
            },
            records=sorted(
                records, key=lambda r: (r['level'], r['method'], r['seed'])))
        write_json(how.out / 'results.json', results)
        text = to_markdown(factors, records, facts, results['notes'])
        (how.out / 'results.md').write_text(text)
        return text

    with ThreadPoolExecutor(how.jobs) as pool:
        futures = {
            pool.submit(train_and_test, how.out / run.folder, cfg,
                        evaluation_config(cfg), how.threads):
            run
            for run, cfg in zip(runs, ready)
        }
        for future in as_completed(futures):
            run = futures[future]
            try:
                metrics = future.result()
            except Exception as error:
                failures.append(f'{run.folder}: {error}')
                print(failures[-1], flush=True)
                continue
            print(
                f"{run.folder}: mIoU {100 * metrics['miou']:.1f}", flush=True)
            records.append(
                dict(
                    level=run.level.name,
                    method=run.method,
                    seed=run.seed,
                    **metrics))
            report()
    text = report()
    draw_leads(factors, records, how.out / 'leads.png')
    draw_levels(factors, records, how.out / 'levels.png')
    if failures:
        raise RunsFailed(f'{len(failures)} of {len(runs)} runs failed:\n' +
                         '\n'.join(failures))
    return text


def fill_caches(levels: Sequence[Level], cfg: Config,
                out: Path) -> tuple[dict[str, Path], dict[str, dict]]:
    """Build, finish or change the caches that the levels read.

    Returns:
        tuple[dict, dict]: Level to folder, and level to what its change did.
    """
    folders = {RECIPE: _taught(Level(RECIPE, RECIPE), cfg, out)}
    facts: dict[str, dict] = {}
    words = None
    for level in {level.name: level for level in levels}.values():
        if level.change is not None:
            words = words or words_of(cfg)
            folder = out / 'caches' / level.name
            facts[level.name] = make_changed(folders[RECIPE], folder,
                                             *level.change, words)
            folders[level.name] = folder
        elif level.cache:
            folders[level.name] = _taught(level, cfg, out)
        else:
            folders[level.name] = folders[RECIPE]
    return folders, facts


def _taught(level: Level, cfg: Config, out: Path) -> Path:
    """Let the teacher compute a cache, or what it lacks."""
    folder = out / 'caches' / level.name
    folder.parent.mkdir(parents=True, exist_ok=True)
    config = folder.with_suffix(folder.suffix + '.py')
    cache_config(cfg, level).dump(config)
    call_tool('cache_teacher.py', str(config), '--out', str(folder))
    return folder


def _estimated(runs: Sequence[Run], cfg: Config, how: Settings) -> float:
    counts = [
        _count(cfg[f'{split}_dataloader'].dataset)
        for split in ('train', 'test')
    ]
    left = [
        run for run in runs
        if not (how.out / run.folder / 'test.json').is_file()
    ]
    caches = len({run.level.name for run in left if run.level.cache}) + 1
    tuning = ([how.tuning_epochs] * len(CONFIGS) *
              len(how.rates) if len(how.rates) > 1 else [])
    return estimate(left, how.epochs, *counts, caches, tuning)


def _count(dataset: Mapping) -> int:
    """Number of keyframes of a dataset's info file, or of those chosen."""
    infos = mmengine.load(Path(dataset['data_root']) / dataset['ann_file'])
    chosen = dataset.get('indices')
    total = len(infos['data_list'])
    return total if chosen is None else min(total, int(chosen))
