"""Teacher and student together on the points that a camera sees."""
import torch
from torch import Tensor


def best_pairs(scores: Tensor, point: Tensor, count: int) -> Tensor:
    """Choose for each point the pair with the highest score of any class.

    Args:
        scores (Tensor): (P, K) scores of pairs.
        point (Tensor): (P,) int64, the point of each pair.
        count (int): N, the number of points.

    Returns:
        Tensor: (N,) int64, row of the chosen pair, the first of equal ones;
        -1 for points without a pair.

    Example:
        >>> scores = torch.tensor([[.1, .9], [.3, .2], [.5, .5]])
        >>> best_pairs(scores, torch.tensor([1, 1, 0]), 3)
        tensor([ 2,  0, -1])
    """
    rows = len(scores)
    if not rows:
        return point.new_full((count, ), -1)
    top = scores.amax(1)
    best = top.new_full((count, ),
                        -torch.inf).scatter_reduce(0, point, top, 'amax')
    winners = (top == best[point]).nonzero().flatten()
    first = point.new_full(
        (count, ), rows).scatter_reduce(0, point[winners], winners, 'amin')
    return first.where(first < rows, -1)


def best_of_two(student: Tensor, teacher: Tensor, point: Tensor) -> Tensor:
    """Take the scores of the more certain of student and teacher.

    Certain is whose best class has the higher cosine; points without a pair
    keep the student's. Source: the 2D-3D ensemble of OpenScene, Peng et al.,
    CVPR 2023, section 3.4.

    Args:
        student (Tensor): (N, K) scores of all points.
        teacher (Tensor): (P, K) scores of pairs.
        point (Tensor): (P,) int64, the point of each pair.

    Returns:
        Tensor: (N, K).

    Example:
        >>> student = torch.tensor([[.4, .1], [.1, .2], [.3, .3]])
        >>> teacher = torch.tensor([[.2, .3], [.8, .0]])
        >>> best_of_two(student, teacher, torch.tensor([0, 1]))
        tensor([[0.4000, 0.1000],
                [0.8000, 0.0000],
                [0.3000, 0.3000]])
    """
    chosen = best_pairs(teacher, point, len(student))
    seen = (chosen >= 0).nonzero().flatten()
    rows = teacher[chosen[seen]].to(student)
    surer = rows.amax(1) > student[seen].amax(1)
    return student.index_copy(0, seen[surer], rows[surer])
