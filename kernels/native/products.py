"""Sums of products of columns, in fixed lanes: see ``kernels.irls``.

Typed vectors of eight, so that a sum has the same bits on every machine, and 16 sums in registers:
each column that is loaded is used four times. Left to itself, LLVM does not add in another order
than it is told, one row at a time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

from kernels.irls import FOUR, LANES

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INDEX = ir.IntType(64)
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)


def _adder(rows: int, arguments: tuple[Any, ...]) -> Any:
    """``arguments``: left columns and where, right columns and where, from a column to the next,
    the number of groups of eight rows, the sums and where."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def vectors(array: int, first: Any) -> Any:
            made = context.make_array(signature.args[array])(context, builder, values[array])
            return builder.bitcast(builder.gep(made.data, [first]), _VECTOR.as_pointer())

        def columns(array: int, count: int) -> list[Any]:
            starts = (builder.mul(values[4], _INDEX(k)) for k in range(count))
            return [vectors(array, builder.add(values[array + 1], start)) for start in starts]

        left, right = columns(0, rows), columns(2, FOUR)
        sums = vectors(6, values[7])
        places = [builder.gep(sums, [_INDEX(k)]) for k in range(rows * FOUR)]
        totals = [cgutils.alloca_once_value(builder, _load(builder, place)) for place in places]
        with cgutils.for_range(builder, values[5]) as loop:
            ones, others = (
                [_load(builder, builder.gep(column, [loop.index])) for column in side]
                for side in (left, right)
            )
            products = [builder.fmul(one, other) for one in ones for other in others]
            for total, product in zip(totals, products, strict=True):
                builder.store(builder.fadd(builder.load(total), product), total)
        for total, place in zip(totals, places, strict=True):
            builder.store(builder.load(total), place).align = 8
        return context.get_dummy_value()

    return types.void(*arguments), code


@_intrinsic
def add_four_by_four(
    _: Any,
    left: Any,
    left_at: Any,
    right: Any,
    right_at: Any,
    pitch: Any,
    groups: Any,
    sums: Any,
    at: Any,
) -> Any:
    """Add to ``sums[at:]`` ``(4, 4, LANES)`` products of four columns with four, over ``groups *
    LANES`` rows. Column k begins at ``left[left_at + k * pitch]``, ``right[right_at + k * pitch]``.

    Arrays are 1-D, contiguous and float64, the rest 64-bit integers; nothing is checked.
    """
    return _adder(FOUR, (left, left_at, right, right_at, pitch, groups, sums, at))


@_intrinsic
def add_one_by_four(
    _: Any,
    left: Any,
    left_at: Any,
    right: Any,
    right_at: Any,
    pitch: Any,
    groups: Any,
    sums: Any,
    at: Any,
) -> Any:
    """The same of one left column: ``(1, 4, LANES)``."""
    return _adder(1, (left, left_at, right, right_at, pitch, groups, sums, at))


def _load(builder: Any, pointer: Any) -> Any:
    found = builder.load(pointer)
    found.align = 8
    return found
