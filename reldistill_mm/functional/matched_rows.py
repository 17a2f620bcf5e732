"""What all losses over N matched rows of student and teacher share.

K (N, D) are student point features, Q (N, D) teacher pixel features, both
with unit rows. No gradient reaches Q. Losses are computed in float32 even if
the inputs have a lower precision. Fewer rows than a term needs give a zero
that is still connected to K.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import BadInput


def unit_rows(features: Tensor, eps: float = 1e-6) -> Tensor:
    """L2-normalise rows in float32.

    A row of zeros stays zero and gets a finite gradient.

    Args:
        features (Tensor): (N, D) of any float dtype.
        eps (float): Smallest norm to divide by. Defaults to 1e-6.

    Returns:
        Tensor: (N, D) float32.

    Example:
        >>> unit_rows(torch.tensor([[3., 4.], [0., 0.]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    return F.normalize(features.float(), dim=-1, eps=eps)


def connected_zero(features: Tensor) -> Tensor:
    """Return a zero with a graph, so that every rank runs a backward pass.

    A loss returns it where a batch has fewer pairs than it needs: a rank
    without a graph would leave the other ranks waiting in DDP's backward.

    Args:
        features (Tensor): (N, D) student rows of any float dtype; N may be 0.

    Returns:
        Tensor: () float32.

    Example:
        >>> connected_zero(torch.zeros(0, 3, requires_grad=True))
        tensor(0., grad_fn=<MulBackward0>)
    """
    return features.float().sum() * 0


def check_matched(student: Tensor, teacher: Tensor) -> None:
    """Raise BadInput unless both are rows (N, D) of one shape."""
    if student.ndim != 2 or student.shape != teacher.shape:
        raise BadInput(
            'Student and teacher features must both be (N, D), got '
            f'{tuple(student.shape)} and {tuple(teacher.shape)}; is the '
            "projector's out_channels the width of the CLIP model?")


def promote_and_detach(student: Tensor,
                       teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Promote both to float32 or wider; detach the teacher."""
    dtype = torch.promote_types(student.dtype, torch.float32)
    return student.to(dtype), teacher.detach().to(dtype)


def autocast_off(tensor: Tensor) -> torch.autocast:
    """Keep autocast from lowering the products of a loss."""
    return torch.autocast(tensor.device.type, enabled=False)
