"""Test checkpoints and run downstream protocols to get records."""
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import read_json, run_protocols
from reldistill_mm.experiments.execute import FIGURES
from reldistill_mm.experiments.methods import evaluation_config
from reldistill_mm.experiments.plan import (ALL_LABELS, is_zero_shot,
                                            subset_name)
from .methods import with_gaps

STRUCTURE = 'structure'
PROBE = 'LinearProbeMinkUNet'


def structure_config(config: Path, options: dict, path: Path) -> Path:
    """Write a distillation config whose test also measures structure.

    Args:
        config (Path): Config with ``paired_pipeline``, as all of ours.
        options (dict): Changes to it, as by ``--cfg-options``.
        path (Path): File to write, named ``structure.py``.

    Raises:
        BadInput: The config is not one of a distiller.
    """
    cfg = Config.fromfile(config)
    if 'distill_head' not in cfg.model:
        raise BadInput(f"'{config}' is not a distillation config: without a "
                       'teacher there is no structure to compare with.')
    cfg.merge_from_dict(options)
    path.parent.mkdir(parents=True, exist_ok=True)
    evaluation_config(cfg).dump(path)
    return path


def is_few_shot(config: Path) -> bool:
    """Whether a protocol fine-tunes the backbone on a part of the labels.

    A linear probe does not fine-tune, and all labels are not few.
    """
    cfg = Config.fromfile(config)
    return not (is_zero_shot(cfg) or cfg.model.type == PROBE
                or subset_name(cfg) == ALL_LABELS)


def evaluate(structure: Path, checkpoints: dict[str, str],
             protocols: Sequence[Path], seeds: Sequence[int], out: Path,
             options: dict, jobs: int) -> list[dict]:
    """Test every checkpoint and take it through the protocols.

    Args:
        structure (Path): Config from :func:`structure_config`.
        checkpoints (dict[str, str]): Method to path, with ``{seed}``.
        protocols (Sequence[Path]): Downstream configs.
        seeds (Sequence[int]): Seeds.
        out (Path): Folder; finished runs in it are kept.
        options (dict): Changes to every config, as by ``--cfg-options``.
        jobs (int): Runs at a time.

    Returns:
        list[dict]: Records as :mod:`.claims` takes them.
    """
    run_protocols(checkpoints, [structure, *protocols], list(seeds), out,
                  options, jobs)
    records = []
    for method in checkpoints:
        for seed in seeds:
            record = collect(out / method, seed, [p.stem for p in protocols])
            if record:
                records.append(dict(method=method, seed=seed, **record))
    return records


def collect(folder: Path, seed: int,
            protocols: Sequence[str]) -> dict[str, float]:
    """Collect the results of one checkpoint and seed.

    A checkpoint that is the same for all seeds is tested with the first one
    only: the other seeds have only downstream results.

    Args:
        folder (Path): Folder of the method, below that of the protocols.
        seed (int): Seed of the run.
        protocols (Sequence[str]): Names of the protocols.
    """
    record: dict[str, float] = {}
    test = folder / STRUCTURE / f'seed{seed}' / FIGURES
    if test.is_file():
        record.update(with_gaps(read_json(test)['metrics']))
    for name in protocols:
        figures = read_json(folder / name / f'seed{seed}' / FIGURES)
        record[name] = figures['metrics']['miou']
    return record
