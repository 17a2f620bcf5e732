"""Choose a learning rate for each loss by a rule that looks at no label."""
import copy
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from ..errors import BadInput
from .kept import Kept, Made
from .methods import training_config
from .schedules import set_epochs, set_rate
from .train_once import train_once

# How a training whose loss is not finite ends (CheckFiniteHook).
DIVERGED = 'Training has diverged'
# Share of the lowest loss within which another counts as equal.
TIE = 0.005
RULE = ('the lowest mean of the last tenth of the own loss after short runs '
        f'on train pairs; of rates within {TIE:.1%} of it, the smallest')


class Search(NamedTuple):
    """How rates are tried.

    Attributes:
        out: Folder of the runs; finished ones in it are kept.
        rates: Rates to try, each positive.
        epochs: Epochs of each run.
        seed: Seed of each run.
        jobs: Runs at a time.
        threads: Torch's threads per run, None for its choice.
        kept: Where final losses are kept.
    """
    out: Path
    rates: Sequence[float]
    epochs: int
    seed: int = 0
    jobs: int = 1
    threads: int | None = None
    kept: Kept = Kept()


def choose_rates(configs: Mapping[str, Config],
                 how: Search) -> dict[str, dict]:
    """Try every rate with every config and choose one for each.

    The rule is :data:`RULE`. It sees no label, no mIoU and no measure of
    structure, so that no loss is favoured by what it is judged by later. A
    rate at the end of the grid is marked: the best may lie beyond it.

    Args:
        configs (Mapping[str, Config]): Name to config, which reads the
            training data, cached or not; not changed.
        how (Search): What is tried.

    Returns:
        dict[str, dict]: Name to ``learning_rate``, ``final_loss`` (by rate;
        None where training diverged) and ``at_edge``; with a single rate only
        the first, and nothing runs.

    Raises:
        BadInput: No rates, rates that repeat or are not positive, or all of a
            config's runs diverged.
        RuntimeError: A run failed for another reason.
    """
    rates = sorted(how.rates)
    if not rates or len(set(rates)) < len(rates):
        raise BadInput(f'Learning rates must be given, each once: {rates}.')
    if len(rates) == 1:
        return {name: dict(learning_rate=rates[0]) for name in configs}
    runs = list(product(configs, rates))
    # mmengine reads configs through globals, so they are built one by one.
    ready = [search_config(configs[name], rate, how) for name, rate in runs]
    with ThreadPoolExecutor(how.jobs) as pool:
        found_losses = list(
            pool.map(
                lambda run, cfg: how.kept.once(
                    'final loss', [cfg], lambda: _final_loss(
                        cfg, how.out / run[0] / f'lr{run[1]:g}' /
                        f'seed{how.seed}', how.threads)), runs, ready))
    losses: dict[str, dict[float, float | None]] = {}
    for (name, rate), loss in zip(runs, found_losses):
        losses.setdefault(name, {})[rate] = loss
    return {
        name:
        dict(
            learning_rate=(best := lowest_rate(found, name)),
            final_loss=found,
            at_edge=best in (rates[0], rates[-1]))
        for name, found in losses.items()
    }


def kept_rates(configs: Mapping[str, Config],
               how: Search) -> dict[str, dict] | None:
    """Choose as :func:`choose_rates` does, if nothing has to run for it.

    Returns:
        dict[str, dict], optional: None where a final loss is not kept.
    """
    known = len(how.rates) == 1 or all(
        how.kept.has('final loss', [search_config(cfg, rate, how)])
        for cfg, rate in product(configs.values(), how.rates))
    return choose_rates(configs, how) if known else None


def set_own_rates(configs: Mapping[str, Config],
                  caches: Mapping[str, Path | None], how: Search) -> str:
    """Give each method the learning rate that its own loss chooses.

    Args:
        configs (Mapping[str, Config]): Method to config; changed, unless there
            is no rate to choose from.
        caches (Mapping[str, Path | None]): Method to folder of the teacher's
            features; None runs the teacher.
        how (Search): What is tried.

    Returns:
        str: Which rates were chosen, and how.
    """
    if not how.rates:
        return "learning rates: the configs' own"
    chosen = choose_rates(
        {
            name: training_config(cfg, how.seed, caches[name])
            for name, cfg in configs.items()
        }, how)
    for name, cfg in configs.items():
        set_rate(cfg, chosen[name]['learning_rate'])
    return rates_note(chosen, how)


def _final_loss(cfg: Config, folder: Path, threads: int | None) -> Made | None:
    """Train; None where the loss was no longer finite."""
    try:
        found = train_once(cfg, folder, threads)
        return Made(found['final_loss'], found['commit'], found['seconds'])
    except RuntimeError as error:
        if DIVERGED not in str(error):
            raise
        print(f'{folder}: diverged', flush=True)
        return None


def search_config(cfg: Config, rate: float, how: Search) -> Config:
    """Return the config of a short run, which is not validated."""
    cfg = copy.deepcopy(cfg)
    set_epochs(cfg, how.epochs)
    set_rate(cfg, rate)
    cfg.merge_from_dict({
        'randomness.seed': how.seed,
        'train_cfg.val_begin': 10**9
    })
    return cfg


def lowest_rate(losses: Mapping[float, float | None], name: str) -> float:
    """Choose among rates by the final loss of each; see :data:`RULE`.

    Args:
        losses (Mapping[float, float | None]): Rate to loss; a loss that is
            None or not finite is that of a run that diverged.
        name (str): Whose losses they are, for the message.

    Raises:
        BadInput: All diverged.
    """
    known = {
        rate: loss
        for rate, loss in losses.items()
        if loss is not None and math.isfinite(loss)
    }
    if not known:
        raise BadInput(f"'{name}' diverged at every learning rate of "
                       f'{sorted(losses)}: try smaller ones.')
    least = min(known.values())
    return min(rate for rate, loss in known.items()
               if loss <= least + TIE * abs(least))


def rates_note(chosen: Mapping[str, dict], how: Search) -> str:
    """Say in one line which rates were chosen, and how."""
    if len(how.rates) == 1:
        return f'learning rate of all: {how.rates[0]:g}'
    found = ', '.join(f"{name} {each['learning_rate']:g}" +
                      (' (end of the grid)' if each.get('at_edge') else '')
                      for name, each in chosen.items())
    rates = ', '.join(f'{rate:g}' for rate in sorted(how.rates))
    return (f'learning rates out of {rates} ({RULE}; seed {how.seed}, number '
            f'of epochs: {how.epochs}): {found}')
