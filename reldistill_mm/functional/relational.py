"""Relational losses in square tiles, exact: no N x N matrix is ever held.

K (N, D) are the student's unit rows, Q (N, D) the teacher's. What this module
computes are the two formulas of these six lines::

    >>> import torch
    >>> def whole_matrices(k, q):
    ...     cross, intra = (k @ q.T - q @ q.T).abs(), (k @ k.T - q @ q.T).abs()
    ...     others = ~torch.eye(len(k), dtype=torch.bool)
    ...     return (cross.diagonal().mean() + cross[others].mean(),
    ...             intra[others].mean())
    >>> from reldistill_mm.functional import unit_rows
    >>> k, q = unit_rows(torch.randn(2, 9, 4).flatten(0, 1)).split(9)
    >>> in_tiles = relational_losses(k, q, tile_rows=2)
    >>> all(map(torch.isclose, in_tiles, whole_matrices(k, q)))
    True

With ``E = K - Q`` and ``A = E Q^T`` they need fewer products::

    K Q^T - Q Q^T = A                 every entry is needed
    K K^T - Q Q^T = E E^T + A + A^T   symmetric
                  = E K^T + A^T       where A itself is not needed

A loss is a scalar and Q is frozen, so the gradient with respect to K is
formed in the pass that sums the loss: the derivative of an absolute value is
a sign, and a tile of signs times Q (or K) is that tile's part. Tiles (I, J)
and (J, I) are taken together, and A serves both terms: value and gradient of
many tiles take 3.5 times N^2 D multiplications (one term alone 2), whole
matrices under autograd 6. Memory is O(N D + tile_rows^2).

``products=torch.bfloat16`` multiplies in it, which processors and GPUs that
have such products do several times faster. On clusters of rows, near their
teacher's and far from them (N = 600 and 4096, D = 64 and 512), the loss was
off by at most 2e-4 of its value, the gradient of both terms by 0.6 % of its
length, that of the intra-modal term alone by 3 %: E is subtracted before it
is narrowed and sums are kept wide; what is lost are the signs of sums that
nearly cancel.

Source of the formulas: Mahmoud et al., ECCV 2024; of this way to compute
them: ours.
"""
import math

import torch
from torch import Tensor

from ..errors import BadInput
from .matched_rows import (autocast_off, check_matched, connected_zero,
                           promote_and_detach)
from .relational_tiles import RelationalTerms

# Rows of a tile: on a CPU it stays in the caches, on a GPU it keeps it busy.
_CPU_TILE_ROWS, _GPU_TILE_ROWS = 512, 2048
# Weights of the means over the diagonal and off it.
BOTH_PARTS = (1., 1.)


def relational_cross_loss(student: Tensor,
                          teacher: Tensor,
                          tile_rows: int | None = None,
                          shard_over_ranks: bool = False,
                          cross_parts: tuple[float, float] = BOTH_PARTS,
                          products: torch.dtype | None = None) -> Tensor:
    """Cross-modal relational loss.

    ``C = |K Q^T - Q Q^T|``, ``mean_i C_ii + mean_{i != j} C_ij``: the N
    matches and the N^2 - N other relations are averaged apart, so that the
    many do not drown the few. Source: Mahmoud et al., ECCV 2024; that the two
    means may have weights of their own is ours.

    Arguments, errors and the value's dtype are those of
    :func:`relational_losses`.

    Example:
        One of four matches points the wrong way; its relation to itself is
        off by 2, and no other relation is:

        >>> import torch
        >>> teacher = torch.eye(4)
        >>> student = teacher.clone()
        >>> student[0] = -student[0]
        >>> relational_cross_loss(student, teacher)
        tensor(0.5000)
    """
    return _relational(student, teacher, (True, False), tile_rows,
                       shard_over_ranks, cross_parts, products)[0]


def relational_intra_loss(student: Tensor,
                          teacher: Tensor,
                          tile_rows: int | None = None,
                          shard_over_ranks: bool = False,
                          products: torch.dtype | None = None) -> Tensor:
    """Intra-modal relational loss.

    ``S = |K K^T - Q Q^T|``, ``mean_{i != j} S_ij``. The idea is Mahmoud et
    al., ECCV 2024; the mean over the off-diagonal alone is our reading (the
    diagonal of S is zero for unit rows).

    Arguments, errors and the value's dtype are those of
    :func:`relational_losses`.

    Example:
        A rotation of all rows keeps their relations; collapsing them makes
        each of the relations 1 instead of 0:

        >>> import torch
        >>> teacher = torch.eye(4)
        >>> relational_intra_loss(teacher.roll(1, dims=0), teacher)
        tensor(0.)
        >>> relational_intra_loss(teacher[:1].expand(4, 4), teacher)
        tensor(1.)
    """
    return _relational(
        student,
        teacher, (False, True),
        tile_rows,
        shard_over_ranks,
        products=products)[0]


