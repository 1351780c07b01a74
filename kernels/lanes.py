"""Linear terms of four rows at a time, where the values of a row lie side by side in memory.

numba finds vectors along the rows of an array only, so it would have to turn squares of values
before it can add: that took 1.5 times as long. Addresses and indices are 64-bit integers, arrays
are 1-D, contiguous and float64; nothing is checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types

LANES = 4
"""Terms, and rows, of one step."""

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INT = ir.IntType(32)
_BYTES = ir.IntType(8).as_pointer()
_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)
_FLOATS = ir.VectorType(ir.FloatType(), LANES)


class _Code:
    """LLVM code of ``add_float32`` and ``add_float64``."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Any) -> None:
        self.context, self.builder, self.types, self.values = context, builder, signature.args, values

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

    def kept(self) -> Any:
        """Which of the four terms count: not the first ``skipped``."""
        skipped = self.builder.trunc(self.values[6], _INT)
        marks = [self.builder.icmp_signed("<=", skipped, _INT(k)) for k in range(LANES)]
        kept = ir.Constant(ir.VectorType(ir.IntType(1), LANES), ir.Undefined)
        for k, mark in enumerate(marks):
            kept = self.builder.insert_element(kept, mark, _INT(k))
        return kept


def _adder(kind: Any, arguments: tuple[Any, ...]) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = _Code(context, builder, signature, values)
        scale, centre, missing = (code.load(code.pointer(k, values[5])) for k in (2, 3, 4))
        none, kept = ir.Constant(_DOUBLES, [0.0] * LANES), code.kept()
        for k in range(LANES):
            x = code.row(k, kind)
            present = builder.fmul(scale, builder.fsub(x, centre))
            term = builder.select(builder.fcmp_unordered("uno", x, x), missing, present)
            lanes = code.pointer(7, builder.add(values[8], values[8].type(LANES * k)))
            total = builder.fadd(code.load(lanes), builder.select(kept, term, none))
            builder.store(total, lanes).align = 1
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
    lanes: Any,
    to: Any,
) -> Any:
    """Add terms t to t + 3 of four rows to ``lanes[to:]``, row after row, but the first ``skipped``.

    ``lanes[to + 4 i + j] += scale[t + j] * (x - centre[t + j])``, or ``missing[t + j]`` where x,
    the float64 at ``address + i * step + 8 j``, is NaN.
    """
    return _adder(_DOUBLES, (address, step, scale, centre, missing, t, skipped, lanes, to))


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
    lanes: Any,
    to: Any,
) -> Any:
    """The same for float32 values, 4 bytes apart."""
    return _adder(_FLOATS, (address, step, scale, centre, missing, t, skipped, lanes, to))


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
