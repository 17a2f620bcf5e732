"""Learning rates and length of fine-tuning, by one rule for every start.

The rule, written down before any run. For each column (a checkpoint or a
start) and protocol, on its first seed and first subset:

1. Every pair of a backbone's and a head's learning rate of one grid, the same
   for all columns, is trained at constant rates, and tested at equal distances
   on the *choose* scenes, which are neither trained nor reported on. A trial
   ends when the last third of that curve gains no more than its noise, after
   each of its last tests (:func:`~.functional.converged.has_settled`), or at
   the limit.
2. The pair with the highest mean mIoU over its last third is taken.
3. All columns of a protocol are trained as long as the one that needed most,
   at their own rates, and a quarter of that more while the rates fall to zero.

A trial that met the limit is not flat: ``choices.json`` and a printed line say
so. Source: ours.
"""
import copy
import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

from ..cli.sweep_settings import Sweep
from ..errors import BadInput
from ..functional.converged import SETTLED, has_settled, last_third
from .plan import Run, is_zero_shot

BY_ITERATION = 'IterBasedTrainLoop'
RULE = ('learning rates of backbone and head: the pair with the highest mean '
        'mIoU over the last third of its curve on the choose scenes, at '
        'constant rates until that third gains no more than its noise, after '
        'each test of its last quarter; all '
        'columns as long as the one that needs most, and a quarter more while '
        'the rates fall')


class Choice(NamedTuple):
    """What the rule has chosen for a column and a protocol.

    Attributes:
        backbone, head: Learning rates.
        iterations: Iterations at constant rates that this column needs.
        level: Mean mIoU of the last third on the choose scenes.
        flat: Whether its curve had become flat.
        at_edge: Whether a rate is the lowest or highest that was tried: a
            better one may lie beyond.
        trials: Everything tried: rates, iterations, curve.
    """
    backbone: float
    head: float
    iterations: int
    level: float
    flat: bool
    at_edge: bool
    trials: list[dict[str, Any]]


def is_swept(cfg: Config) -> bool:
    """Whether a protocol has rates and a length to choose."""
    return not is_zero_shot(cfg) and cfg.train_cfg.type != 'LinearFitLoop'


def trial_rates(sweep: Sweep) -> list[tuple[float, float]]:
    """Backbone's and head's learning rate of every trial.

    Raises:
        BadInput: Nothing to try, or too few tests for the rule.
    """
    rates = [*sweep.backbone, *sweep.head]
    if not sweep.backbone or not sweep.head or min(rates) <= 0:
        raise BadInput(f'The learning rates to try are positive, not {rates}.')
    if not 0 < SETTLED * sweep.interval <= sweep.max_iters:
        raise BadInput(
            f'--sweep-iters {sweep.max_iters} with a test every '
            f'{sweep.interval}: a curve needs {SETTLED} tests to be called '
            'flat.')
    return [*product(sweep.backbone, sweep.head)]


def set_rates(cfg: Config, backbone: float, head: float) -> None:
    """Give backbone and head their learning rates, in place."""
    cfg.optim_wrapper.optimizer.lr = backbone
    # A start without pretraining has one rate for all in the config.
    cfg.optim_wrapper.paramwise_cfg = dict(
        custom_keys=dict(decode_head=dict(lr_mult=head / backbone)))


def trial_config(cfg: Config, sweep: Sweep, backbone: float,
                 head: float) -> Config:
    """Make the config of a trial.

    Args:
        cfg (Config): Config of a run, with seed and subset.
        sweep (Sweep): What is tried.
        backbone, head (float): Learning rates.

    Raises:
        BadInput: The protocol is not counted in iterations.
    """
    _require_iterations(cfg)
    cfg = copy.deepcopy(cfg)
    set_rates(cfg, backbone, head)
    cfg.param_scheduler = []
    cfg.train_cfg = dict(
        type=BY_ITERATION,
        max_iters=sweep.max_iters,
        val_interval=sweep.interval)
    cfg.val_dataloader = copy.deepcopy(cfg.val_dataloader)
    cfg.val_dataloader.dataset.ann_file = sweep.ann_file
    if sweep.keyframes is not None:
        cfg.val_dataloader.dataset.keyframes = sweep.keyframes
    cfg.custom_hooks = [
        *(cfg.get('custom_hooks') or ()),
        dict(type='StopWhenFlat')
    ]
    # Its curve is all that is wanted.
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=-1, save_last=False)
    return cfg


def final_config(cfg: Config, choice: Choice, length: int) -> Config:
    """Make the config of a run whose rates and length were chosen.

    Args:
        cfg (Config): Config of the run; not changed.
        choice (Choice): That of its column.
        length (int): Iterations at constant rates, alike for all columns.
    """
    _require_iterations(cfg)
    cfg = copy.deepcopy(cfg)
    set_rates(cfg, choice.backbone, choice.head)
    total = length + max(1, math.ceil(length / 4))
    cfg.param_scheduler = [
        dict(
            type='CosineAnnealingLR',
            T_max=total - length,
            begin=length,
            end=total,
            by_epoch=False,
            eta_min=0)
    ]
    cfg.train_cfg.max_iters = cfg.train_cfg.val_interval = total
    cfg.default_hooks.checkpoint.interval = total
    return cfg


def choose(trials: Sequence[dict[str, Any]], sweep: Sweep) -> Choice:
    """Take the best trial by the rule.

    Args:
        trials (Sequence[dict]): ``backbone``, ``head`` and ``curve``, mIoU at
            every test.
        sweep (Sweep): What was tried.

    Raises:
        BadInput: No trial has a curve that can be judged.
    """
    judged = [(last_third(trial['curve']), trial) for trial in trials]
    known = [one for one in judged if math.isfinite(one[0].level)]
    if not known:
        raise BadInput('No learning rate that was tried has led to an mIoU: '
                       'look into the output.txt of the trials.')
    # The first of equals: the lowest rates.
    found, best = max(known, key=lambda one: one[0].level)
    rates = best['backbone'], best['head']
    at_edge = any(
        len(tried) > 1 and rate in (min(tried), max(tried))
        for rate, tried in zip(rates, (sweep.backbone, sweep.head)))
    return Choice(*rates,
                  len(best['curve']) * sweep.interval, found.level,
                  has_settled(best['curve']), at_edge, list(trials))


def lengths_of(choices: dict[tuple[str, str], Choice]) -> dict[str, int]:
    """Length of each protocol: that of the column which needs most."""
    found: dict[str, int] = {}
    for (_, protocol), choice in choices.items():
        found[protocol] = max(found.get(protocol, 0), choice.iterations)
    return found


def first_runs(runs: Sequence[Run]) -> dict[tuple[str, str], Run]:
    """The run of each column and protocol that rates are chosen on."""
    found: dict[tuple[str, str], Run] = {}
    for run in runs:
        found.setdefault((run.model, run.protocol), run)
    return found


def trial_folder(out: Path, run: Run, backbone: float, head: float) -> Path:
    """Folder of a trial below the study's folder."""
    return (out /
            run.folder).with_name(f'trial-backbone{backbone:g}-head{head:g}')


def _require_iterations(cfg: Config) -> None:
    if cfg.train_cfg.type != BY_ITERATION:
        raise BadInput(
            f"'{cfg.filename}' counts epochs: --sweep takes protocols that "
            f"count iterations (train_cfg.type='{BY_ITERATION}', as "
            'configs/_base_/schedules/finetune_150i.py).')
