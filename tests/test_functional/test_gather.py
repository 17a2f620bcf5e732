"""Two gloo processes get the gradients of one with all rows."""
import pytest
import torch
from torch import distributed as dist
from torch import multiprocessing as mp

from reldistill_mm.functional import (contrastive_loss, gather_rows,
                                      relational_cross_loss,
                                      relational_intra_loss, relational_losses,
                                      similarity_loss, unit_rows)


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


def one_rank(rank, sizes, folder, how):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', f'file://{folder}/rendezvous', rank=rank, world_size=2)
    points, pixels = (column[rank] for column in parts(sizes))
    model = torch.nn.parallel.DistributedDataParallel(layer())
    loss = total(*gather_rows(unit_rows(model(points)), pixels), **how)
    loss.backward()
    torch.save((loss.detach(), model.module.weight.grad),
               f'{folder}/{rank}.pt')
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize('sizes, how', [
    ([12, 12], {}),
    ([15, 0], {}),
    ([3, 20], dict(shard_over_ranks=True, tile_rows=4)),
    ([15, 0], dict(shard_over_ranks=True, tile_rows=20)),
    ([1, 0], dict(shard_over_ranks=True)),
    ([0, 0], dict(shard_over_ranks=True)),
])
def test_two_ranks_equal_one_process(sizes, how, tmp_path):
    """Also where one rank has no rows, or no tile."""
    mp.spawn(one_rank, (sizes, str(tmp_path), how), nprocs=2)
    model = layer()
    points, pixels = (torch.cat(column) for column in parts(sizes))
    loss = total(unit_rows(model(points)), pixels)
    loss.backward()
    for rank in range(2):
        found, grad = torch.load(tmp_path / f'{rank}.pt', weights_only=True)
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
    from reldistill_mm.functional import relational
    torch.manual_seed(0)
    student, teacher = unit_rows(torch.randn(2, 9, 4).flatten(0, 1)).split(9)
    student.requires_grad_()

    def run(rank, ranks):
        monkeypatch.setattr(relational, 'rank_and_world_size', lambda:
                            (rank, ranks))
        monkeypatch.setattr(relational.dist, 'all_reduce', lambda _: None)
        losses = torch.stack(
            relational_losses(
                student, teacher, tile_rows=2, shard_over_ranks=True))
        gradient, = torch.autograd.grad(losses.sum(), student)
        return losses.detach(), gradient

    whole, first, second = run(0, 1), run(0, 2), run(1, 2)
    for total, one, other in zip(whole, first, second):
        torch.testing.assert_close(one + other, total)
        assert not torch.allclose(one, total)
