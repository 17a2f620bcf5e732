"""LLVM's code of the sparse convolution's two sums.

Both go through the pairs offset by offset, and through the columns in blocks
that fit the registers with several rows. Source: ours.
"""
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir

# What is multiplied has a multiple of so many columns.
COLUMNS = 16
# Arguments of each function: addresses, then numbers.
ROWS = ('values', 'weights', 'out')
TABLES = ('givers', 'receivers', 'begins', 'ends')
NUMBERS = ('depth', 'columns', 'step', 'stride', 'first', 'last')
# Pairs whose rows stay in the first cache.
_CHUNK = 64

_I32, _I64, _FLOAT = ir.IntType(32), ir.IntType(64), ir.FloatType()


def write_module(rows: int, columns: int) -> str:
    """Write the functions ``multiply`` and ``outer``.

    With ``values`` of ``depth`` and ``out`` of ``columns`` columns, both
    float32, for each offset from ``first`` to ``last``, excluded, whose pairs
    stand from ``begins[offset]`` to ``ends[offset]``, excluded, in ``givers``
    and ``receivers``, all int32, and whose weights begin ``step`` floats after
    those of the one before:

    - ``multiply``: ``out[receiver] += values[giver] @ weights[offset]``; the
      weights lie block of columns by block
    - ``outer``: ``weights[offset] += outer(values[giver], out[receiver])``;
      the weights' rows are ``stride`` floats apart

    An offset has each receiver once at most.

    Args:
        rows (int): Rows of a block.
        columns (int): Columns of a block, 16 or a multiple.

    Returns:
        str: The module.
    """
    module = ir.Module('sparse_kernels')
    _Function(module, 'multiply').write(_multiply, rows, columns)
    _Function(module, 'outer').write(_outer, rows, columns)
    return str(module)


class _Function:
    """One function that is being written.

    Variables live in memory here; LLVM puts them into registers.
    """

    def __init__(self, module: ir.Module, name: str) -> None:
        kinds = [
            *len(ROWS) * [_FLOAT.as_pointer()],
            *len(TABLES) * [_I32.as_pointer()], *len(NUMBERS) * [_I64]
        ]
        self.module = module
        self.function = ir.Function(module,
                                    ir.FunctionType(ir.VoidType(), kinds),
                                    name)
        self.of = dict(zip((*ROWS, *TABLES, *NUMBERS), self.function.args))
        for argument in self.function.args[:len(ROWS) + len(TABLES)]:
            argument.add_attribute('noalias')
        self._start = ir.IRBuilder(self.function.append_basic_block())
        self.ir = ir.IRBuilder(self.function.append_basic_block())

    def write(self, of_offset: Callable, *sizes: int) -> None:
        """Write a loop over offsets around ``of_offset``, and the end."""
        of = self.of
        with self.loop(of['first'], of['last']) as offset:
            pairs = [self.index(each, offset) for each in ('begins', 'ends')]
            of_offset(self, pairs, self.row(of['weights'], offset, of['step']),
                      *sizes)
        self.ir.ret_void()
        self._start.branch(self.function.blocks[1])

    def blocks(self, columns: int) -> Iterator[tuple[ir.Value, int]]:
        """Loop over the columns; give a block's first one and its width."""
        total = self.of['columns']
        whole = self.ir.sub(total, self.ir.srem(total, self.number(columns)))
        for start, stop, width in ((self.number(0), whole, columns),
                                   (whole, total, COLUMNS)):
            with self.loop(start, stop, width) as column:
                yield column, width

    def number(self, value: int) -> ir.Constant:
        return ir.Constant(_I64, value)

    def plus(self, value: ir.Value, count: int) -> ir.Value:
        return self.ir.add(value, self.number(count))

    def least(self, one: ir.Value, other: ir.Value) -> ir.Value:
        smaller = self.ir.icmp_signed('<', one, other)
        return self.ir.select(smaller, one, other)

    @contextmanager
    def loop(self,
             start: ir.Value,
             stop: ir.Value,
             step: int = 1) -> Iterator[ir.Value]:
        """Count from ``start`` to ``stop``, excluded."""
        code = self.ir
        counter = self._start.alloca(_I64)
        code.store(start, counter)
        head, body, end = (
            self.function.append_basic_block() for _ in range(3))
        code.branch(head)
        code.position_at_end(head)
        count = code.load(counter)
        code.cbranch(code.icmp_signed('<', count, stop), body, end)
        code.position_at_end(body)
        yield count
        code.store(self.plus(count, step), counter)
        code.branch(head)
        code.position_at_end(end)

    def sums(self, kind: ir.VectorType, count: int) -> list[ir.Value]:
        """Variables that are zero."""
        found = [self._start.alloca(kind) for _ in range(count)]
        for each in found:
            self.ir.store(ir.Constant(kind, kind.count * [0.]), each)
        return found

    def index(self, table: str, place: ir.Value) -> ir.Value:
        """Read a table."""
        value = self.ir.load(self.ir.gep(self.of[table], [place]))
        return self.ir.sext(value, _I64)

    def row(self, start: ir.Value, place: ir.Value,
            width: ir.Value) -> ir.Value:
        """Address of a row, or of the part of it at ``start``'s column."""
        return self.ir.gep(start, [self.ir.mul(place, width)])

    def vector(self, start: ir.Value, kind: ir.VectorType) -> ir.Value:
        return self.ir.load(self.ir.bitcast(start, kind.as_pointer()), align=4)

    def add_product(self, total: ir.Value, scalar: ir.Value,
                    vector: ir.Value) -> None:
        """``total += [scalar] * vector``."""
        code, kind = self.ir, vector.type
        undefined = ir.Constant(kind, ir.Undefined)
        first = code.insert_element(undefined, code.load(scalar),
                                    ir.Constant(_I32, 0))
        copies = code.shuffle_vector(
            first, undefined,
            ir.Constant(ir.VectorType(_I32, kind.count), kind.count * [0]))
        # In one instruction where the processor has it.
        name = f'llvm.fmuladd.v{kind.count}f32'
        multiply = self.module.globals.get(name) or ir.Function(
            self.module, ir.FunctionType(kind, 3 * [kind]), name)
        code.store(
            code.call(multiply,
                      [copies, vector, code.load(total)]), total)

    def add_to(self, start: ir.Value, total: ir.Value) -> None:
        """Add a sum to what stands at an address."""
        found = self.vector(start, total.type.pointee)
        place = self.ir.bitcast(start, total.type)
        self.ir.store(self.ir.fadd(found, self.ir.load(total)), place, align=4)


