"""The 2D-3D ensemble of OpenScene."""
from mmdet3d.registry import MODELS
from torch import Tensor

from ...functional import best_of_two


@MODELS.register_module()
class BestOfTwo:
    """Take for each visible point the more certain of teacher and student.

    An ensemble is any callable with these arguments; see
    :func:`reldistill_mm.functional.best_of_two` for this one.
    """

    def __call__(self, student: Tensor, teacher: Tensor,
                 point: Tensor) -> Tensor:
        """Join scores: (N, K) of points, (P, K) of pairs, (P,) their point."""
        return best_of_two(student, teacher, point)
