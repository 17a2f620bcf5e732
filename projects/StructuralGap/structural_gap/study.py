"""Run the study in either of two ways, or judge it again."""
import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from mmengine.config import Config

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import read_json, write_json
from reldistill_mm.experiments.methods import OURS
from reldistill_mm.experiments.table_file import checkpoint_of, read_table
from reldistill_mm.io.files import atomic_path
from .claims import judge_claims
from .classes import classes_section, read_class_study, study_classes
from .correlations import correlate, correlate_given
from .evaluation import evaluate, is_few_shot, structure_config
from .features import sample_features
from .methods import COLOURS, GAPS, TAUGHT, ZERO_SHOT
from .pictures import (draw_classes, draw_components, draw_features_above,
                       draw_gaps)
from .report import to_markdown
from .table_runs import (PROBE, TEST_CONFIG, missing_runs, read_contrasts,
                         table_records)


def study_table(args: argparse.Namespace) -> str:
    """Judge the runs of MethodTable; return ``results.md``.

    Pictures of features need the runs' folders beside the table, and those of
    the classes also ``--cache``.
    """
    table = read_table(args.table)
    records = table_records(table)
    results: dict = dict(
        notes=[*table['notes'], *missing_runs(table)],
        seeds=sorted({record['seed']
                      for record in records}),
        protocols=[PROBE] if any(PROBE in each for each in records) else [],
        few_shot=[],
        few_shot_elsewhere=[],
        records=records)
    args.out.mkdir(parents=True, exist_ok=True)
    text = write_report(results, args)
    folder, seed = args.table.parent, results['seeds'][0]
    config = folder / OURS / f'seed{seed}' / TEST_CONFIG
    cfg = Config.fromfile(config) if config.is_file() else None
    drawn = {
        name: checkpoint_of(folder / name, seed)
        for name in dict.fromkeys(record['method'] for record in records)
        if name in COLOURS
    } if cfg else {}
    return _draw(results, cfg, drawn, args, text)


def study_checkpoints(args: argparse.Namespace) -> str:
    """Test existing checkpoints; return ``results.md``."""
    checkpoints = dict(text.split('=', 1) for text in args.checkpoints)
    notes = [f'checkpoints of {args.config}'
             ] + [f'{name}: {path}' for name, path in checkpoints.items()]
    return _study(args, checkpoints, notes)


def _study(args: argparse.Namespace, checkpoints: dict[str, str],
           notes: list[str]) -> str:
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
        records=records)
    text = write_report(results, args)
    drawn = {
        name: path.replace('{seed}', str(args.seeds[0]))
        for name, path in checkpoints.items()
    }
    return _draw(results, Config.fromfile(structure), drawn, args, text)


def _draw(results: dict, cfg: Config | None, checkpoints: Mapping[str, str],
          args: argparse.Namespace, text: str) -> str:
    """Draw what there is; return the page, with the classes if they are there.

    Pictures may fail, so they come last and one by one.
    """
    out = args.out
    failures: list[str] = []
    if cfg is not None and args.cache is not None:
        with _reported(failures, 'classes.png'):
            results['classes'] = study_classes(cfg, args.cache,
                                               results['records'])
            text = write_report(results, args)
            draw_classes(results['classes'], out / 'classes.png')
    with _reported(failures, 'gaps.png'):
        draw_gaps(results['records'], _scores(results), out / 'gaps.png')
    if cfg is not None:
        with _reported(failures, 'components.png, features_above.png'):
            sample = sample_features(cfg, checkpoints)
            draw_components(sample, out / 'components.png')
            draw_features_above(sample, out / 'features_above.png')
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
    return write_report(results, args)


def write_report(results: dict, args: argparse.Namespace) -> str:
    """Judge records; write ``results.json`` and ``results.md``.

    Args:
        results (dict): Records and what was run; not changed.
        args (argparse.Namespace): With ``toy`` and ``contrasts``, results of
            other studies, and ``out``, the folder to write into.

    Returns:
        str: Content of ``results.md``.
    """
    toy, out = args.toy, args.out
    records, scores = results['records'], _scores(results)
    outside = results['few_shot_elsewhere']
    inside = [name for name in results['few_shot'] if name not in outside]
    claims = judge_claims(records, inside, outside,
                          read_json(toy) if toy.is_file() else None,
                          read_contrasts(args.contrasts))
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


@contextmanager
def _reported(failures: list[str], name: str) -> Iterator[None]:
    """Keep an error and report it at the end."""
    try:
        yield
    except Exception as error:
        failures.append(f'{name} ({error!r})')


def _named(records: Sequence[dict], scores: Sequence[str]) -> list[dict]:
    """List the correlations, those given the teacher where there are some."""
    known = any(TAUGHT in record for record in records)
    return [
        dict(
            gap=GAPS[gap],
            score=score,
            **found._asdict(),
            **(dict(
                given_teacher=correlate_given(records, gap, score)._asdict())
               if known else {}))
        for (gap, score), found in correlate(records, scores).items()
    ]
