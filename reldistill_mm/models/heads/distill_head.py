"""Turn paired student and teacher features into named losses."""
from typing import Any

from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...errors import BadInput
from ...functional import (gather_places, gather_rows, structure_measures,
                           unit_rows)
from ..losses import DistillLoss, PairContext


@MODELS.register_module()
class DistillHead(BaseModule):
    """Weighted sum of distillation losses over the same pairs.

    Args:
        losses (dict | list[dict]): Config(s) of :class:`DistillLoss`.
        gather_across_ranks (bool): Take the losses over the pairs of all
            ranks, so that relations and negatives span the whole batch;
            gradients are those of one process with all pairs. Needs DDP's
            mean over ranks. A loss whose ``supports_sharding`` is true is
            called with ``shard_over_ranks=True``, to leave a part of the
            work to the other ranks. Defaults to False: each rank uses its
            own pairs.

    Raises:
        BadInput: There is no loss, or one is not a :class:`DistillLoss`.
    """

    def __init__(self,
                 losses: dict | list[dict],
                 gather_across_ranks: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if isinstance(losses, dict):
            losses = [losses]
        if not losses:
            raise BadInput('DistillHead needs at least one loss.')
        self.losses = nn.ModuleList(MODELS.build(loss) for loss in losses)
        for module in self.losses:
            if not isinstance(module, DistillLoss):
                raise BadInput(
                    f'{type(module).__name__} is not a distillation loss: '
                    'derive it from reldistill_mm.models.DistillLoss.')
        self.gather_across_ranks = gather_across_ranks
        # StructureHook sets this.
        self.measure_next_batch = False

    @property
    def uses_context(self) -> bool:
        """Whether a loss asks for words, or for where the pairs lie."""
        return any(module.uses_context for module in self.losses)

    def loss(self,
             student: Tensor,
             teacher: Tensor,
             context: PairContext | None = None) -> dict[str, Tensor]:
        """Compute named terms, each a float32 scalar.

        Args:
            student (Tensor): (N, D) projected point features.
            teacher (Tensor): (N, D) teacher features of the same pairs.
            context (PairContext, optional): What a loss with
                ``uses_context`` asks for. Defaults to None.

        Returns:
            dict[str, Tensor]: ``loss_*`` terms, which mmengine sums; the
            same keys for N = 0 (zeros with a graph), and ``num_pairs``;
            where :class:`StructureHook` asks for them also the measures of
            :func:`reldistill_mm.functional.structure_measures`.

        Raises:
            BadInput: Two losses return a term of the same name, or one
                returns nothing that is trained.
        """
        student, teacher = unit_rows(student), unit_rows(teacher)
        if self.gather_across_ranks:
            student, teacher = gather_rows(student, teacher)
            if context is not None and context.place is not None:
                context = context._replace(place=gather_places(context.place))
        terms: dict[str, Tensor] = {}
        for module in self.losses:
            shard = self.gather_across_ranks and module.supports_sharding
            how: dict[str, Any] = dict(shard_over_ranks=True) if shard else {}
            if module.uses_context:
                how['context'] = context
            found = module(student, teacher, **how)
            _check_terms(module, found)
            for name, value in found.items():
                if name in terms:
                    raise BadInput(
                        f"Two losses of the head return '{name}'; merge them "
                        'into one with a weight.')
                terms[name] = value
        terms['num_pairs'] = student.new_tensor(float(len(student)))
        if self.measure_next_batch:
            measures = structure_measures(student, teacher)
            terms.update({
                name: student.new_tensor(value)
                for name, value in measures.items()
            })
        return terms


def _check_terms(module: nn.Module, terms: object) -> None:
    """Refuse what mmengine would log instead of training it."""
    kind = type(module).__name__
    if not isinstance(terms, dict):
        raise BadInput(f'{kind} returns {type(terms).__name__}; a loss '
                       'returns a dict of named terms.')
    if not any('loss' in name for name in terms):
        raise BadInput(
            f"{kind} returns {sorted(terms)}, none of which has 'loss' in its "
            'name: mmengine would log them without training. Rename the term '
            "to 'loss_...'.")
    if 'num_pairs' in terms:
        raise BadInput(f"{kind} returns 'num_pairs', which the head itself "
                       'logs: rename the term.')
