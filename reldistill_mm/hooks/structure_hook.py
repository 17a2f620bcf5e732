"""Log the structure of both representations beside the losses."""

from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import Runner

from ..errors import BadInput
from ..io.fit_state import unwrap


@HOOKS.register_module()
class StructureHook(Hook):
    """Uniformity, modality gap and linear CKA of training batches.

    Computed on the pairs that the losses see: one extra product of N rows per
    measurement, logged wherever the losses are (the log, its JSON file,
    TensorBoard). Tolerance needs labels, which training does
    not have: :class:`StructureMetric` reports it.

    Args:
        interval (int): Iterations from one measurement to the next. Defaults
            to 50.
    """

    def __init__(self, interval: int = 50) -> None:
        if interval < 1:
            raise BadInput(
                f'StructureHook needs an interval of 1 or more, got {interval}'
            )
        self.interval = interval

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: DATA_BATCH = None) -> None:
        head = getattr(unwrap(runner.model), 'distill_head', None)
        if head is not None:
            head.measure_next_batch = self.every_n_train_iters(
                runner, self.interval)
