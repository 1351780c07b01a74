"""Memory at an address, read as numba cannot say by itself: typed LLVM operations.

Addresses and indices are 64-bit integers and not checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types

FOUR = 4
"""Rows, and columns, of the square that is turned at a time."""

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INT = ir.IntType(32)
_BYTES = ir.IntType(8).as_pointer()
_DOUBLES = ir.VectorType(ir.DoubleType(), FOUR)
_FLOATS = ir.VectorType(ir.FloatType(), FOUR)
_ORDER = ir.VectorType(_INT, FOUR)
_PAIRS = ((0, 4, 2, 6), (1, 5, 3, 7))  # of two rows: what belongs to even and to odd columns
_HALVES = ((0, 1, 4, 5), (2, 3, 6, 7))  # of two such pairs: the first two columns and the last


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


def _turn(row: Any, arguments: tuple[Any, ...]) -> Any:
    """Code that turns four vectors ``row``; arguments as those of ``turn_float32``."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        address, step, columns, to, width = values
        target = context.make_array(signature.args[2])(context, builder, columns).data

        def loaded(k: int) -> Any:
            place = builder.add(address, builder.mul(step, step.type(k)))
            found = builder.load(builder.inttoptr(place, row.as_pointer()))
            found.align = 1
            return found if row is _DOUBLES else builder.fpext(found, _DOUBLES)

        def mixed(one: Any, other: Any, order: tuple[int, ...]) -> Any:
            return builder.shuffle_vector(one, other, ir.Constant(_ORDER, list(order)))

        a, b, c, d = (loaded(k) for k in range(FOUR))
        pairs = [(mixed(a, b, order), mixed(c, d, order)) for order in _PAIRS]
        turned = [mixed(*pair, half) for half in _HALVES for pair in pairs]
        for k, column in enumerate(turned):
            place = builder.gep(target, [builder.add(to, builder.mul(width, width.type(k)))])
            builder.store(column, builder.bitcast(place, _DOUBLES.as_pointer())).align = 8
        return context.get_dummy_value()

    return types.void(*arguments), code


@_intrinsic
def turn_float32(_: Any, address: Any, step: Any, columns: Any, to: Any, width: Any) -> Any:
    """Turn a square of float32 into float64: ``columns[to + j * width + i]`` is value j of row i.

    ``step`` is the distance of two rows in bytes; ``columns`` is 1-D and contiguous.
    """
    return _turn(_FLOATS, (address, step, columns, to, width))


@_intrinsic
def turn_float64(_: Any, address: Any, step: Any, columns: Any, to: Any, width: Any) -> Any:
    """Turn a square of float64, as ``turn_float32``."""
    return _turn(_DOUBLES, (address, step, columns, to, width))
