"""Several processes get the gradients of one with all rows."""
import pytest
import torch
from devices import IN_GROUPS, join_group
from torch import multiprocessing as mp

from reldistill_mm.compat.leave_group import leave_group
from reldistill_mm.functional import (contrastive_loss, gather_places,
                                      gather_rows, relational_cross_loss,
                                      relational_intra_loss, relational_losses,
                                      similarity_loss, unit_rows)
from reldistill_mm.functional.gather import _gather_uneven


def total(student, teacher, **how):
    return (sum(relational_losses(student, teacher, **how)) +
            2 * relational_cross_loss(student, teacher, **how) +
            3 * relational_intra_loss(student, teacher, **how) +
            similarity_loss(student, teacher) +
            contrastive_loss(student, teacher, symmetric=True))


def parts(sizes):
    torch.manual_seed(3)
    points, pixels = torch.randn(sum(sizes), 5), torch.randn(sum(sizes), 8)
    return points.split(sizes), unit_rows(pixels).split(sizes)


def layer():
    torch.manual_seed(4)
    return torch.nn.Linear(5, 8)


def one_rank(rank, backend, sizes, folder, how):
    device = join_group(backend, rank, len(sizes), folder)
    points, pixels = (column[rank].to(device) for column in parts(sizes))
    model = torch.nn.parallel.DistributedDataParallel(layer().to(device))
    rows = gather_rows(unit_rows(model(points)), pixels)
    # One process alone does not ask the backend; here it is asked anyway.
    alike, = _gather_uneven(rows[1])[-1:]
    assert torch.equal(alike, rows[1]) or len(sizes) > 1
    loss = total(*rows, **how)
    loss.backward()
    place = torch.full((sizes[rank], 4), float(rank), device=device)
    torch.save((loss.detach().cpu(), model.module.weight.grad.cpu(),
                gather_places(place).cpu()), f'{folder}/{rank}.pt')
    leave_group()


@pytest.mark.slow
@IN_GROUPS
@pytest.mark.parametrize('sizes, how', [
    ([12, 12], {}),
    ([15, 0], {}),
    ([3, 20], dict(shard_over_ranks=True, tile_rows=4)),
    ([15, 0], dict(shard_over_ranks=True, tile_rows=20)),
    ([1, 0], dict(shard_over_ranks=True)),
    ([0, 0], dict(shard_over_ranks=True)),
])
def test_ranks_equal_one_process(backend, world, sizes, how, tmp_path):
    """Also where one rank has no rows, or no tile."""
    sizes = sizes if world == 2 else [sum(sizes)]
    mp.spawn(one_rank, (backend, sizes, str(tmp_path), how), nprocs=world)
    model = layer()
    points, pixels = (torch.cat(column) for column in parts(sizes))
    loss = total(unit_rows(model(points)), pixels)
    loss.backward()
    for rank in range(world):
        found, grad, places = torch.load(
            tmp_path / f'{rank}.pt', weights_only=True)
        assert places[:, 1].tolist() == [
            float(each) for each, size in enumerate(sizes) for _ in range(size)
        ]
        # Samples of two ranks have two numbers.
        assert len(places[:, 0].unique()) == sum(map(bool, sizes))
        torch.testing.assert_close(found, loss.detach())
        torch.testing.assert_close(grad, model.weight.grad)


def test_one_process_is_left_alone():
    student, teacher = torch.randn(4, 3), torch.randn(4, 3)
    found = gather_rows(student, teacher)
    assert found[0] is student and found[1] is teacher
    alone = relational_losses(student, teacher, shard_over_ranks=True)
    torch.testing.assert_close(alone, relational_losses(student, teacher))


def test_ranks_sum_different_tiles(monkeypatch):
    """Without the exchange each holds a part; the parts are the whole."""
    from reldistill_mm.functional import relational_tiles
    torch.manual_seed(0)
    student, teacher = unit_rows(torch.randn(2, 9, 4).flatten(0, 1)).split(9)
    student.requires_grad_()

    def run(rank, ranks):
        monkeypatch.setattr(relational_tiles, 'rank_and_world_size', lambda:
                            (rank, ranks))
        monkeypatch.setattr(relational_tiles.dist, 'all_reduce',
                            lambda _: None)
        losses = torch.stack(
            relational_losses(
                student, teacher, tile_rows=2, shard_over_ranks=True))
        gradient, = torch.autograd.grad(losses.sum(), student)
        return losses.detach(), gradient

    whole, first, second = run(0, 1), run(0, 2), run(1, 2)
    for total, one, other in zip(whole, first, second):
        torch.testing.assert_close(one + other, total)
        assert not torch.allclose(one, total)
