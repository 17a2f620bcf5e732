"""The contract of a distillation loss."""
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from ...errors import BadInput


class PairContext(NamedTuple):
    """What a loss may know of N pairs beside their features.

    Attributes:
        words (Tensor): (W, D) unit embeddings of the ``zero_shot_head``'s
            words, those of class 0 first.
        names_per_class (Sequence[int]): K numbers of words; they sum to W.
        place (Tensor, optional): (N, 4) float32: number of the sample, and x,
            y and z of the pair's point in metres, as augmented. None where
            pairs are pooled.
    """
    words: Tensor
    names_per_class: Sequence[int]
    place: Tensor | None = None


def require_context(context: PairContext | None) -> PairContext:
    """Refuse to go on without what a loss asks for.

    Raises:
        BadInput: There is none.
    """
    if context is None:
        raise BadInput('A loss that is guided by words needs a PairContext: '
                       'hand DistillHead.loss() its context.')
    return context


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
        uses_context (bool): Whether ``forward`` takes the keyword
            ``context``, a :class:`PairContext`: words, and where the pairs
            lie. The model must then have a ``zero_shot_head``. Defaults to
            False.
    """

    supports_sharding = False
    uses_context = False

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
