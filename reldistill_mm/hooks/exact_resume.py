"""Keep what mmengine's checkpoints lack, to go on exactly where one ends."""
import logging

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ..datasets.seeded import SeededSampler
from ..io.fit_state import unwrap
from .train_loops import SeededEpochLoop


class ExactResumeHook(Hook):
    """Save the place in the epoch and accumulated gradients, and load them.

    With ``accumulative_counts`` above 1 a checkpoint by iteration may fall
    between two steps of the optimizer. Of several processes each has gradients
    of its own, which one file does not hold: a warning says so.
    :class:`DistillRunner` registers it.
    """

    def __init__(self) -> None:
        self._resumed: dict = {}

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        loop = runner.train_loop
        if isinstance(loop, SeededEpochLoop):
            ended = checkpoint['meta']['epoch'] > runner.epoch
            checkpoint['meta']['place'] = loop.place(ended)
        counts = getattr(runner.optim_wrapper, '_accumulative_counts', 1)
        done = getattr(runner.optim_wrapper, '_inner_count', 0)
        if counts < 2 or done % counts == 0:
            return
        if runner.world_size > 1:
            print_log(
                'This checkpoint lies between two steps of the optimizer '
                f'(accumulative_counts={counts}); resuming from it loses '
                'their gradients. Set default_hooks.checkpoint.interval to a '
                'multiple.',
                logger='current',
                level=logging.WARNING)
            return
        checkpoint['gradients'] = {
            name: each.grad.detach().cpu()
            for name, each in unwrap(runner.model).named_parameters()
            if each.grad is not None
        }

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        if runner._resume:
            self._resumed = dict(
                place=checkpoint.get('meta', {}).get('place'),
                gradients=checkpoint.get('gradients', {}))

    def before_train(self, runner: Runner) -> None:
        resumed, self._resumed = self._resumed, {}
        if not resumed:
            return
        loop = runner.train_loop
        if isinstance(loop, SeededEpochLoop):
            loop.go_on(resumed['place'])
        sampler = loop.dataloader.sampler
        if isinstance(sampler, SeededSampler):
            # The checkpoint's seed, where the config has none.
            sampler.reseed(runner.base_seed)
        for name, each in unwrap(runner.model).named_parameters():
            if name in resumed['gradients']:
                each.grad = resumed['gradients'][name].to(each)