def relational_losses(
        student: Tensor,
        teacher: Tensor,
        tile_rows: int | None = None,
        shard_over_ranks: bool = False,
        cross_parts: tuple[float, float] = BOTH_PARTS,
        products: torch.dtype | None = None) -> tuple[Tensor, Tensor]:
    """Both relational losses, in less time than one after the other.

    Args:
        student (Tensor): (N, D) unit rows of any float dtype.
        teacher (Tensor): (N, D) unit rows, frozen.
        tile_rows (int, optional): Rows and columns of the square tiles that
            are held at a time; the result does not depend on it. Defaults to
            None, by device.
        shard_over_ranks (bool): All ranks hold the same rows, as
            :func:`gather_rows` gives them, and each computes a part of the
            tiles; sums and gradients are exchanged. All ranks must call it.
            Defaults to False.
        cross_parts (tuple[float, float]): Weights of the two means of the
            cross-modal loss, the diagonal's first. Defaults to (1, 1).
        products (torch.dtype, optional): What is multiplied, ``bfloat16``,
            say; sums and gradients keep the rows' dtype. Defaults to None,
            that dtype: exact.

    Returns:
        tuple[Tensor, Tensor]: The losses of :func:`relational_cross_loss` and
        :func:`relational_intra_loss`, () float32 each (float64 for float64
        rows); without a row, or for the second with one, a zero with a graph.
        They have a first derivative, not a second.

    Raises:
        BadInput: Shapes that do not match, tiles without rows, or weights of
            the means that are negative or not finite.

    Example:
        >>> import torch
        >>> student = torch.tensor([[1., 0.], [0.6, 0.8]])
        >>> teacher = torch.tensor([[1., 0.], [0., 1.]])
        >>> relational_losses(student, teacher)
        (tensor(0.4000), tensor(0.6000))
    """
    cross, intra = _relational(student, teacher, (True, True), tile_rows,
                               shard_over_ranks, cross_parts, products)
    return cross, intra


def _relational(student: Tensor,
                teacher: Tensor,
                terms: tuple[bool, bool],
                tile_rows: int | None,
                shard_over_ranks: bool,
                cross_parts: tuple[float, float] = BOTH_PARTS,
                products: torch.dtype | None = None) -> tuple[Tensor, ...]:
    """Compute those of the two losses that are wanted."""
    check_matched(student, teacher)
    check_parts(cross_parts)
    if tile_rows is None:
        on_cpu = student.device.type == 'cpu'
        tile_rows = _CPU_TILE_ROWS if on_cpu else _GPU_TILE_ROWS
    if tile_rows < 1:
        raise BadInput(f'tile_rows must be at least 1, got {tile_rows}.')
    if len(student) == 0:
        return tuple(connected_zero(student) for wanted in terms if wanted)
    own, others = cross_parts
    with autocast_off(student):
        rows = promote_and_detach(student, teacher)
        if terms[0] and not others:
            # No matrix: only the second loss, if it is wanted, needs tiles.
            cross = own * _matches(*rows)
            rest = (
                RelationalTerms.apply(*rows, False, True, tile_rows,
                                      shard_over_ranks, 1., 1., products)
                if terms[1] else ())
            return cross, *rest
        return RelationalTerms.apply(*rows, *terms, tile_rows,
                                     shard_over_ranks, own, others, products)


def _matches(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean of the diagonal of C alone."""
    return ((student - teacher) * teacher).sum(1).abs().mean()


def check_parts(cross_parts: tuple[float, float]) -> None:
    """Refuse weights of the two means of the cross-modal loss.

    Raises:
        BadInput: One is negative or not finite.
    """
    if not all(0 <= weight < math.inf for weight in cross_parts):
        raise BadInput(
            'The weights of the diagonal and the off-diagonal of the '
            f'cross-modal loss are {tuple(cross_parts)}: take numbers of 0 or '
            'more; 0 leaves a mean out.')
