"""Train, test and probe all methods, and write the table."""
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from mmengine.config import Config

from reldistill_mm.cli.call_tools import run_test
from reldistill_mm.cli.source_version import source_version
from reldistill_mm.experiments import read_json, run_protocols, write_json
from reldistill_mm.experiments.execute import FIGURES
from reldistill_mm.experiments.run import RunsFailed
from reldistill_mm.experiments.train_once import WORK_DIR, train_once
from reldistill_mm.functional.fingerprint import digest_json
from reldistill_mm.io.files import atomic_path, file_sum
from reldistill_mm.io.paths import tiny_clip_model
from .caches import fill_caches
from .methods import (Settings, evaluation_config, from_cache, has_words,
                      method_config, training_config)
from .report import PROBE, Row, to_markdown, with_scores


def run_study(methods: Mapping[str, Path], seeds: Sequence[int], probe: Path,
              probe_all: bool, how: Settings) -> str:
    """Run what is left to run; write ``table.md`` and ``results.json``.

    The table is written again after every run, so that it holds what is
    finished whatever happens to the rest.

    Args:
        methods (Mapping[str, Path]): Name in the table to config.
        seeds (Sequence[int]): Seeds of every run.
        probe (Path): Protocol for the methods without words.
        probe_all (bool): Take those with words through it, too.
        how (Settings): What all runs share.

    Returns:
        str: The table in Markdown.

    Raises:
        RunsFailed: Some runs failed; the others are finished.
    """
    # mmengine reads configs through globals, so they are read one by one.
    configs = {
        name: method_config(path, how)
        for name, path in methods.items()
    }
    caches = fill_caches(configs, how.out / 'caches')
    table = _Table(configs, how)
    jobs = [(name, seed) for seed in seeds for name in methods]
    with ThreadPoolExecutor(how.jobs) as pool:
        futures = {
            pool.submit(_train_and_test, how.out / name / f'seed{seed}',
                        training_config(configs[name], seed, caches[name]),
                        evaluation_config(configs[name]), how.threads):
            (name, seed)
            for name, seed in jobs
        }
        for future in as_completed(futures):
            name, seed = futures[future]
            try:
                table.add(name, seed, future.result())
            except Exception as error:
                table.failures.append(f'{name}, seed {seed}: {error}')
                print(f'{table.failures[-1]}', flush=True)
    for name in methods:
        done = [seed for seed in seeds if (name, seed) in table.figures]
        if done and (probe_all or not has_words(configs[name])):
            _probe(table, name, done, probe, how)
    if table.failures:
        raise RunsFailed(f'{len(table.failures)} runs failed:\n' +
                         '\n'.join(table.failures))
    return table.write()


class _Table:
    """Figures by method and seed, and the files that hold them."""

    def __init__(self, configs: Mapping[str, Config], how: Settings) -> None:
        self.rows = {
            name:
            Row(_name_of(cfg.model.teacher), has_words(cfg), from_cache(cfg))
            for name, cfg in configs.items()
        }
        self.out = how.out
        self.notes = [
            f'number of epochs: {how.epochs or "as configured"}',
            f'commit: {source_version()}'
        ]
        self.figures: dict[tuple[str, int], dict] = {}
        self.failures: list[str] = []

    def add(self, name: str, seed: int, figures: dict) -> None:
        """Add figures of a run, and write the table."""
        self.figures.setdefault((name, seed), {}).update(figures)
        self.write()

    def write(self) -> str:
        """Write ``table.md`` and ``results.json``; return the former."""
        records = [
            dict(method=name, seed=seed, **figures)
            for (name, seed), figures in sorted(self.figures.items())
        ]
        text = to_markdown(records, self.rows, self.notes)
        write_json(self.out / 'results.json', records)
        with atomic_path(self.out / 'table.md') as path:
            path.write_text(text)
        return text


def _train_and_test(folder: Path, train: Config, test: Config,
                    threads: int) -> dict[str, float]:
    """Train and test unless earlier calls did; return the metrics."""
    record = train_once(train, folder, threads)
    checkpoint = folder / WORK_DIR / record['checkpoint']
    made = dict(
        config=digest_json(test.to_dict(), default=str),
        checkpoint=file_sum(checkpoint))
    path = folder / 'test.json'
    if path.is_file():
        known = read_json(path)
        if known['made_of'] == made:
            return known['metrics']
    config = folder / 'test.py'
    test.dump(config)
    metrics = run_test(
        str(config),
        checkpoint,
        folder / 'test',
        log=folder / 'output.txt',
        threads=threads)
    write_json(path, dict(made_of=made, metrics=with_scores(metrics)))
    return with_scores(metrics)


def _probe(table: _Table, name: str, seeds: Sequence[int], probe: Path,
           how: Settings) -> None:
    """Take a method's checkpoints through the protocol."""
    folder = how.out / name
    trained = read_json(folder / f'seed{seeds[0]}' / 'trained.json')
    checkpoint = folder / 'seed{seed}' / WORK_DIR / trained['checkpoint']
    try:
        run_protocols({name: str(checkpoint)}, [probe], list(seeds),
                      how.out / 'probes', how.options, how.jobs)
    except RunsFailed as error:
        table.failures.append(f'{name}: {error}')
    for seed in seeds:
        path = how.out / 'probes' / name / probe.stem / f'seed{seed}' / FIGURES
        if path.is_file():
            miou = read_json(path)['metrics']['miou']
            table.add(name, seed, {PROBE: miou})


def _name_of(teacher: Mapping) -> str:
    """Name a teacher for people: its model, without the folders of a path."""
    if teacher.get('model') == tiny_clip_model():
        return "MiniWorld's CLIP"
    model = Path(str(teacher.get('model', ''))).name
    return f'{teacher["type"]} {model}'.strip()
