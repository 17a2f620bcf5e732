"""Train, test and probe all methods, and write the table."""
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from mmengine.config import Config

from reldistill_mm.experiments import read_json, run_protocols, write_json
from reldistill_mm.experiments.choose_rates import (Search, kept_rates,
                                                    set_own_rates)
from reldistill_mm.experiments.execute import FIGURES
from reldistill_mm.experiments.method_caches import (CachePlan, plan_caches,
                                                     plan_test_caches)
from reldistill_mm.experiments.methods import (evaluation_config,
                                               first_of_same, from_cache,
                                               has_words, read_method,
                                               training_config)
from reldistill_mm.experiments.run import RunsFailed
from reldistill_mm.experiments.train_and_test import train_and_test
from reldistill_mm.experiments.train_once import DONE, WORK_DIR, train_once
from reldistill_mm.io.files import atomic_path
from reldistill_mm.io.paths import tiny_clip_model
from .methods import Settings, method_config
from .report import PROBE, Row, to_markdown, with_scores
from .taught_pairs import taught_once


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
    same = first_of_same(configs)
    own = [name for name, first in same.items() if name == first]
    caches = plan_caches(configs, how.out / 'caches')
    tested = plan_test_caches(configs, how.out / 'caches')
    note = _choose_rates({name: configs[name]
                          for name in own}, caches, seeds[0], how)
    table = _Table(configs, same, [note], seeds, how)
    trainings = {
        (name, seed): training_config(configs[name], seed,
                                      caches.folders[name])
        for seed in seeds
        for name in own
    }
    tests = {
        name: evaluation_config(configs[name], tested.folders[name])
        for name in own
    }
    left = {
        name
        for (name, _), train in trainings.items()
        if not how.kept.has('test', [train, tests[name]])
    }
    caches.fill(left)
    tested.fill(left)
    with ThreadPoolExecutor(how.jobs) as pool:
        futures = {
            pool.submit(_train_and_test, name, seed, train, tests[name], how):
            (name, seed)
            for (name, seed), train in trainings.items()
        }
        for future in as_completed(futures):
            name, seed = futures[future]
            try:
                table.add(name, seed, future.result())
            except Exception as error:
                table.failures.append(f'{name}, seed {seed}: {error}')
                print(f'{table.failures[-1]}', flush=True)
    for name in own:
        done = {
            seed: trainings[name, seed]
            for seed in seeds if (name, seed) in table.figures
        }
        if done and (probe_all or not has_words(configs[name])):
            _probe(table, name, done, caches, probe, how)
        if has_words(configs[name]):
            table.say_taught(name, _taught(name, configs[name], how))
    text = table.write()
    if table.failures:
        raise RunsFailed(f'{len(table.failures)} runs failed:\n' +
                         '\n'.join(table.failures))
    return text


class _Table:
    """Figures by method and seed, and the files that hold them.

    Args:
        configs (Mapping[str, Config]): Method to config, in the order of rows.
        same (Mapping[str, str]): Method to the one that is run for it.
        notes (Sequence[str]): On how the runs were made.
        seeds (Sequence[int]): Seeds of every run.
        how (Settings): What all runs share.
    """

    def __init__(self, configs: Mapping[str, Config], same: Mapping[str, str],
                 notes: Sequence[str], seeds: Sequence[int],
                 how: Settings) -> None:
        self.seeds = [*seeds]
        self.rows = {
            name:
            Row(_name_of(cfg.model.teacher), has_words(cfg), from_cache(cfg))
            for name, cfg in configs.items()
        }
        self.out = how.out
        self.notes = [
            f'number of epochs: {how.epochs or "as configured"}',
            *notes,
            *(f'{name} is {first} on MiniWorld, and was run once'
              for name, first in same.items() if name != first),
        ]
        self.kept = how.kept
        self.same = same
        self.figures: dict[tuple[str, int], dict] = {}
        self.failures: list[str] = []

    def add(self, name: str, seed: int, figures: dict) -> None:
        """Add figures of a run, and write the table."""
        for row, first in self.same.items():
            if first == name:
                self.figures.setdefault((row, seed), {}).update(figures)
        self.write()

    def say_taught(self, name: str, miou: float) -> None:
        """Add the teacher's mIoU at the pairs of a method."""
        for row, first in self.same.items():
            if first == name:
                self.rows[row] = self.rows[row]._replace(teacher_miou=miou)

    def write(self) -> str:
        """Write ``table.md`` and ``results.json``; return the former."""
        records = [
            dict(method=name, seed=seed, **figures)
            for (name, seed), figures in sorted(self.figures.items())
        ]
        commits = ', '.join(sorted(self.kept.commits))
        notes = [*self.notes, f'commit: {commits}']
        text = to_markdown(records, self.rows, notes)
        methods = {
            name: dict(same_as=self.same[name], **row._asdict())
            for name, row in self.rows.items()
        }
        write_json(
            self.out / 'results.json',
            dict(
                notes=notes,
                seeds=self.seeds,
                failures=self.failures,
                methods=methods,
                records=records))
        with atomic_path(self.out / 'table.md') as path:
            path.write_text(text)
        return text


