"""Plan, run and report the study."""
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import mmengine
from mmengine.config import Config

from reldistill_mm.experiments import write_json
from reldistill_mm.experiments.choose_rates import (Search, choose_rates,
                                                    kept_rates, rates_note)
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.run import RunsFailed
from reldistill_mm.experiments.train_and_test import TESTED, train_and_test
from .caches import cache_folders, fill_caches
from .configs import (CONFIGS, Run, evaluation_config, method_config,
                      training_config)
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
        kept: Where results are kept.
    """
    out: Path
    options: dict
    epochs: int
    rates: Sequence[float]
    tuning_epochs: int
    jobs: int
    threads: int
    most_hours: float
    kept: Kept = Kept()


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
    caches = cache_folders([run.level for run in runs], how.out)
    search = Search(how.out / 'tuning', how.rates, how.tuning_epochs, seeds[0],
                    how.jobs, how.threads, how.kept)
    tuned = {
        name:
        training_config(cfg, Run(Level(RECIPE, ''), name, seeds[0]),
                        caches[RECIPE], how.rates[0], how.epochs)
        for name, cfg in configs.items()
    }
    chosen = kept_rates(tuned, search)
    ready = _ready(runs, configs, caches, chosen, how) if chosen else {}
    left = [run for run in runs if not _is_done(run, ready, how)]
    hours = _estimated(left, chosen is None, configs['relational'], how)
    print(
        f'{len(runs)} runs, {len(left)} of them left, about {hours:.1f} core '
        f'hours; {how.out}',
        flush=True)
    require_hours(hours, how.most_hours)
    meter = Meter(how.out)
    needed = {run.level.name for run in left}
    if chosen is None:
        needed.add(RECIPE)
    facts = fill_caches([run.level for run in runs], needed,
                        configs['relational'], caches, how.kept)
    if chosen is None:
        chosen = choose_rates(tuned, search)
        ready = _ready(runs, configs, caches, chosen, how)
    notes = [
        f'number of epochs where the length is not the factor: {how.epochs}',
        f'seeds: {", ".join(map(str, seeds))}',
        rates_note(chosen, search)
    ]
    records: list[dict] = []
    failures: list[str] = []

    def report() -> str:
        how_made = [
            f'core hours here: {meter.stop():.2f}, estimated: {hours:.2f}; of '
            f'all runs: {how.kept.seconds * how.threads / 3600:.2f} at most',
            f'commit: {", ".join(sorted(how.kept.commits))}'
        ]
        results = dict(
            notes=[*notes, *how_made],
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
            pool.submit(_train_and_test, run, ready[run.folder], how): run
            for run in runs
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


def _ready(runs: Sequence[Run], configs: Mapping[str, Config],
           caches: Mapping[str, Path], chosen: Mapping[str, dict],
           how: Settings) -> dict[Path, Config]:
    return {
        run.folder:
        training_config(configs[run.method], run, caches[run.level.name],
                        chosen[run.method]['learning_rate'], how.epochs)
        for run in runs
    }


def _asked(run: Run, cfg: Config) -> tuple[str, list[Config]]:
    """What a run's result is kept by; configs do not tell features apart."""
    kind = f'test, {run.level.change}' if run.level.change else 'test'
    return kind, [cfg, evaluation_config(cfg)]


def _is_done(run: Run, ready: Mapping[Path, Config], how: Settings) -> bool:
    return (how.out / run.folder / TESTED).is_file() or (
        run.folder in ready and how.kept.has(*_asked(run, ready[run.folder])))


def _train_and_test(run: Run, cfg: Config, how: Settings) -> dict[str, float]:
    return how.kept.once(
        *_asked(run, cfg), lambda: train_and_test(
            how.out / run.folder, cfg, evaluation_config(cfg), how.threads))


def _estimated(left: Sequence[Run], tune: bool, cfg: Config,
               how: Settings) -> float:
    counts = [
        _count(cfg[f'{split}_dataloader'].dataset)
        for split in ('train', 'test')
    ]
    caches = len({run.level.name for run in left if run.level.cache}) + 1
    tuning = [how.tuning_epochs] * len(CONFIGS) * len(
        how.rates) if tune and len(how.rates) > 1 else []
    return estimate(left, how.epochs, *counts, caches, tuning)


def _count(dataset: Mapping) -> int:
    """Number of keyframes of a dataset's info file, or of those chosen."""
    infos = mmengine.load(Path(dataset['data_root']) / dataset['ann_file'])
    chosen = dataset.get('indices')
    total = len(infos['data_list'])
    return total if chosen is None else min(total, int(chosen))
