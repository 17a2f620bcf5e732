"""End a training when the curve of its validations has stopped rising."""
import logging

from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..functional.converged import has_settled, last_third


@HOOKS.register_module()
class StopWhenFlat(Hook):
    """Stop by the rule of :func:`.has_settled`, at a validation.

    The learning rate must not fall meanwhile: any curve is flat at the end of
    a schedule that goes to zero. ``tools/run_protocol.py --sweep`` finds by it
    how many iterations a protocol needs.

    Args:
        metric (str): What the curve is of. Defaults to 'miou'.
    """
    priority = 'LOW'

    def __init__(self, metric: str = 'miou') -> None:
        self.metric = metric
        self.curve: list[float] = []

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: dict[str, float] | None = None) -> None:
        """Add a score and judge the curve."""
        self.curve.append(float((metrics or {})[self.metric]))
        if has_settled(self.curve):
            found = last_third(self.curve)
            runner.train_loop.stop_training = True
            runner.logger.log(
                logging.INFO,
                f'{self.metric} has converged after {len(self.curve)} '
                f'validations: the last third gains {found.gain:.4f}, its '
                f'noise is {found.noise:.4f}.')