def _choose_rates(configs: Mapping[str, Config], caches: CachePlan, seed: int,
                  how: Settings) -> str:
    """Give each method its own learning rate; return which, and how."""
    search = Search(how.out / 'tuning', how.rates, how.tuning_epochs, seed,
                    how.jobs, how.threads, how.kept)
    tuned = {
        name: training_config(cfg, seed, caches.folders[name])
        for name, cfg in configs.items()
    }
    if how.rates and kept_rates(tuned, search) is None:
        caches.fill(configs)
    return set_own_rates(configs, caches.folders, search)


def _train_and_test(name: str, seed: int, train: Config, test: Config,
                    how: Settings) -> dict[str, float]:
    """Train and test unless earlier calls did; return the metrics."""
    metrics = how.kept.once(
        'test', [train, test], lambda: train_and_test(
            _folder(name, seed, how), train, test, how.threads))
    return with_scores(metrics)


def _taught(name: str, cfg: Config, how: Settings) -> float:
    path = how.out / 'taught' / f'{name}.json'
    return how.kept.once('taught', [cfg], lambda: taught_once(cfg, path))


def _probe(table: _Table, name: str, trainings: Mapping[int, Config],
           caches: CachePlan, probe: Path, how: Settings) -> None:
    """Take a method's checkpoints through the protocol.

    Args:
        table (_Table): Where the figures go.
        name (str): The method.
        trainings (Mapping[int, Config]): Seed to config of the training.
        caches (CachePlan): What it is trained on.
        probe (Path): The protocol.
        how (Settings): What all runs share.
    """
    made_of = {
        seed: [train, read_method(probe, how.options)]
        for seed, train in trainings.items()
    }
    left = [
        seed for seed, configs in made_of.items()
        if not how.kept.has(PROBE, configs)
    ]
    out = how.out / 'probes'
    if left:
        # Where only the figures were kept, the checkpoint is made again.
        if not all(
            (_folder(name, seed, how) / DONE).is_file() for seed in left):
            caches.fill([name])
        trained = [
            train_once(trainings[seed], _folder(name, seed, how), how.threads)
            for seed in left
        ]
        checkpoint = (
            how.out / name / 'seed{seed}' / WORK_DIR /
            trained[0]['checkpoint'])
        try:
            run_protocols({name: str(checkpoint)}, [probe], left, out,
                          how.options, how.jobs)
        except RunsFailed as error:
            table.failures.append(f'{name}: {error}')
    for seed, configs in made_of.items():
        path = out / name / probe.stem / f'seed{seed}' / FIGURES
        if seed not in left or path.is_file():
            miou = how.kept.once(PROBE, configs, partial(_miou, path))
            table.add(name, seed, {PROBE: miou})


def _miou(path: Path) -> float:
    return read_json(path)['metrics']['miou']


def _folder(name: str, seed: int, how: Settings) -> Path:
    return how.out / name / f'seed{seed}'


def _name_of(teacher: Mapping) -> str:
    """Name a teacher for people: its model, without the folders of a path."""
    if teacher.get('model') == tiny_clip_model():
        return "MiniWorld's CLIP"
    model = Path(str(teacher.get('model', ''))).name
    return f'{teacher["type"]} {model}'.strip()
