"""What LLVM compiles for sparse convolutions, against pair after pair."""
import multiprocessing
import sys

import pytest
import torch

from reldistill_mm.compat import (sparse_convolution, sparse_kernels,
                                  sparse_sums)
from reldistill_mm.compat.sparse_convolution import (indice_conv,
                                                     indice_conv_backward)
from reldistill_mm.compat.sparse_kernels import SWITCH, Kernels, find_kernels

NUM_IN, NUM_OUT = 900, 800
# Blocks of rows that are not full, an offset of one pair, one without.
COUNTS = 700, 1, 0, 300, 453, 8, 64, 65
# Of this machine's registers, and of smaller ones.
BLOCKS = None, (4, 16)


@pytest.fixture(params=BLOCKS, ids=str)
def kernels(request, monkeypatch):
    found = Kernels(request.param)
    monkeypatch.setattr(sparse_convolution, 'find_kernels', lambda: found)
    return found


def make_case(width_in, width_out):
    """Values, filters, gradient, table and counts; rows in any order."""
    torch.manual_seed(0)
    table = torch.full((2, len(COUNTS), NUM_IN), -1, dtype=torch.int32)
    for offset, count in enumerate(COUNTS):
        # Both ends once per offset, as in any convolution.
        table[0, offset, :count] = torch.randperm(NUM_IN)[:count]
        table[1, offset, :count] = torch.randperm(NUM_OUT - 1)[:count]
    return (torch.randn(NUM_IN,
                        width_in), torch.randn(width_out, 2, 2, 2, width_in),
            torch.randn(NUM_OUT, width_out), table,
            torch.tensor(COUNTS, dtype=torch.int32))


def slowly(x, filters, grad, table, counts):
    """Output and gradients in float64, pair after pair."""
    x, grad = x.double(), grad.double()
    weights = filters.double().flatten(1, -2)
    out, x_grad = grad.new_zeros(grad.shape), x.new_zeros(x.shape)
    filters_grad = torch.zeros_like(weights)
    for offset, count in enumerate(counts.tolist()):
        for start, end in table[:, offset, :count].T.tolist():
            out[end] += weights[:, offset] @ x[start]
            x_grad[start] += weights[:, offset].T @ grad[end]
            filters_grad[:, offset] += torch.outer(grad[end], x[start])
    return out, x_grad, filters_grad.view(filters.shape)


def quickly(x, filters, grad, table, counts):
    return (indice_conv(x, filters, table, counts, len(grad)),
            *indice_conv_backward(x, filters, grad, table, counts))


@pytest.mark.parametrize('widths', [(4, 16), (5, 7), (16, 48), (80, 33),
                                    (1, 1)])
