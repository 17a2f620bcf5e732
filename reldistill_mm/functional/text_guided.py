"""Contrastive distillation whose pairs are chosen by the teacher's words."""
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import BadInput
from .matched_rows import (autocast_off, check_matched, connected_zero,
                           promote_and_detach)
from .zero_shot import class_scores

ANCHORS = ('words', 'points')


def text_guided_loss(student: Tensor,
                     teacher: Tensor,
                     words: Tensor,
                     names_per_class: Sequence[int],
                     temperature: float = 0.5,
                     anchor: str = 'words') -> Tensor:
    """Semantic consistency: words choose the positives and the negatives.

    With ``y_i`` the class whose words score highest on the pixel ``q_i``, and
    ``D(c, k)`` the score of class c on a point, the cosine of its best word::

        words:  -sum_c log(sum_{i: y_i = c} exp(D(c, k_i) / t)
                           / sum_{j: y_j != c} exp(D(c, k_j) / t))
        points: mean_i -log(exp(D(y_i, k_i) / t) / sum_c exp(D(c, k_i) / t))

    'words' is the published formula: the words of a class tell its points
    from those of all others. Its sum is over the classes that have points;
    where all have one class there are no negatives, and it is 0. It may be
    negative. 'points' is what the public code trains, at t = 1: each point
    tells its class from all others.

    Source: CLIP2Scene (Chen et al., CVPR 2023), semantic consistency
    regularisation, t = 0.5. Ours: several words of a class, of which the
    paper has one.

    Args:
        student (Tensor): (N, D) unit rows.
        teacher (Tensor): (N, D) unit rows, frozen.
        words (Tensor): (W, D) unit rows, those of class 0 first.
        names_per_class (Sequence[int]): K numbers of words; they sum to W.
        temperature (float): Temperature t. Defaults to 0.5.
        anchor (str): 'words' or 'points'. Defaults to 'words'.

    Returns:
        Tensor: () float32 (float64 for float64 rows).

    Raises:
        BadInput: Another anchor, or shapes that do not match.

    Example:
        Two classes of a point each, which the student cannot tell apart:

        >>> words = torch.eye(2)
        >>> student = torch.tensor([[0.6, 0.8], [0.6, 0.8]])
        >>> float(text_guided_loss(student, words, words, [1, 1]))
        0.0
    """
    check_matched(student, teacher)
    if anchor not in ANCHORS:
        raise BadInput(f"anchor must be one of {ANCHORS}, got '{anchor}'.")
    if len(student) == 0:
        return connected_zero(student)
    student, teacher = promote_and_detach(student, teacher)
    words = words.detach().to(student)
    with autocast_off(student):
        scores = class_scores(teacher, words, names_per_class)
        # A pixel that is NaN has no label: so is the loss.
        label, lost = scores.argmax(1), 0 * scores.sum()
        logits = class_scores(student, words, names_per_class) / temperature
        logits = logits + lost
        if anchor == 'points':
            return F.cross_entropy(logits, label)
        return _of_words(logits, label)


def _of_words(logits: Tensor, label: Tensor) -> Tensor:
    """Sum over classes that have points, and others beside them."""
    own = F.one_hot(label, logits.shape[1]).bool()
    told = own.any(0) & ~own.all(0)
    logits, own = logits[:, told], own[:, told]
    positive = logits.masked_fill(~own, -torch.inf).logsumexp(0)
    negative = logits.masked_fill(own, -torch.inf).logsumexp(0)
    # With no class left this is a zero that has a graph.
    return (negative - positive).sum() + 0 * logits.sum()
