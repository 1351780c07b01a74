"""Reading between the knots of a table, eight rows at a time.

Neighbours lie side by side, so a pair is one load; LLVM by itself gathers each corner alone.

Arrays are contiguous and float64, indices 64-bit integers; nothing is checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

from kernels.generation import LANES

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INT, _INDEX = ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_INDICES = ir.VectorType(_INDEX, LANES)
_PAIR = ir.VectorType(ir.DoubleType(), 2)


def _arrays(
    context: Any, builder: Any, signature: Any, values: Any, which: tuple[int, ...]
) -> list[Any]:
    """Where these arguments lie."""
    kinds = signature.args
    return [context.make_array(kinds[k])(context, builder, values[k]).data for k in which]


def _at(builder: Any, array: Any, group: Any, kind: Any) -> Any:
    """Where the eight of a group are."""
    return builder.gep(builder.bitcast(array, kind.as_pointer()), [group])


def _load(builder: Any, array: Any, group: Any, kind: Any = _VECTOR) -> Any:
    found = builder.load(_at(builder, array, group, kind))
    found.align = 8
    return found


def _joined(builder: Any, vectors: list[Any]) -> Any:
    """All elements in a row: halves are joined until one is left."""
    while len(vectors) > 1:
        size = 2 * vectors[0].type.count
        order = ir.Constant(ir.VectorType(_INT, size), list(range(size)))
        vectors = [
            builder.shuffle_vector(one, other, order)
            for one, other in zip(vectors[::2], vectors[1::2], strict=True)
        ]
    return vectors[0]


def _pairs(builder: Any, table: Any, places: Any) -> tuple[Any, Any]:
    """Of eight places: what is there, and what is behind."""
    found = []
    for lane in range(LANES):
        place = builder.gep(table, [builder.extract_element(places, _INT(lane))])
        pair = builder.load(builder.bitcast(place, _PAIR.as_pointer()))
        pair.align = 8
        found.append(pair)
    both = _joined(builder, found)
    first, second = (
        ir.Constant(ir.VectorType(_INT, LANES), list(range(k, 2 * LANES, 2))) for k in (0, 1)
    )
    none = ir.Constant(both.type, ir.Undefined)
    return builder.shuffle_vector(both, none, first), builder.shuffle_vector(both, none, second)


def _line(builder: Any, one: Any, other: Any, share: Any) -> Any:
    return builder.fadd(one, builder.fmul(share, builder.fsub(other, one)))


@_intrinsic
def between_two(_: Any, row: Any, at: Any, y: Any, groups: Any, out: Any) -> Any:
    """Of ``groups * LANES`` rows: ``row[at] + y (row[at + 1] - row[at])`` into ``out``."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        row, at, y, out = _arrays(context, builder, signature, values, (0, 1, 2, 4))
        with cgutils.for_range(builder, values[3]) as loop:
            one, other = _pairs(builder, row, _load(builder, at, loop.index, _INDICES))
            won = _line(builder, one, other, _load(builder, y, loop.index))
            builder.store(won, _at(builder, out, loop.index, _VECTOR)).align = 8
        return context.get_dummy_value()

    return types.void(row, at, y, groups, out), code


@_intrinsic
def between_four(
    _: Any, table: Any, at: Any, x: Any, y: Any, width: Any, groups: Any, out: Any
) -> Any:
    """The same between two rows of a table ``(rows, width)``, ``x`` from one to the next."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        table, at, x, y, out = _arrays(context, builder, signature, values, (0, 1, 2, 3, 6))
        below = builder.gep(table, [values[4]])
        with cgutils.for_range(builder, values[5]) as loop:
            places, share = _load(builder, at, loop.index, _INDICES), _load(builder, y, loop.index)
            low, high = (
                _line(builder, *_pairs(builder, rows, places), share) for rows in (table, below)
            )
            won = _line(builder, low, high, _load(builder, x, loop.index))
            builder.store(won, _at(builder, out, loop.index, _VECTOR)).align = 8
        return context.get_dummy_value()

    return types.void(table, at, x, y, width, groups, out), code
