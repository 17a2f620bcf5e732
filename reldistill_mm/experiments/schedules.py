"""Change the length and the learning rate of a config's training."""
from mmengine.config import Config

from ..errors import BadInput


def set_epochs(cfg: Config, epochs: int) -> None:
    """Change the number of epochs, and with it what is counted in them.

    A warm-up at the beginning keeps its length; a schedule that ends with the
    training ends with it again.

    Args:
        cfg (Config): A config that trains by epochs; changed.
        epochs (int): New number of epochs.

    Raises:
        BadInput: It trains by iterations, or a schedule would have no step.
    """
    before = cfg.train_cfg.get('max_epochs')
    if before is None:
        raise BadInput(f"'{cfg.filename}' does not train by epochs "
                       '(train_cfg.max_epochs).')
    cfg.train_cfg.max_epochs = epochs
    for schedule in _schedules(cfg):
        begin = schedule.get('begin', 0)
        for key in ('total_steps', 'T_max', 'end'):
            # T_max counts from the schedule's own begin.
            start = begin if key == 'T_max' else 0
            if schedule.get(key) == before - start:
                schedule[key] = epochs - start
                if schedule[key] <= (0 if key == 'T_max' else begin):
                    raise BadInput(
                        f'{epochs} epochs are too few for the schedule '
                        f"{schedule['type']}, which begins after {begin}.")


def set_rate(cfg: Config, rate: float) -> None:
    """Change the learning rate, and with it OneCycle's peak.

    Args:
        cfg (Config): Config with one optimizer; changed.
        rate (float): New rate.

    Raises:
        BadInput: The config names no rate, or a rate that is not positive.
    """
    optimizer = cfg.get('optim_wrapper', {}).get('optimizer', {})
    if 'lr' not in optimizer:
        raise BadInput(f"'{cfg.filename}' has no optim_wrapper.optimizer.lr.")
    if not 0 < rate < float('inf'):
        raise BadInput(f'A learning rate must be positive, not {rate}.')
    optimizer.lr = rate
    for schedule in _schedules(cfg):
        if 'eta_max' in schedule:
            schedule.eta_max = rate


def rate_options(cfg: Config, rate: float) -> str:
    """Say :func:`set_rate` as ``--cfg-options``."""
    options = [f'optim_wrapper.optimizer.lr={rate:g}']
    options += [
        f'param_scheduler.{index}.eta_max={rate:g}'
        for index, schedule in enumerate(_schedules(cfg))
        if 'eta_max' in schedule
    ]
    return ' '.join(options)


def _schedules(cfg: Config) -> list:
    found = cfg.get('param_scheduler') or []
    return [found] if isinstance(found, dict) else found
