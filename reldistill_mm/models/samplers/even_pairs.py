"""What samplers share that give groups of pairs equal shares."""
from abc import abstractmethod

import torch
from torch import Tensor

from ...errors import BadInput
from ...functional import even_draw
from ..batch_pairs import BatchPairs
from .base import PairSampler


class EvenPairs(PairSampler):
    """Draw pairs so that each of some groups gives as many as the others.

    A group with fewer pairs than its share gives all of them. The draw is
    without replacement and uses torch's global generator
    (:func:`.even_draw`).

    Args:
        count (int): Pairs per batch; all of them if there are fewer.
            Defaults to 4096.
        at_most (int, optional): Most pairs of one group, even if there are
            fewer than ``count`` then. Defaults to None, no limit.

    Raises:
        BadInput: A number is not positive.
    """

    def __init__(self, count: int = 4096, at_most: int | None = None) -> None:
        self.count, self.at_most = count, at_most
        self._check_positive(count=count, at_most=at_most)

    @abstractmethod
    def groups(self, pairs: BatchPairs) -> Tensor:
        """Number the group of each of P pairs (P may be 0), (P,) int64."""

    def __call__(self, pairs: BatchPairs) -> BatchPairs:
        total = len(pairs.voxel)
        if total <= self.count and self.at_most is None:
            return pairs
        group = self.groups(pairs)
        order = torch.randperm(total, device=group.device)
        return pairs.select(even_draw(group, order, self.count, self.at_most))

    def _check_positive(self, **numbers: float | None) -> None:
        for name, number in numbers.items():
            if number is not None and not 0 < number < float('inf'):
                raise BadInput(f'{type(self).__name__} needs a positive '
                               f'{name}, not {number}.')


def positions(pairs: BatchPairs) -> Tensor:
    """Positions (P, 3) of the pairs' points, metres."""
    return _column(pairs.xyz, 'xyz')


def samples(pairs: BatchPairs) -> Tensor:
    """Sample (P,) of each pair in its batch."""
    return _column(pairs.sample, 'sample')


def features(pairs: BatchPairs) -> Tensor:
    """The teacher's features (P, D)."""
    return _column(pairs.teacher, 'teacher')


def _column(column: Tensor | None, name: str) -> Tensor:
    if column is None:
        raise BadInput(f"The pairs come without '{name}', by which they are "
                       'to be drawn: RelationalDistiller.sample_pairs() '
                       'fills it in.')
    return column
