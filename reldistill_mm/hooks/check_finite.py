"""Stop training that has diverged, and keep its weights from the disk."""
import math

from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.hooks.logger_hook import LoggerHook
from mmengine.runner import Runner

from ..errors import BadInput
from ..io.state_dicts import first_not_finite

_REMEDY = ('lower the learning rate (optim_wrapper.optimizer.lr), or train '
           "without AMP (optim_wrapper.type='OptimWrapper')")
_DEFAULT_INTERVAL = 10


class CheckFiniteHook(Hook):
    """Stop when a loss or a weight is no longer a finite number.

    Losses are looked at where they are logged and at the end of an epoch, as
    numbers that mmengine has copied from the GPU anyway; weights before they
    are saved. Gradients may overflow in mixed precision: its scaler skips
    such a step. :class:`DistillRunner` registers it.

    Raises:
        BadInput: The message names the step and the loss, or the tensor.
    """

    def __init__(self) -> None:
        self._interval = _DEFAULT_INTERVAL
        self._losses: list[str] = []

    def before_train(self, runner: Runner) -> None:
        for hook in runner.hooks:
            if isinstance(hook, LoggerHook):
                self._interval = hook.interval

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: DATA_BATCH = None,
                         outputs: dict | None = None) -> None:
        self._losses = [name for name in outputs or {} if 'loss' in name]
        if self.every_n_train_iters(
                runner, self._interval) or self.is_last_train_iter(runner):
            self._check_losses(runner, runner.iter + 1)

    def after_train_epoch(self, runner: Runner) -> None:
        self._check_losses(runner, runner.iter)

    def _check_losses(self, runner: Runner, step: int) -> None:
        scalars = runner.message_hub.log_scalars
        # The sum last: a term says more.
        for name in sorted(self._losses, key=lambda name: name == 'loss'):
            history = scalars.get(f'train/{name}')
            value = 0.0 if history is None else history.current()
            if not math.isfinite(value):
                raise BadInput(f'Training has diverged: {name} is {value} at '
                               f'step {step}: {_REMEDY}. Go on from the last '
                               'checkpoint.')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        found = first_not_finite(checkpoint)
        if found:
            raise BadInput(
                'Training has diverged: after step '
                f"{checkpoint['meta']['iter']} {found}, "
                f'and nothing was saved: {_REMEDY}. Go on from the last '
                'checkpoint.')
