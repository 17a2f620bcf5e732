"""The contract of a pair sampler."""
from abc import ABCMeta, abstractmethod

from ..batch_pairs import BatchPairs


class PairSampler(metaclass=ABCMeta):
    """Choose the pairs of a batch that the losses see: pairs in, pairs out.

    It may also say by ``group`` which of them count as one: the losses then
    see the mean of their features (:func:`.pool_rows`).

    A new sampler is one file: a subclass that is registered in mmdet3d's
    ``MODELS`` and named in ``model.pair_sampler``. It is called once per
    training step, after the batch's pairs are joined and before any feature
    of a teacher is read, so that nothing is computed for pairs that it drops.

    Attributes:
        needs_teacher (bool): The teacher's features of all pairs are read
            first, and stand in ``pairs.teacher``. Defaults to False.
    """
    needs_teacher = False

    @abstractmethod
    def __call__(self, pairs: BatchPairs) -> BatchPairs:
        """Choose among the pairs of one batch.

        Args:
            pairs (BatchPairs): P pairs of all samples of the batch. P may be
                less than what the sampler wants, or 0: it then returns what
                is there.

        Returns:
            BatchPairs: Some of them, in any order: whole pairs, best chosen
            by :meth:`BatchPairs.select`.
        """
