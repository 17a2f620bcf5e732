"""Look at the order of the pipelines before the first step."""
from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ..datasets.transforms.order import check_order
from ..teacher_cache.keyframes import unwrapped


@HOOKS.register_module()
class CheckPairingHook(Hook):
    """Stop where points or images would be moved before they are paired.

    :class:`PairPointsWithPixels` refuses moved points itself, when it sees
    them; this hook names the step before the first one runs, and looks at the
    steps that mix clouds.

    Raises:
        BadInput: See :func:`.order.check_order`.
    """

    def before_train(self, runner: Runner) -> None:
        self._check(runner.train_dataloader)
        if runner.val_loop is not None:
            self.before_val(runner)

    def before_val(self, runner: Runner) -> None:
        self._check(runner.val_dataloader)

    def before_test(self, runner: Runner) -> None:
        self._check(runner.test_dataloader)

    @staticmethod
    def _check(loader: DataLoader) -> None:
        for dataset in unwrapped(loader.dataset):
            pipeline = getattr(dataset, 'pipeline', None)
            check_order(getattr(pipeline, 'transforms', ()))
