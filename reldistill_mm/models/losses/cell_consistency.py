"""CLIP2Scene's spatial-temporal consistency as a registered module."""
from mmdet3d.registry import MODELS
from torch import Tensor

from ...errors import BadInput
from ...functional import cell_consistency_loss, cells_of
from .base import DistillLoss, PairContext, require_context


@MODELS.register_module()
class CellConsistencyLoss(DistillLoss):
    """Points of one cell agree, over all sweeps of a sample (CLIP2Scene).

    See :func:`reldistill_mm.functional.cell_consistency_loss`. Where the
    pipeline loads no sweeps (:class:`LoadSweeps`) the cells hold the points
    of the keyframe alone, and the term is spatial, not temporal.

    Args:
        cell_size (float): Edge of a cell in metres. Defaults to 0.1.
        temperature (float): Temperature of the attention. Defaults to 1.
        loss_weight (float): Weight of the term. Defaults to 1.

    Raises:
        BadInput: An argument is not positive; rows are pooled, which lie in
            no cell.
    """

    uses_context = True

    def __init__(self,
                 cell_size: float = 0.1,
                 temperature: float = 1.0,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        for name, value in (('cell_size', cell_size), ('temperature',
                                                       temperature)):
            if value <= 0:
                raise BadInput(f'{name} must be positive, got {value}.')
        self.cell_size = cell_size
        self.temperature = temperature
        self.loss_weight = loss_weight

    def forward(self,
                student: Tensor,
                teacher: Tensor,
                context: PairContext | None = None) -> dict[str, Tensor]:
        """Compute the weighted term of N unit rows (N, D); see the base."""
        context = require_context(context)
        if context.place is None:
            raise BadInput(
                'CellConsistencyLoss asks where each pair lies, and pooled '
                'pairs lie in many places: take a pair_sampler that does not '
                'pool, RandomPairs or None.')
        loss = cell_consistency_loss(student, teacher,
                                     cells_of(context.place,
                                              self.cell_size), context.words,
                                     context.names_per_class, self.temperature)
        return dict(loss_cells=self.loss_weight * loss)