def _multiply(to: _Function, pairs: Sequence[ir.Value], weights: ir.Value,
              rows: int, columns: int) -> None:
    (begin, end), of = pairs, to.of
    for column, width in to.blocks(columns):
        kind = ir.VectorType(_FLOAT, width)
        block = to.row(weights, column, of['depth'])
        out = to.ir.gep(of['out'], [column])
        with to.loop(begin, end, rows) as pair:
            totals = to.sums(kind, rows)
            # Rows of the last block that are not there repeat the last one.
            last = to.plus(end, -1)
            values = [
                to.row(of['values'],
                       to.index('givers', to.least(to.plus(pair, row), last)),
                       of['depth']) for row in range(rows)
            ]
            with to.loop(to.number(0), of['depth']) as place:
                weight = to.vector(
                    to.row(block, place, to.number(width)), kind)
                for total, value in zip(totals, values):
                    to.add_product(total, to.ir.gep(value, [place]), weight)
            for row, total in enumerate(totals):
                place = to.plus(pair, row)
                with to.ir.if_then(to.ir.icmp_signed('<', place, end)):
                    receiver = to.index('receivers', place)
                    to.add_to(to.row(out, receiver, of['columns']), total)


def _outer(to: _Function, pairs: Sequence[ir.Value], weights: ir.Value,
           rows: int, columns: int) -> None:
    of = to.of
    start, stop = pairs
    with to.loop(start, stop, _CHUNK) as begin:
        end = to.least(to.plus(begin, _CHUNK), stop)
        for column, width in to.blocks(columns):
            kind = ir.VectorType(_FLOAT, width)
            block, out = (
                to.ir.gep(each, [column]) for each in (weights, of['out']))
            with to.loop(to.number(0), of['depth'], rows) as first:
                totals = to.sums(kind, rows)
                last = to.plus(of['depth'], -1)
                places = [
                    to.least(to.plus(first, row), last) for row in range(rows)
                ]
                with to.loop(begin, end) as pair:
                    value = to.row(of['values'], to.index('givers', pair),
                                   of['depth'])
                    receiver = to.index('receivers', pair)
                    other = to.vector(
                        to.row(out, receiver, of['columns']), kind)
                    for total, place in zip(totals, places):
                        to.add_product(total, to.ir.gep(value, [place]), other)
                for row, total in enumerate(totals):
                    place = to.plus(first, row)
                    with to.ir.if_then(
                            to.ir.icmp_signed('<', place, of['depth'])):
                        to.add_to(to.row(block, place, of['stride']), total)