def test_values_and_gradients_equal_the_slow_reference(widths, kernels):
    case = make_case(*widths)
    for found, wanted in zip(quickly(*case), slowly(*case)):
        assert found.dtype == torch.float32 and found.shape == wanted.shape
        torch.testing.assert_close(
            found.double(), wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize('threads', [1, 3])
@pytest.mark.parametrize('tile_bytes', [1, 100_000])
def test_tiles_and_threads(threads, tile_bytes, kernels, monkeypatch):
    case = make_case(16, 32)
    wanted = quickly(*case)
    before = torch.get_num_threads()
    monkeypatch.setattr(sparse_sums, '_TILE_BYTES', tile_bytes)
    torch.set_num_threads(threads)
    try:
        found = quickly(*case)
        for one, other in zip(found, quickly(*case)):
            assert torch.equal(one, other)
    finally:
        torch.set_num_threads(before)
    for one, other in zip(found[:2], wanted[:2]):
        assert torch.equal(one, other)
    torch.testing.assert_close(found[2], wanted[2], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize('dtype', [torch.float64, torch.float16])
def test_other_types(dtype, kernels):
    """PyTorch takes float64; 16 bits are computed in float32."""
    x, filters, grad, *pairs = make_case(16, 16)
    single = quickly(x, filters, grad, *pairs)
    found = quickly(x.to(dtype), filters.to(dtype), grad.to(dtype), *pairs)
    for one, other in zip(found, single):
        assert one.dtype == dtype
        torch.testing.assert_close(one.float(), other, rtol=.01, atol=.1)


@pytest.mark.parametrize('subm', [False, True])
def test_under_autocast(subm, kernels):
    """Products there become bfloat16, twice as many as fit the memory."""
    x, filters, grad, table, counts = make_case(16, 32)
    if subm:
        # The second half mirrors the first one, and the centre is none.
        table = table[:, :3, :]
        table = torch.cat([table, table.flip(0).flip(1)[:, 1:]], 1)
        filters = torch.randn(32, 5, 1, 1, 16)
        counts = counts[:3].repeat(2)[:5]
        x, grad = x[:NUM_OUT], grad[:NUM_OUT]
        table = table.clamp(max=NUM_OUT - 1)

    def both():
        return (indice_conv(x, filters, table, counts, len(grad),
                            subm=subm), *indice_conv_backward(
                                x, filters, grad, table, counts, subm=subm))

    wanted = both()
    with torch.autocast('cpu', torch.bfloat16):
        found = both()
    for one, other in zip(found, wanted):
        assert one.dtype == torch.float32
        assert torch.equal(one, other)


def test_memory_of_another_kind_is_refused(kernels):
    x = torch.zeros(2, 16)
    for wrong in (x.bfloat16(), x.T.contiguous().T):
        with pytest.raises(TypeError, match='rows of float32 are wanted'):
            kernels.multiply([], wrong, torch.zeros(1, 16, 16), x, False)


def test_rows_that_are_not_contiguous(kernels):
    x, filters, grad, *pairs = make_case(16, 32)
    wanted = quickly(x, filters, grad, *pairs)
    found = quickly(x.T.contiguous().T,
                    filters.transpose(0, 4).contiguous().transpose(0, 4),
                    grad[:1].expand(len(grad), -1), *pairs)
    assert torch.equal(found[0], wanted[0])
    table, counts = pairs
    wide = torch.full((2, len(COUNTS), NUM_IN + 5), -1, dtype=torch.int32)
    wide[..., :NUM_IN] = table
    found = quickly(x, filters,
                    grad.T.contiguous().T, wide[..., :NUM_IN], counts)
    for one, other in zip(found, wanted):
        assert torch.equal(one, other)


def test_no_pairs_at_all(kernels):
    x, filters, grad, table, counts = make_case(16, 16)
    for found in quickly(x, filters, grad, table, torch.zeros_like(counts)):
        assert not found.any()


def test_switched_off(monkeypatch):
    monkeypatch.setenv(SWITCH, '0')
    assert find_kernels.__wrapped__() is None


def test_plain_pytorch_where_llvm_is_missing(monkeypatch):
    case = make_case(16, 16)
    wanted = quickly(*case)
    monkeypatch.setitem(sys.modules, 'llvmlite.binding', None)
    with pytest.warns(UserWarning, match='plain PyTorch, which is slower: Mo'):
        assert find_kernels.__wrapped__() is None
    monkeypatch.setattr(sparse_convolution, 'find_kernels', lambda: None)
    for one, other in zip(quickly(*case), wanted):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-4)


def _in_a_fork(case, results):
    torch.set_num_threads(2)
    results.put([each.tolist() for each in quickly(*case)[:2]])


def test_a_forked_process_has_threads_of_its_own():
    case = make_case(16, 16)
    wanted = quickly(*case)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        quickly(*case)
        assert sparse_kernels._pool.cache_info().currsize == 1
    finally:
        torch.set_num_threads(before)
    context = multiprocessing.get_context('fork')
    results = context.Queue()
    process = context.Process(target=_in_a_fork, args=(case, results))
    process.start()
    found = results.get(timeout=60)
    process.join()
    assert found == [each.tolist() for each in wanted[:2]]
