"""spconv trains on the CPU, and rightly (trap 4)."""
import gc

import pytest
import torch
from torch.nn import functional as F

from reldistill_mm.compat import (sparse_convolution, sparse_pairs,
                                  sparse_products)
from reldistill_mm.compat.sparse_convolution import (indice_conv,
                                                     indice_conv_backward)
from reldistill_mm.compat.spconv_cpu import enable_spconv_on_cpu

spconv = pytest.importorskip('spconv.pytorch')


@pytest.fixture(params=['compiled', 'plain PyTorch'])
def way(request, monkeypatch):
    """Both ways of computing the same."""
    if request.param == 'compiled':
        assert sparse_convolution.find_kernels() is not None
    else:
        without_kernels(monkeypatch)


def without_kernels(monkeypatch):
    monkeypatch.setattr(sparse_convolution, 'find_kernels', lambda: None)


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


@pytest.mark.parametrize('kind', [
    lambda i, o: spconv.SubMConv3d(i, o, 3, padding=1, bias=False),
    lambda i, o: spconv.SparseConv3d(i, o, 2, stride=2, bias=False),
])
def test_forward_and_backward_equal_dense(kind, way):
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
    enable_spconv_on_cpu()
    gc.collect()
    before = len(sparse_pairs._seen)
    results = run(down_and_up(16), sparse_case())
    del results
    gc.collect()
    assert len(sparse_pairs._seen) == before


def test_a_fused_activation_is_not_dropped():
    from spconv.pytorch import ops
    enable_spconv_on_cpu()
    activation = type(ops.indice_conv.__wrapped__.__defaults__[-1])
    # Its builds for the CPU refuse it in Python, those for CUDA in C++.
    with pytest.raises((AssertionError, RuntimeError), match="don't support"):
        ops.indice_conv(
            torch.zeros(2, 4),
            torch.zeros(4, 1, 1, 1, 4),
            torch.zeros(2, 1, 2).int(),
            torch.tensor([2]).int(),
            2,
            act_type=activation.ReLU)


def test_the_algorithm_of_cuda_builds_knows_cpus():
    """They choose one that only knows CUDA; it comes back after each call."""
    from spconv.core import ConvAlgo
    enable_spconv_on_cpu()
    net, case = down_and_up(16), sparse_case()
    pool = spconv.SparseMaxPool3d(2, 2)
    for layer in (*net, pool):
        layer.algo = ConvAlgo.Native
    wanted, largest = run(net, case), pool(case).features
    for layer in (*net, pool):
        layer.algo = ConvAlgo.MaskImplicitGemm
    for one, other in zip(run(net, case), wanted):
        assert torch.equal(one, other)
    assert torch.equal(pool(case).features, largest)
    with pytest.raises(AssertionError):
        net(sparse_case(channels=3))
    assert all(layer.algo == ConvAlgo.MaskImplicitGemm for layer in net)


@pytest.mark.gpu
def test_cuda_tensors_keep_their_own_way():
    """And both ways come to the same; voxels there are in another order."""
    enable_spconv_on_cpu()
    net, case = down_and_up(16), sparse_case()
    wanted = run(net, case)
    there = spconv.SparseConvTensor(case.features.cuda(), case.indices.cuda(),
                                    case.spatial_shape, case.batch_size)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(sparse_convolution, 'find_kernels')
        found = run(net.cuda(), there)
    for one, other in zip(found, wanted):
        error = (one.cpu() - other).norm() / other.norm()
        assert error < 1e-3


def test_patching_twice_is_patching_once():
    from spconv.pytorch import ops
    enable_spconv_on_cpu()
    once = ops.indice_conv, spconv.SparseConv3d.forward
    enable_spconv_on_cpu()
    assert (ops.indice_conv, spconv.SparseConv3d.forward) == once


def test_sums_repeat_to_the_bit(way):
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


def slow_reference(x, weights, pairs):
    """Sum pair after pair in float64; ``pairs`` are (offset, in, out)."""
    out = x.new_zeros(1 + max(end for _, _, end in pairs), len(weights))
    for offset, start, end in pairs:
        out[end] += weights.flatten(1, -2)[:, offset] @ x[start]
    return out


@pytest.mark.parametrize('inverse', [False, True])
@pytest.mark.parametrize('tile_bytes', [1, 40_000, 1 << 30])
def test_tiles_change_nothing(inverse, tile_bytes, monkeypatch):
    """Rows in any order, an offset without pairs, rows without pairs."""
    monkeypatch.setattr(sparse_pairs, 'TILE_BYTES', tile_bytes)
    torch.manual_seed(0)
    counts, num_in, num_out = (700, 0, 300, 450), 900, 800
    table = torch.full((2, 4, num_in), -1, dtype=torch.int32)
    pairs = []
    for offset, count in enumerate(counts):
        # Both ends once per offset, as in any convolution.
        starts = torch.randperm(num_in)[:count]
        ends = torch.randperm(num_out - 1)[:count]
        table[0, offset, :count], table[1, offset, :count] = starts, ends
        pairs += [(offset, a, b)
                  for a, b in zip(starts.tolist(), ends.tolist())]
    pairs.append((1, 0, num_out - 1))
    table[:, 1, 0] = torch.tensor(pairs[-1][1:])
    sizes = torch.tensor((700, 1, 300, 450), dtype=torch.int32)
    if inverse:
        table = table.flip(0)
    x = torch.randn(num_in, 5, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(6, 2, 2, 5, dtype=torch.float64, requires_grad=True)
    expected = slow_reference(x, weights, pairs)
    upstream = torch.randn_like(expected)
    expected_grads = torch.autograd.grad(expected, (x, weights), upstream)
    args = (x.detach(), weights.detach())
    out = indice_conv(*args, table, sizes, num_out, inverse)
    grads = indice_conv_backward(*args, upstream, table, sizes, inverse)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(grads, expected_grads)


@pytest.mark.skipif(
    sparse_products._grouped_mm is None, reason='no grouped_mm before 2.10')
@pytest.mark.parametrize('tile_bytes', [40_000, 1 << 30])
def test_one_call_equals_many(tile_bytes, monkeypatch):
    """Small tiles in one call, their offsets one by one, spconv's own."""
    enable_spconv_on_cpu()
    monkeypatch.setattr(sparse_pairs, 'TILE_BYTES', tile_bytes)
    net, case = down_and_up(16), sparse_case()
    without_kernels(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(sparse_products, '_parts', None)
        at_once = run(net, case)
    monkeypatch.setattr(sparse_products, '_SMALL_BYTES', 0)
    for one, other in zip(at_once, run(net, case)):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize('tile_bytes', [1, 1 << 30])
def test_tiles_of_submanifold_layers(tile_bytes, monkeypatch):
    enable_spconv_on_cpu()
    net, case = down_and_up(16,
                            torch.float64), sparse_case(dtype=torch.float64)
    expected = run(net, case)
    monkeypatch.setattr(sparse_pairs, 'TILE_BYTES', tile_bytes)
    for one, other in zip(run(net, case), expected):
        torch.testing.assert_close(one, other)


def test_memory_of_inference_serves_training_too(monkeypatch):
    """Scratch memory made in inference mode could not be written later."""
    without_kernels(monkeypatch)
    sparse_products._memory.kept.clear()
    enable_spconv_on_cpu()
    net, case = down_and_up(16), sparse_case()
    with torch.inference_mode():
        expected = net(case).features
    torch.testing.assert_close(run(net, case)[0], expected)
