"""Linear terms of four rows at a time, where the values of a row lie side by side in memory.

numba does not find these vectors: they go along a row, and their elements belong to different
terms. Measured on 1 M x 30 in memory, one thread: copying columns out of the rows first takes 2.0
(float64) to 2.5 times (float32) as long. Addresses and indices are 64-bit integers, arrays are 1-D,
contiguous and float64; nothing is checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types

from kernels.cards import FOUR

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INT = ir.IntType(32)
_BYTES = ir.IntType(8).as_pointer()
_DOUBLES = ir.VectorType(ir.DoubleType(), FOUR)
_FLOATS = ir.VectorType(ir.FloatType(), FOUR)
_PAIRS = ((0, 4, 2, 6), (1, 5, 3, 7))  # of two rows: even elements in turn, odd elements in turn
_HALVES = ((0, 1, 4, 5), (2, 3, 6, 7))  # of two vectors: first halves, second halves


class _Code:
    """LLVM code of ``add_float32`` and ``add_float64``."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Any) -> None:
        self.context, self.builder = context, builder
        self.types, self.values = signature.args, values

    def pointer(self, array: int, index: Any) -> Any:
        """Where argument ``array`` has four elements from ``index``."""
        made = self.context.make_array(self.types[array])
        data = made(self.context, self.builder, self.values[array]).data
        return self.builder.bitcast(self.builder.gep(data, [index]), _DOUBLES.as_pointer())

    def load(self, pointer: Any) -> Any:
        found = self.builder.load(pointer)
        found.align = 1
        return found

    def row(self, k: int, kind: Any) -> Any:
        """Four values of row k as float64."""
        address, step = self.values[:2]
        place = self.builder.add(address, self.builder.mul(step, step.type(k)))
        found = self.load(self.builder.inttoptr(place, kind.as_pointer()))
        return found if kind is _DOUBLES else self.builder.fpext(found, _DOUBLES)

    def mixed(self, one: Any, other: Any, order: tuple[int, ...]) -> Any:
        """Elements of two vectors, counted through both."""
        order_of = ir.Constant(ir.VectorType(_INT, FOUR), list(order))
        return self.builder.shuffle_vector(one, other, order_of)

    def kept(self) -> Any:
        """Which of the four terms count: not the first ``skipped``."""
        whole = ir.VectorType(ir.IntType(64), FOUR)
        none = ir.Constant(whole, ir.Undefined)
        first = self.builder.insert_element(none, self.values[6], _INT(0))
        skipped = self.mixed(first, none, (0,) * FOUR)
        return self.builder.icmp_signed("<=", skipped, ir.Constant(whole, list(range(FOUR))))


def _adder(kind: Any, arguments: tuple[Any, ...]) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = _Code(context, builder, signature, values)
        scale, centre, missing = (code.load(code.pointer(k, values[5])) for k in (2, 3, 4))
        none, kept = ir.Constant(_DOUBLES, [0.0] * FOUR), code.kept()

        def terms(k: int) -> Any:
            x = code.row(k, kind)
            present = builder.fmul(scale, builder.fsub(x, centre))
            term = builder.select(builder.fcmp_unordered("uno", x, x), missing, present)
            return builder.select(kept, term, none)

        def pairs(one: Any, other: Any) -> Any:
            """Of two rows a and b: a0 + a1, b0 + b1, a2 + a3, b2 + b3."""
            return builder.fadd(*(code.mixed(one, other, order) for order in _PAIRS))

        upper, lower = (pairs(terms(k), terms(k + 1)) for k in (0, 2))
        total = builder.fadd(*(code.mixed(upper, lower, order) for order in _HALVES))
        z = code.pointer(7, values[8])
        builder.store(builder.fadd(code.load(z), total), z).align = 1
        return context.get_dummy_value()

    return types.void(*arguments), code


@_intrinsic
def add_float64(
    _: Any,
    address: Any,
    step: Any,
    scale: Any,
    centre: Any,
    missing: Any,
    t: Any,
    skipped: Any,
    z: Any,
    to: Any,
) -> Any:
    """Add the sums of terms t to t + 3 of four rows to ``z[to:to + 4]``.

    A row's sum is ``(term 0 + term 1) + (term 2 + term 3)``; term j is ``scale[t + j] * (x -
    centre[t + j])``, or ``missing[t + j]`` where x, the float64 at ``address + row * step + 8 j``,
    is NaN; the first ``skipped`` terms are 0.
    """
    return _adder(_DOUBLES, (address, step, scale, centre, missing, t, skipped, z, to))


@_intrinsic
def add_float32(
    _: Any,
    address: Any,
    step: Any,
    scale: Any,
    centre: Any,
    missing: Any,
    t: Any,
    skipped: Any,
    z: Any,
    to: Any,
) -> Any:
    """The same for float32 values, 4 bytes apart."""
    return _adder(_FLOATS, (address, step, scale, centre, missing, t, skipped, z, to))


@_intrinsic
def prefetch(_: Any, address: Any) -> Any:
    """Start to load a cache line; the processor ignores an address that is not there."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        asked = ir.FunctionType(ir.VoidType(), [_BYTES, _INT, _INT, _INT])
        instruction = builder.module.declare_intrinsic("llvm.prefetch", [_BYTES], asked)
        read, keep, of_data = _INT(0), _INT(3), _INT(1)
        builder.call(instruction, [builder.inttoptr(values[0], _BYTES), read, keep, of_data])
        return context.get_dummy_value()

    return types.void(address), code
