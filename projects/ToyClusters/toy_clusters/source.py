"""Input points and a source representation of given structure.

Our reading of the paper's toy: a point of the plane (2D) or of space (3D) has
a source feature on the unit sphere in three dimensions. In the one-cluster
set-up inputs and source features form one cluster each, in the three-cluster
set-up three. The source has U = 0.89 and T = 0.66 (Figs. 2 to 4), T over all
pairs, since a toy point has no class: one round cluster with T = 0.66 has
U = 0.90, and three distinct clusters have U between 0.87 and 0.90.

The input determines its source feature but for a share of the spread inside
the cluster (``hidden``), as a LiDAR point does not show all that a pixel does.
"""
import math
from functools import cache
from typing import NamedTuple

import torch
from scipy.optimize import brentq
from torch import Tensor

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import tolerance, uniformity

UNIFORMITY, TOLERANCE = 0.89, 0.66
# Distance of the input clusters' centres from the origin; their standard
# deviation is 1.
_INPUT_RADIUS = 3.
# Source clusters of a flatter profile than Gaussian ones stay apart.
_FLAT = 0.6
# The precision that float32 features allow.
_PRECISE = 1e-6


class Points(NamedTuple):
    """Inputs (N, d), unit source features (N, 3), clusters (N,) int64."""
    inputs: Tensor
    source: Tensor
    cluster: Tensor


@cache
def make_points(clusters: int,
                dims: int,
                seed: int,
                hidden: float = 0.25,
                count: int = 300) -> Points:
    """Draw inputs and solve for a source of the given U and T.

    Args:
        clusters (int): Number of clusters, 1 or 3.
        dims (int): Dimensions of an input, 2 or 3. The third coordinate
            carries no information.
        seed (int): Seed for the draw.
        hidden (float): Share of the variance inside a source cluster that
            the inputs hide, in [0, 1]. Defaults to 0.25.
        count (int): Number of points N, a multiple of 3. Defaults to 300.

    Returns:
        Points: Points whose source has U and T as measured by
        :func:`reldistill_mm.functional.uniformity` and ``tolerance``.
    """
    if clusters not in (1, 3) or dims not in (2, 3):
        raise BadInput(f'The set-ups have 1 or 3 clusters in 2 or 3 '
                       f'dimensions, got {clusters} in {dims}.')
    generator = torch.Generator().manual_seed(seed)
    cluster = torch.arange(count) % clusters
    inner = torch.randn(count, dims, generator=generator)
    unseen = torch.randn(count, 2, generator=generator)
    shown = math.sqrt(1 - hidden) * inner[:, :2]
    spread = shown + math.sqrt(hidden) * unseen
    centre = _directions(clusters)[cluster]
    inputs = inner
    inputs[:, :2] += _INPUT_RADIUS * centre
    return Points(inputs, _solve(spread, centre, clusters), cluster)


def measured(features: Tensor) -> tuple:
    """Measure U and T of rows (N, 3), as if all were of one class."""
    labels = torch.zeros(len(features), dtype=torch.long)
    return (float(uniformity(features)),
            float(tolerance(features, labels, 1).overall))


def _solve(spread: Tensor, centre: Tensor, clusters: int) -> Tensor:
    """Meet two targets by two choices: scale, and shape or distance."""

    def build(free: float, scale: float) -> Tensor:
        power, apart = (free, 0.) if clusters == 1 else (_FLAT, free)
        length = spread.norm(dim=1, keepdim=True)
        return _onto_sphere(apart * centre +
                            scale * spread * length**(power - 1))

    def scale_of(free: float) -> float:
        return brentq(
            lambda scale: TOLERANCE - measured(build(free, scale))[1],
            0.,
            1.2,
            xtol=_PRECISE)

    # The heavier the tail of one cluster, or the farther apart three are, the
    # less uniform the source is at the same tolerance.
    low, high = (0.3, 3.) if clusters == 1 else (0., 0.62)
    free = brentq(
        lambda value: UNIFORMITY - measured(build(value, scale_of(value)))[0],
        low,
        high,
        xtol=_PRECISE)
    return build(free, scale_of(free))


def _directions(clusters: int) -> Tensor:
    """Return unit vectors (clusters, 2), 120 degrees apart; a single 0."""
    if clusters == 1:
        return torch.zeros(1, 2)
    angle = math.pi / 2 + 2 * math.pi * torch.arange(clusters) / clusters
    return torch.stack([angle.cos(), angle.sin()], 1)


def _onto_sphere(tangent: Tensor) -> Tensor:
    """Map (N, 2) to (N, 3) by the exponential map at the pole (0, 0, 1)."""
    angle = tangent.norm(dim=1, keepdim=True)
    # sinc avoids a division by an angle of 0.
    return torch.cat([tangent * torch.sinc(angle / math.pi), angle.cos()], 1)
