"""Sums over the rows of a block in fixed lanes: see ``kernels.generation``.

Typed vectors of eight, so that a sum has the same bits on every machine, whatever its own vectors;
left to itself, LLVM does not add in another order than it is told, one row at a time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

from kernels.generation import LANES, MEASURES

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INT, _INDEX = ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_MEASURES = len(MEASURES)


def _adder(arguments: tuple[Any, ...], amounts: Any) -> Any:
    """``arguments``: arrays of rate, limit, take-up and PD, two that ``amounts`` makes profit and
    loss of, the number of groups, the sums."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = signature.args
        arrays = {
            k: builder.bitcast(
                context.make_array(kind)(context, builder, values[k]).data, _VECTOR.as_pointer()
            )
            for k, kind in enumerate(kinds)
            if isinstance(kind, types.Array)
        }
        places = [builder.gep(arrays[7], [ir.Constant(_INDEX, m)]) for m in range(_MEASURES)]
        totals = [cgutils.alloca_once_value(builder, _load(builder, place)) for place in places]
        with cgutils.for_range(builder, values[6]) as loop:

            def rows(k: int) -> Any:
                if k in arrays:
                    return _load(builder, builder.gep(arrays[k], [loop.index]))
                return _all(builder, values[k])

            rate, limit, taken, pd = (rows(k) for k in range(4))
            profit, loss = amounts(builder, rate, pd, rows(4), rows(5))
            measured = _measures(builder, rate, limit, taken, pd, profit, loss)
            for total, value in zip(totals, measured, strict=True):
                builder.store(builder.fadd(builder.load(total), value), total)
        for total, place in zip(totals, places, strict=True):
            builder.store(builder.load(total), place).align = 8
        return context.get_dummy_value()

    return types.void(*arguments), code


@_intrinsic
def add_block(
    _: Any,
    rate: Any,
    limit: Any,
    taken: Any,
    pd: Any,
    profit: Any,
    loss: Any,
    groups: Any,
    lanes: Any,
) -> Any:
    """Add the measures of ``groups * LANES`` rows to ``lanes`` ``(len(MEASURES) * LANES,)``.

    Arrays are 1-D, contiguous and float64; nothing is checked.
    """
    return _adder((rate, limit, taken, pd, profit, loss, groups, lanes), _given)


@_intrinsic
def add_block_source(
    _: Any,
    rate: Any,
    limit: Any,
    taken: Any,
    pd: Any,
    cost: Any,
    lgd: Any,
    groups: Any,
    lanes: Any,
) -> Any:
    """The same in the mode SOURCE, whose amounts are made here, of two numbers."""
    return _adder((rate, limit, taken, pd, cost, lgd, groups, lanes), _of_source)


def _given(b: Any, rate: Any, pd: Any, profit: Any, loss: Any) -> tuple[Any, Any]:
    return profit, loss


def _of_source(b: Any, rate: Any, pd: Any, cost: Any, lgd: Any) -> tuple[Any, Any]:
    """As ``kernels.native.economics.source_amounts``."""
    one, loss = ir.Constant(_VECTOR, [1.0] * LANES), b.fmul(pd, lgd)
    return b.fsub(b.fmul(b.fsub(one, pd), b.fsub(rate, cost)), loss), loss


def _all(builder: Any, number: Any) -> Any:
    """A vector of one number."""
    none = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(none, number, ir.Constant(_INT, 0))
    zeros = ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
    return builder.shuffle_vector(first, none, zeros)


def _load(builder: Any, pointer: Any) -> Any:
    found = builder.load(pointer)
    found.align = 8
    return found


def _measures(
    b: Any, rate: Any, limit: Any, taken: Any, pd: Any, profit: Any, loss: Any
) -> list[Any]:
    """In the order of ``MEASURES``; profit before what bookings cost."""
    lent = b.fmul(taken, limit)
    return [
        b.fmul(lent, profit),
        b.fmul(lent, loss),
        lent,
        taken,
        b.fmul(lent, pd),
        b.fmul(taken, pd),
        limit,
        b.fmul(limit, pd),
        pd,
        rate,
        b.fmul(lent, rate),
        b.fmul(limit, rate),
    ]
