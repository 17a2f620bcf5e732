"""Say which settings of a config a resumed checkpoint overrides."""
import logging
from typing import Any

from mmengine.logging import print_log
from mmengine.runner import Runner

from ..io.plain import plain

# What changes while a schedule runs, or follows from the optimizer's.
_MOVES = ('base_values', 'best', 'cooldown_counter', 'last_step',
          'num_bad_epochs', 'verbose')
_SHOWN = 3


def settings_of(runner: Runner) -> dict[str, Any]:
    """What optimizers and schedules were told, by name.

    Args:
        runner (Runner): A runner.

    Returns:
        dict[str, object]: ``'optimizer.weight_decay'`` to the values of all
        groups, ``'param_scheduler.0.eta_min'`` to one; rates as they are
        before any schedule. Nothing while they are configs.
    """
    found: dict[str, Any] = {}
    wrappers: Any = runner.optim_wrapper
    if wrappers is None or isinstance(wrappers, dict):
        return found
    for wrapper in getattr(wrappers, 'optim_wrappers', {
            '': wrappers
    }).values():
        for group in wrapper.optimizer.param_groups:
            for key, value in group.items():
                if key == 'params' or key.startswith('initial_'):
                    continue
                value = plain(group.get(f'initial_{key}', value))
                found.setdefault(f'optimizer.{key}', []).append(value)
    schedulers: Any = runner.param_schedulers or []
    if isinstance(schedulers, dict):
        schedulers = [each for some in schedulers.values() for each in some]
    for place, scheduler in enumerate(schedulers):
        for key, value in scheduler.state_dict().items():
            if key not in _MOVES and not key.startswith('_'):
                found[f'param_scheduler.{place}.{key}'] = plain(value)
    return found


def say_overridden(wanted: dict[str, Any], used: dict[str, Any]) -> None:
    """Warn of settings that are not those of the config.

    Args:
        wanted (dict[str, object]): :func:`settings_of` before resuming.
        used (dict[str, object]): The same afterwards.
    """
    other = [
        f'{name}={_short(used[name])} (the config says '
        f'{_short(wanted[name])})' for name in wanted
        if name in used and wanted[name] != used[name]
    ]
    if other:
        more = f' and {len(other) - _SHOWN} more' * (len(other) > _SHOWN)
        print_log(
            'Resumed training goes on with the settings of its checkpoint: '
            f'{", ".join(other[:_SHOWN])}{more}. For those of the config, '
            'start from its weights: --cfg-options load_from=PATH, without '
            '--resume.',
            logger='current',
            level=logging.WARNING)


def _short(value: Any) -> Any:
    """One value where all groups have the same."""
    if isinstance(value, list) and all(each == value[0] for each in value):
        return value[0] if value else value
    return value
