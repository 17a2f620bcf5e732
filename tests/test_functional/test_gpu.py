"""The same on a GPU as on the CPU."""
import pytest
import torch
from torch import nn

from reldistill_mm import functional as F

pytestmark = pytest.mark.gpu
# The last one: what is hard-coded for the first fails where there are more.
GPU = f'cuda:{max(torch.cuda.device_count() - 1, 0)}'
LOSSES = dict(
    contrastive=F.contrastive_loss,
    similarity=F.similarity_loss,
    relational=lambda student, teacher: sum(
        F.relational_losses(student, teacher)))


@pytest.mark.parametrize('name', LOSSES)
def test_losses_and_gradients(name):
    rows = [F.unit_rows(each) for each in torch.randn(2, 300, 64)]
    found = []
    for device in ('cpu', GPU):
        student, teacher = (each.detach().to(device) for each in rows)
        student.requires_grad_()
        loss = LOSSES[name](student, teacher)
        loss.backward()
        found.append((loss.detach().cpu(), student.grad.cpu()))
    for on_cpu, on_gpu in zip(*found):
        torch.testing.assert_close(on_gpu, on_cpu, rtol=1e-3, atol=1e-6)


def test_voxels():
    clouds = [30 * torch.rand(count, 3) for count in (500, 1, 700)]
    on_cpu, on_gpu = (
        F.voxelize([cloud.to(device) for cloud in clouds],
                   torch.full((3, ), .1, device=device))
        for device in ('cpu', GPU))
    for wanted, found in zip(on_cpu, on_gpu):
        torch.testing.assert_close(found, wanted, check_device=False)


def test_batch_statistics_are_synchronised():
    """torch has SyncBatchNorm on GPUs alone; here of one process."""
    norm = nn.SyncBatchNorm(3).to(GPU)
    plain = nn.BatchNorm1d(3).to(GPU)
    rows = torch.randn(20, 3, device=GPU)
    torch.testing.assert_close(norm(rows), plain(rows))
