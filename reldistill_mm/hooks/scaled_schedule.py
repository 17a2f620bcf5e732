"""Learning rates for another batch size than the recipe's."""
from collections.abc import Sequence
from typing import Any

from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmengine.runner.base_loop import BaseLoop

from ..errors import BadInput

# Epochs of warm-up of Goyal et al., of 90.
_WARM_UP = 5


def scale_rates(optim_wrapper: Any, schedulers: Any, batch_size: int,
                cfg: dict, loop: BaseLoop) -> Any:
    """Scale a schedule linearly with the batch size.

    mmengine scales the optimizer's rate alone. OneCycle does not look at that
    one but at ``eta_max``, which is scaled here, too; and a rate that grows by
    a factor needs a warm-up from the old one (Goyal et al., 2017,
    "Accurate, Large Minibatch SGD"), which is put in front where the schedule
    has none: over a tenth of it, five epochs at most.

    Args:
        optim_wrapper (OptimWrapper): Its optimizer's rates are changed.
        schedulers (dict | list[dict], optional): The config's
            ``param_scheduler``; not changed.
        batch_size (int): Samples per step of all processes.
        cfg (dict): The config's ``auto_scale_lr``, with ``base_batch_size``.
        loop (BaseLoop): Training loop, for its length.

    Returns:
        The config of the schedulers to build.

    Raises:
        BadInput: There is no ``base_batch_size``, or several optimizers.
    """
    base = cfg.get('base_batch_size')
    if not base:
        raise BadInput('auto_scale_lr needs base_batch_size, the number of '
                       'samples per step that the rates are meant for.')
    if not isinstance(optim_wrapper, OptimWrapper):
        raise BadInput('auto_scale_lr cannot scale several optimizers: give '
                       'their rates yourself.')
    batch_size *= getattr(optim_wrapper, '_accumulative_counts', 1)
    ratio = batch_size / base
    for group in optim_wrapper.optimizer.param_groups:
        for name in {'lr', 'initial_lr'} & set(group):
            group[name] = group[name] * ratio
    rate = optim_wrapper.optimizer.param_groups[0]['lr']
    text = (f'auto_scale_lr: {batch_size} samples per step instead of {base}, '
            f'rates times {ratio:g}: lr={rate:g}')
    result = schedulers
    if schedulers is not None and ratio != 1:
        listed = [schedulers] if isinstance(schedulers, dict) else schedulers
        result = [_scaled(each, ratio) for each in listed]
        peaks = [each['eta_max'] for each in result if 'eta_max' in each]
        if peaks:
            text += f", OneCycle's eta_max={peaks}"
        elif ratio > 1 and not _warms_up(result):
            warm_up = _warm_up(ratio, loop)
            result = [warm_up, *result]
            text += (f', after a warm-up from {rate / ratio:g} over '
                     f'{warm_up["end"]} epochs or iterations')
    print_log(text + '.', logger='current')
    return result


def _scaled(scheduler: dict, ratio: float) -> dict:
    """Scale the rates that a scheduler names itself."""
    names = {'eta_max', 'eta_min'} & set(scheduler)
    if not str(scheduler.get('type')).endswith('LR'):
        return scheduler
    fresh = dict(scheduler)
    for name in names:
        value = fresh[name]
        fresh[name] = ([each * ratio for each in value] if isinstance(
            value, (list, tuple)) else value * ratio)
    return fresh


def _warms_up(schedulers: Sequence[dict]) -> bool:
    return any(
        each.get('type') in ('LinearLR', 'QuadraticWarmupLR',
                             'ConstantLR') and each.get('begin', 0) == 0
        for each in schedulers)


def _warm_up(ratio: float, loop: BaseLoop) -> dict:
    """Rise from the old rate, linearly; the others go on beside it."""
    epochs = loop.max_epochs if loop.max_epochs > 1 else 0
    warm_up: dict[str, Any] = dict(
        type='LinearLR', start_factor=1 / ratio, begin=0)
    if epochs:
        end = min(_WARM_UP, max(1, epochs // 10))
        return dict(
            warm_up, end=end, by_epoch=True, convert_to_iter_based=True)
    end = max(1, loop.max_iters // 10)
    return dict(warm_up, end=end, by_epoch=False)
