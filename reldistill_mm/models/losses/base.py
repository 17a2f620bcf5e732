"""The contract of a distillation loss."""
from abc import ABCMeta, abstractmethod

from torch import Tensor, nn


class DistillLoss(nn.Module, metaclass=ABCMeta):
    """Base of the losses that :class:`DistillHead` adds up.

    A new loss is one file: a subclass that is registered in mmdet3d's
    ``MODELS`` and named in ``model.distill_head.losses``. Its formula is best
    kept in a function of its own, as in :mod:`reldistill_mm.functional`.

    Attributes:
        supports_sharding (bool): Whether ``forward`` takes the keyword
            ``shard_over_ranks``. Where the head gathers the pairs of all
            ranks, all ranks hold the same rows; a loss that supports it then
            computes a part on each rank and exchanges the parts, instead of
            all of it on every rank. Defaults to False.
    """

    supports_sharding = False

    @abstractmethod
    def forward(self, student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
        """Compute named, weighted terms of N matched rows.

        Args:
            student (Tensor): (N, D) float32 unit rows. N may be 0: then
                return the same names with
                :func:`reldistill_mm.functional.connected_zero`, so that the
                other ranks do not wait for this one's backward.
            teacher (Tensor): (N, D) float32 unit rows, frozen.

        Returns:
            dict[str, Tensor]: Scalars () with a graph. mmengine sums those
            whose name contains ``loss`` and logs all of them. No two losses
            of one head may return the same name.
        """
