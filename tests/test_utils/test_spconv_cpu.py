"""spconv trains on the CPU, and rightly (trap 4)."""
import pytest
import torch
from torch.nn import functional as F

from reldistill_mm.utils.spconv_cpu import enable_spconv_on_cpu

spconv = pytest.importorskip('spconv.pytorch')


def dense_case(kind):
    """A fully occupied grid, where sparse and dense convolution agree."""
    size = (4, 6, 5)
    index = torch.stack(
        torch.meshgrid(*[torch.arange(s) for s in size], indexing='ij'),
        -1).reshape(-1, 3)
    coors = F.pad(index, (1, 0)).int()
    features = torch.randn(len(coors), 3, requires_grad=True)
    layer = kind(3, 7)
    return size, coors, features, layer


@pytest.mark.skipif(torch.cuda.is_available(), reason='the CPU patch is off')
@pytest.mark.parametrize('kind', [
    lambda i, o: spconv.SubMConv3d(i, o, 3, padding=1, bias=False),
    lambda i, o: spconv.SparseConv3d(i, o, 2, stride=2, bias=False),
])
def test_forward_and_backward_equal_dense(kind):
    assert enable_spconv_on_cpu()
    size, coors, features, layer = dense_case(kind)
    out = layer(spconv.SparseConvTensor(features, coors, size, 1)).dense()
    weights = torch.randn_like(out)
    (out * weights).sum().backward()

    dense = features.detach().clone().requires_grad_()
    kernel = layer.weight.detach().clone().requires_grad_()
    grid = dense.T.reshape(1, 3, *size)
    expected = F.conv3d(
        grid,
        # spconv 2 keeps (out, depth, height, width, in).
        kernel.permute(0, 4, 1, 2, 3),
        stride=layer.stride,
        padding=layer.padding)
    (expected * weights).sum().backward()
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(features.grad, dense.grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        layer.weight.grad, kernel.grad, rtol=1e-4, atol=1e-4)


def test_sums_repeat_to_the_bit():
    """spconv's own scatter races: with two threads a run in four differs."""
    size = (40, 40, 20)
    where = torch.stack([torch.randint(0, s, (9000, )) for s in size], 1)
    coors = F.pad(torch.unique(where, dim=0), (1, 0)).int()
    layer = spconv.SubMConv3d(16, 16, 3, padding=1, bias=False)
    values = torch.randn(len(coors), 16)

    def run():
        features = values.clone().requires_grad_()
        out = layer(spconv.SparseConvTensor(features, coors, size, 1)).features
        (out * torch.linspace(0, 1, out.numel()).view_as(out)).sum().backward()
        return out.detach(), features.grad

    first = run()
    for _ in range(20):
        for one, other in zip(first, run()):
            assert torch.equal(one, other)


def test_the_stream_is_patched_only_without_cuda(monkeypatch):
    from spconv.pytorch import ops
    monkeypatch.setattr(ops, 'get_current_stream', 'untouched')
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    assert enable_spconv_on_cpu()
    assert ops.get_current_stream == 'untouched'
