"""Collect the ranks' results through torch.distributed alone."""
import functools
from collections.abc import Callable
from typing import Any

from mmengine.dist import is_distributed, is_main_process
from mmengine.evaluator import BaseMetric
from torch import distributed


class CollectingMetric(BaseMetric):
    """``BaseMetric`` that needs no folder which all ranks share.

    mmengine's own sends each rank's results through files in the working
    directory (``collect_device='cpu'``), which machines without a shared disk
    cannot see, or to every rank's GPU. Here they go from memory to memory, to
    rank 0 only. ``collect_dir``, or ``collect_device='gpu'``, gives back
    mmengine's ways.
    """

    def evaluate(self, size: int) -> dict:
        """Gather ``results`` over ranks and compute the metrics.

        Args:
            size (int): Number of results that count.

        Returns:
            dict: The metrics, on every rank.

        Raises:
            Exception: Whatever rank 0 raised, on every rank.
        """
        told = self.collect_dir is not None or self.collect_device != 'cpu'
        if told or not is_distributed():
            return super().evaluate(size)
        group = cpu_group(distributed.group.WORLD)
        results = gather_on_cpu(self.results, group)
        metrics = broadcast_result(lambda: self._named(results[:size]), group)
        self.results.clear()
        return metrics

    def _named(self, results: list) -> dict:
        metrics = self.compute_metrics(results)
        if not self.prefix:
            return metrics
        return {f'{self.prefix}/{name}': v for name, v in metrics.items()}


@functools.lru_cache(maxsize=1)
def cpu_group(world: Any) -> Any:
    """All ranks, over the CPUs: NCCL would take the way over the GPUs.

    Made once for a world and kept: a rank that destroyed it could cut off
    another one that is still receiving.

    Args:
        world (ProcessGroup): The default group.
    """
    if distributed.get_backend() == 'gloo':
        return world
    return distributed.new_group(backend='gloo')


def gather_on_cpu(results: list, group: Any) -> list:
    """Join the ranks' lists on rank 0, in the order of ranks.

    Args:
        results (list): This rank's; tensors in it are on the CPU.
        group (ProcessGroup): See :func:`cpu_group`.

    Returns:
        list: All ranks' on rank 0, empty on the others.
    """
    parts: list | None = None
    if is_main_process():
        parts = [None] * distributed.get_world_size()
    distributed.gather_object(results, parts, 0, group)
    return [each for part in parts or [] for each in part]


def broadcast_result(compute: Callable[[], dict], group: Any) -> dict:
    """Compute on rank 0 and give every rank the result, or the error."""
    box: list[Any] = [None]
    if is_main_process():
        try:
            box = [compute()]
        except Exception as error:
            # Or the others would wait for ever.
            box = [error]
    distributed.broadcast_object_list(box, 0, group)
    if isinstance(box[0], Exception):
        raise box[0]
    return box[0]
