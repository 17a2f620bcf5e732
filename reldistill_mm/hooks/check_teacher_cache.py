"""Compare a teacher cache with the config before the first step."""
from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ..teacher_cache.check_caches import check_caches


@HOOKS.register_module()
class CheckTeacherCacheHook(Hook):
    """Stop before work on features of another teacher, or on too few.

    Does nothing where no cache is read; raises what :func:`.check_caches`
    does.
    """

    def before_train(self, runner: Runner) -> None:
        caches = check_caches(runner.cfg, runner.train_dataloader.dataset)
        for root in sorted({step.root for _, step in caches}):
            print_log(
                f"The teacher's features are read from '{root}': of whole "
                'images, without the random crops and flips of images that '
                'training on images has; clouds are augmented as ever.',
                logger='current')

    def before_val(self, runner: Runner) -> None:
        check_caches(runner.cfg, runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        check_caches(runner.cfg, runner.test_dataloader.dataset)
