"""Turns paired student and teacher features into named losses."""

from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...errors import BadInput
from ...functional import gather_rows, structure_measures, unit_rows


@MODELS.register_module()
class DistillHead(BaseModule):
    """Any weighted sum of distillation losses over the same pairs.

    Args:
        losses (dict | List[dict]): Config(s) of losses; each takes unit rows
            (N, D) of student and teacher and returns named, weighted terms.
        num_pairs (int, optional): Pairs drawn at random from each step's
            batch. Defaults to 4096 (the recipe of PPKT and SLidR); None
            takes all.
        gather (bool): Take the losses over the pairs of all ranks, so that
            relations and negatives span the whole batch; gradients are those
            of one process with all pairs. Needs DDP's mean over ranks. A
            loss whose ``can_share`` is true is called with ``shared=True``,
            to leave a part of the work to the other ranks. Defaults to
            False, each rank its own.
    """

    def __init__(self,
                 losses: dict | list[dict],
                 num_pairs: int | None = 4096,
                 gather: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if isinstance(losses, dict):
            losses = [losses]
        if not losses:
            raise BadInput('DistillHead needs at least one loss.')
        if num_pairs is not None and num_pairs < 1:
            raise BadInput(f'num_pairs must be positive, got {num_pairs}; '
                           'None takes all pairs.')
        self.losses = nn.ModuleList(MODELS.build(loss) for loss in losses)
        self.num_pairs = num_pairs
        self.gather = gather
        # StructureHook asks for the measures of the next batch.
        self.measures = False

    def loss(self, student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
        """Named terms, each a float32 scalar.

        Args:
            student (Tensor): (N, D) projected point features.
            teacher (Tensor): (N, D) teacher features of the same pairs.

        Returns:
            Dict[str, Tensor]: ``loss_*`` terms, which mmengine sums; the
            same keys for N = 0 (zeros with a graph), and ``num_pairs``;
            where :class:`StructureHook` asks for them also the measures of
            :func:`reldistill_mm.functional.structure_measures`.

        Raises:
            BadInput: Two losses return a term of the same name.
        """
        student, teacher = unit_rows(student), unit_rows(teacher)
        if self.gather:
            student, teacher = gather_rows(student, teacher)
        terms: dict[str, Tensor] = {}
        for module in self.losses:
            shares = self.gather and getattr(module, 'can_share', False)
            more = dict(shared=True) if shares else {}
            for name, value in module(student, teacher, **more).items():
                if name in terms:
                    raise BadInput(
                        f"Two losses of the head return '{name}'; merge them "
                        'into one with a weight.')
                terms[name] = value
        terms['num_pairs'] = student.new_tensor(float(len(student)))
        if self.measures:
            found = structure_measures(student, teacher)
            terms.update({
                name: student.new_tensor(value)
                for name, value in found.items()
            })
        return terms
