"""spconv trains on the CPU, and rightly (trap 4)."""
import gc

import pytest
import torch
from torch.nn import functional as F

from reldistill_mm.compat.spconv_cpu import enable_spconv_on_cpu, indice_conv

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


def sparse_case(num_voxels=2000, channels=16, dtype=torch.float32):
    size = (20, 20, 10)
    where = torch.stack([torch.randint(0, s, (num_voxels, )) for s in size], 1)
    coors = F.pad(torch.unique(where, dim=0), (1, 0)).int()
    values = torch.randn(len(coors), channels, dtype=dtype)
    return spconv.SparseConvTensor(values, coors, size, 1)


def down_and_up(channels, dtype=torch.float32):
    """A U-Net's three kinds of layer, two of them on one table of pairs."""
    return spconv.SparseSequential(
        spconv.SubMConv3d(
            channels, 8, 3, padding=1, bias=False, indice_key='a'),
        spconv.SubMConv3d(8, 8, 3, padding=1, bias=False, indice_key='a'),
        spconv.SparseConv3d(8, 12, 2, stride=2, bias=False, indice_key='b'),
        spconv.SparseInverseConv3d(12, 4, 2, bias=False,
                                   indice_key='b')).to(dtype)


def run(net, case):
    net.zero_grad()
    case = case.replace_feature(case.features.detach().requires_grad_())
    out = net(case).features
    out.square().sum().backward()
    return (out.detach(), case.features.grad,
            *[p.grad.clone() for p in net.parameters()])


@pytest.mark.skipif(torch.cuda.is_available(), reason='the CPU patch is off')
def test_equals_spconvs_own(monkeypatch):
    """One thread: with more, spconv's own result is a matter of luck."""
    from spconv.pytorch import ops
    enable_spconv_on_cpu()
    threads = torch.get_num_threads()
    net, case = down_and_up(16), sparse_case()
    ours = run(net, case)
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    torch.set_num_threads(1)
    try:
        for name in ('indice_conv', 'indice_conv_backward'):
            monkeypatch.setattr(ops, name, getattr(ops, name).__wrapped__)
        theirs = run(net, case)
    finally:
        torch.set_num_threads(threads)
    for one, other in zip(ours, theirs):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize('dtype', [torch.float64, torch.bfloat16])
def test_other_dtypes(dtype):
    enable_spconv_on_cpu()
    net, case = down_and_up(16), sparse_case()
    expected = run(net, case)
    got = run(net.to(dtype), case.replace_feature(case.features.to(dtype)))
    tolerance = 1e-4 if dtype == torch.float64 else 0.05
    for one, other in zip(got, expected):
        assert one.dtype == dtype
        error = (one.float() - other).norm() / other.norm()
        assert error < tolerance


def test_a_lone_voxel_and_no_voxel():
    """No pairs but the centre's, and nothing at all."""
    enable_spconv_on_cpu()
    layer = spconv.SubMConv3d(16, 4, 3, padding=1, bias=False)
    case = sparse_case(num_voxels=1)
    out, grad, weight_grad = run(layer, case)
    center = layer.weight[:, 1, 1, 1]
    torch.testing.assert_close(out, case.features @ center.T)
    torch.testing.assert_close(grad, 2 * out @ center)
    assert weight_grad.count_nonzero() == center.numel()
    table = torch.full((2, 27, 0), -1, dtype=torch.int32)
    counts = torch.zeros(27, dtype=torch.int32)
    empty = indice_conv(
        torch.zeros(0, 16), layer.weight.detach(), table, counts, 0, False,
        True)
    assert empty.shape == (0, 4)


def test_the_table_of_pairs_is_not_kept_alive():
    from reldistill_mm.compat import spconv_cpu
    enable_spconv_on_cpu()
    gc.collect()
    before = len(spconv_cpu._seen)
    results = run(down_and_up(16), sparse_case())
    del results
    gc.collect()
    assert len(spconv_cpu._seen) == before


@pytest.mark.skipif(torch.cuda.is_available(), reason='the CPU patch is off')
def test_a_fused_activation_is_not_dropped():
    from spconv.pytorch import ops
    enable_spconv_on_cpu()
    activation = type(ops.indice_conv.__wrapped__.__defaults__[-1])
    with pytest.raises(AssertionError, match="don't support act"):
        ops.indice_conv(
            torch.zeros(2, 4),
            torch.zeros(4, 1, 1, 1, 4),
            torch.zeros(2, 1, 2).int(),
            torch.tensor([2]).int(),
            2,
            act_type=activation.ReLU)


def test_patching_twice_is_patching_once():
    from spconv.pytorch import ops
    enable_spconv_on_cpu()
    once = ops.indice_conv
    enable_spconv_on_cpu()
    assert ops.indice_conv is once


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
