"""Refuse ranks that were filled from different checkpoints."""
import socket

from mmengine.dist import all_gather_object
from mmengine.runner import Runner

from ..errors import BadInput
from ..io.fit_state import unwrap
from ..io.weights_sum import state_sum


def check_same_start(runner: Runner) -> None:
    """Compare what the ranks have loaded or resumed.

    Each rank reads the checkpoint of its own machine, and
    DistributedDataParallel sends weights before that and never again: models
    that differ here would be trained apart, or tested half and half. All
    ranks must call it.

    Args:
        runner (Runner): After :meth:`Runner.load_or_resume`.

    Raises:
        BadInput: Weights or the place in the training are not the same.
    """
    if runner.world_size == 1:
        return
    own = (runner.epoch, runner.iter,
           state_sum(unwrap(runner.model).state_dict()))
    found = all_gather_object((*own, socket.gethostname()))
    other = next(
        (rank for rank, each in enumerate(found) if each[:3] != found[0][:3]),
        None)
    if other is None:
        return
    raise BadInput(
        'The processes do not go on from the same checkpoint: '
        f'{_said(0, found[0])}, {_said(other, found[other])}. Each machine '
        f"reads its own '{runner.work_dir}', and only the first one writes "
        'checkpoints: copy them to the same place on all machines, or give '
        'all a --work-dir that they share.')


def _said(rank: int, found: tuple) -> str:
    epoch, step, digest, host = found
    return (f'rank {rank} on {host} is at epoch {epoch}, iteration {step} '
            f'with weights {digest[:8]}')
