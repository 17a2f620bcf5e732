"""CLIP2Scene's semantic consistency as a registered module."""
from mmdet3d.registry import MODELS
from torch import Tensor

from ...errors import BadInput
from ...functional import text_guided_loss
from ...functional.text_guided import ANCHORS
from .base import DistillLoss, PairContext, require_context


@MODELS.register_module()
class TextGuidedLoss(DistillLoss):
    """Positives and negatives by the teacher's words (CLIP2Scene).

    See :func:`reldistill_mm.functional.text_guided_loss`. The words are those
    of the model's ``zero_shot_head``.

    Args:
        temperature (float): Temperature of the softmax. Defaults to 0.5.
        anchor (str): 'words', whose class tells its points from others, or
            'points', each of which tells its class from others. Defaults to
            'words'.
        loss_weight (float): Weight of the term. Defaults to 1.

    Raises:
        BadInput: ``temperature`` is not positive, or another anchor.
    """

    uses_context = True

    def __init__(self,
                 temperature: float = 0.5,
                 anchor: str = 'words',
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if temperature <= 0:
            raise BadInput(f'temperature must be positive, got {temperature}.')
        if anchor not in ANCHORS:
            raise BadInput(f"anchor must be one of {ANCHORS}, got '{anchor}'.")
        self.temperature = temperature
        self.anchor = anchor
        self.loss_weight = loss_weight

    def forward(self,
                student: Tensor,
                teacher: Tensor,
                context: PairContext | None = None) -> dict[str, Tensor]:
        """Compute the weighted term of N unit rows (N, D); see the base."""
        context = require_context(context)
        loss = text_guided_loss(student, teacher, context.words,
                                context.names_per_class, self.temperature,
                                self.anchor)
        return dict(loss_text=self.loss_weight * loss)
