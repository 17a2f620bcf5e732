"""K-means against loops in float64."""
import numpy as np
import pytest
import torch
from torch.nn.functional import normalize
from torch.utils._python_dispatch import TorchDispatchMode

from reldistill_mm.functional import cluster_centres, nearest_centres


def slow_centres(rows, draws, steps):
    rows = [row / max(np.linalg.norm(row), 1e-6) for row in rows]
    centres = []
    for draw in draws:
        weight = [
            min([((row - c)**2).sum() for c in centres], default=1.)
            for row in rows
        ]
        wanted, total = draw * sum(weight), 0.
        place = -1
        while place + 1 < len(rows) and total <= wanted:
            place += 1
            total += weight[place]
        centres.append(rows[place])
    for _ in range(steps):
        members = [[] for _ in centres]
        for row in rows:
            members[int(np.argmax([row @ c for c in centres]))].append(row)
        for place, own in enumerate(members):
            if own:
                total = np.sum(own, 0)
                centres[place] = total / np.linalg.norm(total)
    return np.array(centres)


def blobs(kinds, each, width=8):
    means = 3 * torch.eye(width)[:kinds]
    return torch.cat([m + 0.2 * torch.randn(each, width) for m in means])


@pytest.mark.parametrize('steps', [0, 1, 6])
@pytest.mark.parametrize('clusters', [1, 2, 5])
def test_against_loops(steps, clusters):
    rows = torch.randn(50, 6)
    draws = torch.rand(clusters)
    found = cluster_centres(rows, draws, steps)
    wanted = slow_centres(rows.double().numpy(), draws.tolist(), steps)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    nearest = (normalize(rows).double().numpy() @ wanted.T).argmax(1)
    assert nearest_centres(rows, found).tolist() == nearest.tolist()


def test_kinds_are_found():
    rows = blobs(4, 30)[torch.randperm(120)]
    kind = rows[:, :4].argmax(1)
    own = nearest_centres(rows, cluster_centres(rows, torch.rand(4)))
    pairs = {(int(k), int(o)) for k, o in zip(kind, own)}
    assert len(pairs) == 4


def test_the_length_of_rows_does_not_matter():
    rows, draws = blobs(3, 20), torch.rand(3)
    scaled = rows * (0.1 + 9 * torch.rand(60, 1))
    torch.testing.assert_close(
        cluster_centres(rows, draws), cluster_centres(scaled, draws))


@pytest.mark.parametrize('rows', [
    torch.randn(1, 4),
    torch.randn(3, 4),
    torch.ones(20, 4),
    torch.zeros(20, 4),
    torch.eye(2).repeat(10, 2),
])
def test_fewer_kinds_than_clusters(rows):
    centres = cluster_centres(rows, torch.rand(8))
    assert centres.shape == (8, 4) and centres.isfinite().all()
    own = nearest_centres(rows, centres)
    alike = normalize(rows) @ normalize(rows).T > 1 - 1e-6
    assert torch.equal(own[:, None] == own,
                       alike | (rows.norm(dim=1) == 0)[:, None])


def test_the_same_numbers_give_the_same_centres():
    rows, draws = torch.randn(300, 16).half(), torch.rand(7)
    first = cluster_centres(rows, draws)
    assert torch.equal(first, cluster_centres(rows, draws))
    assert not torch.equal(first, cluster_centres(rows, 1 - draws))


def test_no_rows_no_clusters_of_them():
    assert len(nearest_centres(torch.zeros(0, 4), torch.eye(4))) == 0


def test_no_gradient_and_no_lower_precision():
    rows = torch.randn(40, 8, requires_grad=True)
    draws = torch.rand(3)
    with torch.autocast('cpu', torch.bfloat16):
        centres = cluster_centres(rows, draws)
    assert centres.dtype == torch.float32 and not centres.requires_grad
    assert torch.equal(centres, cluster_centres(rows, draws))


class Watch(TorchDispatchMode):
    """Note the types of numbers that are summed up one after the other."""

    def __init__(self):
        super().__init__()
        self.summed = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if 'cumsum' in str(func):
            self.summed.append(args[0].dtype)
        return func(*args, **(kwargs or {}))


def test_a_deterministic_gpu_has_the_sums():
    """Of fractions, torch.use_deterministic_algorithms refuses cumsum()."""
    with Watch() as watch:
        cluster_centres(torch.randn(9, 4), torch.rand(3))
    assert set(watch.summed) == {torch.int64}
