"""Run the study in either of two ways, or judge it again."""
import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.config import Config

from miniworld.prepare import prepare_data
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import read_json, write_json
from reldistill_mm.io.files import atomic_path
from reldistill_mm.io.paths import config_path
from .claims import correlate, judge_claims
from .classes import classes_section, read_class_study, study_classes
from .evaluation import config_with, evaluate, is_few_shot, structure_config
from .features import sample_features
from .methods import CONFIGS, GAPS, ZERO_SHOT
from .pictures import (draw_classes, draw_components, draw_features_above,
                       draw_gaps)
from .report import to_markdown
from .training import Settings, data_options, fill_cache, train_all

PROBES = ('linear_probe_miniworld.py', 'finetune_miniworld_10pct.py')


def study_miniworld(args: argparse.Namespace) -> str:
    """Train, test and probe; return ``results.md``."""
    prepare_data(args.data)
    cache = None if args.no_cache else args.cache or args.out / 'teacher_cache'
    args.cache = cache
    # Not for --elsewhere, whose data lies in another folder.
    data = data_options(args.data)
    threads = max(1, torch.get_num_threads() // args.jobs)
    how = Settings(args.out, {
        **data,
        **args.cfg_options
    }, args.epochs, args.tuning_epochs, cache, args.jobs, threads)
    if cache is not None:
        fill_cache(how)
    seeds = args.seeds or [0, 1, 2]
    chosen = train_all(args.methods, args.learning_rates, seeds, how)
    args.seeds = seeds
    if args.probes is None:
        args.probes = [
            Path(config_path(f'downstream/{name}')) for name in PROBES
        ]
    args.config, *args.probes = [
        config_with(path, data, args.out / 'configs' / path.name)
        for path in (Path(config_path(CONFIGS['relational'])), *args.probes)
    ]
    notes = training_notes(args, seeds[0], chosen)
    checkpoints = {name: found['checkpoint'] for name, found in chosen.items()}
    return _study(args, checkpoints, notes, training=chosen)


def training_notes(args: argparse.Namespace, seed: int,
                   chosen: dict[str, dict]) -> list[str]:
    """Say how long was trained, and at which learning rates.

    Args:
        args (argparse.Namespace): Arguments of ``run.py``.
        seed (int): Seed of the runs that chose a learning rate.
        chosen (dict[str, dict]): What :func:`train_all` returns.
    """
    epochs = f'number of epochs: {args.epochs or "as configured"}'
    first, *more = args.learning_rates
    if not more:
        return [f'MiniWorld, {epochs}', f'learning rate of all: {first:g}']
    rates = ', '.join(f'{rate:g}' for rate in args.learning_rates)
    found = ', '.join(f"{method} {each['learning_rate']:g}"
                      for method, each in chosen.items())
    return [
        f'MiniWorld, {epochs}',
        f'learning rate of each method: the one of {rates} with the lowest '
        f'final value of its own loss (seed {seed}, {args.tuning_epochs} '
        f'epochs): {found}'
    ]


def study_checkpoints(args: argparse.Namespace) -> str:
    """Test existing checkpoints; return ``results.md``."""
    args.seeds, args.probes = args.seeds or [0], args.probes or []
    checkpoints = dict(text.split('=', 1) for text in args.checkpoints)
    notes = [f'checkpoints of {args.config}'
             ] + [f'{name}: {path}' for name, path in checkpoints.items()]
    return _study(args, checkpoints, notes)


def _study(args: argparse.Namespace, checkpoints: dict[str, str],
           notes: list[str], **more: object) -> str:
    out = args.out
    structure = structure_config(args.config, args.cfg_options,
                                 out / 'structure.py')
    protocols = [*args.probes, *args.elsewhere]
    records = evaluate(structure, checkpoints, protocols, args.seeds,
                       out / 'protocols', args.cfg_options, args.jobs)
    inside, outside = ([path.stem for path in paths if is_few_shot(path)]
                       for paths in (args.probes, args.elsewhere))
    notes.append('few-shot in claims 3 and 5: ' +
                 (', '.join([*inside, *outside]) or 'none'))
    results: dict = dict(
        notes=notes,
        seeds=args.seeds,
        protocols=[path.stem for path in protocols],
        few_shot=[*inside, *outside],
        few_shot_elsewhere=outside,
        records=records,
        **more)
    text = write_report(results, args.toy, out)
    # Pictures may fail, so they come last and one by one.
    failures: list[str] = []
    cfg = Config.fromfile(structure)
    if args.cache is not None:
        with _reported(failures, 'classes.png'):
            results['classes'] = study_classes(cfg, args.cache, records)
            text = write_report(results, args.toy, out)
            draw_classes(results['classes'], out / 'classes.png')
    with _reported(failures, 'gaps.png'):
        draw_gaps(records, _scores(results), out / 'gaps.png')
    with _reported(failures, 'components.png, features_above.png'):
        _draw_features(cfg, checkpoints, args.seeds[0], out)
    if failures:
        raise RuntimeError(
            f"'{out / 'results.md'}' is written; what failed after it: " +
            '; '.join(failures))
    return text


def judge_again(args: argparse.Namespace) -> str:
    """Judge the records of a finished study; return ``results.md``.

    Nothing runs: the tables, and the pictures that need the records alone,
    are those of the present rules and of the present toy study.
    """
    results = read_json(args.records)
    if 'notes' not in results:
        raise BadInput(f"'{args.records}' holds no study's records: name a "
                       'results.json that run.py has written.')
    args.out.mkdir(parents=True, exist_ok=True)
    if 'classes' in results:
        results['classes'] = read_class_study(results['classes'])
        draw_classes(results['classes'], args.out / 'classes.png')
    draw_gaps(results['records'], _scores(results), args.out / 'gaps.png')
    return write_report(results, args.toy, args.out)


def write_report(results: dict, toy: Path, out: Path) -> str:
    """Judge records; write ``results.json`` and ``results.md``.

    Args:
        results (dict): Records and what was run; not changed.
        toy (Path): ToyClusters' ``results.json``.
        out (Path): Folder to write into.

    Returns:
        str: Content of ``results.md``.
    """
    records, scores = results['records'], _scores(results)
    outside = results['few_shot_elsewhere']
    inside = [name for name in results['few_shot'] if name not in outside]
    claims = judge_claims(records, inside, outside,
                          read_json(toy) if toy.is_file() else None)
    write_json(
        out / 'results.json',
        dict(results, claims=claims, correlations=_named(records, scores)))
    text = to_markdown(records, claims, scores[1:], results['notes'])
    if 'classes' in results:
        text += '\n' + classes_section(results['classes'])
    with atomic_path(out / 'results.md') as part:
        part.write_text(text)
    return text


def _scores(results: dict) -> tuple[str, ...]:
    return (ZERO_SHOT, *results['protocols'])


def _draw_features(cfg: Config, checkpoints: dict[str, str], seed: int,
                   out: Path) -> None:
    """Draw teacher's and students' features of one seed."""
    sample = sample_features(
        cfg, {
            name: path.replace('{seed}', str(seed))
            for name, path in checkpoints.items()
        })
    draw_components(sample, out / 'components.png')
    draw_features_above(sample, out / 'features_above.png')


@contextmanager
def _reported(failures: list[str], name: str) -> Iterator[None]:
    """Keep an error and report it at the end."""
    try:
        yield
    except Exception as error:
        failures.append(f'{name} ({error!r})')


def _named(records: Sequence[dict], scores: Sequence[str]) -> list[dict]:
    return [
        dict(gap=GAPS[gap], score=score, **found._asdict())
        for (gap, score), found in correlate(records, scores).items()
    ]
