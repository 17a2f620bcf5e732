"""As many pairs from far away as from near by."""
from mmdet3d.registry import MODELS
from torch import Tensor

from ..batch_pairs import BatchPairs
from .even_pairs import EvenPairs, positions


@MODELS.register_module()
class EvenOverDistance(EvenPairs):
    """Draw pairs evenly over rings around the sensor, of all samples together.

    The rings near the sensor hold most points, so that pairs drawn one by one
    are mostly near. Source: ours.

    Args:
        ring_width (float): Width of a ring, metres, seen from above. Defaults
            to 5.
        count, at_most: See :class:`EvenPairs`.

    Raises:
        BadInput: A number is not positive.
    """

    def __init__(self,
                 ring_width: float = 5.0,
                 count: int = 4096,
                 at_most: int | None = None) -> None:
        super().__init__(count, at_most)
        self._check_positive(ring_width=ring_width)
        self.ring_width = ring_width

    def groups(self, pairs: BatchPairs) -> Tensor:
        distance = positions(pairs)[:, :2].norm(dim=1)
        return (distance / self.ring_width).floor().long()
