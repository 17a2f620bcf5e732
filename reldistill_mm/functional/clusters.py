"""K-means on the unit sphere."""
import torch
from torch import Tensor

from .matched_rows import unit_rows

# Of a distance of 1: an int64 has room for the sum over two million rows.
_PARTS = 1 << 40


def cluster_centres(rows: Tensor, draws: Tensor, steps: int = 10) -> Tensor:
    """Find centres of clusters of rows by direction.

    K-means by cosine (Dhillon & Modha, Machine Learning 2001) from centres
    that are drawn in turn, each row in proportion to its squared distance from
    the nearest centre before it (k-means++, Arthur & Vassilvitskii, SODA
    2007). A centre that loses all its rows stays where it is.

    Args:
        rows (Tensor): (N, D), of any length other than 0; N at least 1.
        draws (Tensor): (K,) float32 in [0, 1), the random numbers by which
            the K first centres are drawn: the same numbers, the same centres.
        steps (int): Number of rounds of k-means. Defaults to 10.

    Returns:
        Tensor: (K, D) float32 unit rows. Some are equal where fewer than K
        rows differ.

    Example:
        >>> rows = torch.tensor([[1., 0.], [2., 0.1], [0., 1.], [0.1, 3.]])
        >>> centres = cluster_centres(rows, torch.tensor([0.1, 0.5]))
        >>> nearest_centres(rows, centres)
        tensor([0, 0, 1, 1])
    """
    with torch.no_grad(), torch.autocast(rows.device.type, enabled=False):
        rows = unit_rows(rows)
        centres = _first_centres(rows, draws.to(rows))
        for _ in range(steps):
            own = nearest_centres(rows, centres)
            # A product, which a GPU sums in a fixed order.
            member = torch.nn.functional.one_hot(own, len(centres))
            total = member.to(rows).T @ rows
            lost = total.norm(dim=1, keepdim=True) == 0
            centres = torch.where(lost, centres, unit_rows(total))
        return centres


def nearest_centres(rows: Tensor, centres: Tensor) -> Tensor:
    """Find the centre of each row's direction.

    Args:
        rows (Tensor): (N, D), N may be 0.
        centres (Tensor): (K, D) unit rows.

    Returns:
        Tensor: (N,) int64, the first of equally near ones.

    Example:
        >>> nearest_centres(torch.tensor([[3., 4.]]), torch.eye(2))
        tensor([1])
    """
    with torch.no_grad(), torch.autocast(rows.device.type, enabled=False):
        # A product (N, K) and no (N, K, D).
        return (rows.float() @ centres.T).argmax(1)


def _first_centres(rows: Tensor, draws: Tensor) -> Tensor:
    """Draw K rows by the shares that k-means++ gives them."""
    # Half the squared distance of unit rows is 1 - cos. At first: all alike.
    distance = rows.new_ones(len(rows))
    chosen = []
    for draw in draws:
        # Whole numbers: no small share is lost, and their sum does not depend
        # on its order. A GPU that must be deterministic sums no fractions so.
        share = (distance.double() * _PARTS).long().cumsum(0)
        wanted = (draw.double() * share[-1]).long()
        at = torch.searchsorted(share, wanted, right=True)
        centre = rows.index_select(0, at.clamp(max=len(rows) - 1).view(1))
        chosen.append(centre)
        new = (1 - rows @ centre[0]).clamp(min=0)
        distance = torch.minimum(distance, new) if chosen[1:] else new
    return torch.cat(chosen)
