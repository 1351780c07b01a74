"""Eight float64 numbers as one, and which of eight: what parts that treat eight customers say.

``a + b``, ``a < b``, ``where(a < b, a, b)`` are typed vector operations, rounded one by one and
never fused: the bits are those of eight scalars, whatever vectors the machine has, and it does not
depend on what LLVM finds in a loop over eight accumulators.

Arrays are contiguous. ``row`` and ``put_row`` check their index where numba checks indices (it is
made unsigned, or each would also be looked at for being negative: 4 % of a call's time); what
``some_of`` reads and ``put_column`` writes is not checked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir
from numba import extending, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature

from kernels.native import part
from kernels.segment_plan import TOGETHER

Eight: TypeAlias = Any
"""Eight float64 numbers."""
Which: TypeAlias = Any
"""Which of eight."""

_intrinsic: Any = extending.intrinsic  # its own type asks callers for the first argument too

_INT = ir.IntType(32)
_DOUBLES = ir.VectorType(ir.DoubleType(), TOGETHER)
_BITS = ir.VectorType(ir.IntType(1), TOGETHER)


class _Vector(types.Type):
    """A type of numba's whose values are vectors of LLVM's."""

    def __init__(self, name: str, kind: Any) -> None:
        super().__init__(name=name)
        self.kind = kind


@extending.register_model(_Vector)
class _VectorModel(extending.models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, kind.kind)


_EIGHT, _WHICH = _Vector("Eight", _DOUBLES), _Vector("Which", _BITS)


def _operator(name: Any, of: Any, result: Any, generate: Callable[[Any, Any, Any], Any]) -> None:
    """Define an operator of two vectors."""

    @infer_global(name)
    class _Template(ConcreteTemplate):
        cases = (signature(result, of, of),)

    @extending.lower_builtin(name, of, of)
    def _(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return generate(builder, values[0], values[1])


_operator(operator.add, _EIGHT, _EIGHT, lambda b, x, y: b.fadd(x, y))
_operator(operator.sub, _EIGHT, _EIGHT, lambda b, x, y: b.fsub(x, y))
_operator(operator.mul, _EIGHT, _EIGHT, lambda b, x, y: b.fmul(x, y))
_operator(operator.truediv, _EIGHT, _EIGHT, lambda b, x, y: b.fdiv(x, y))
_operator(operator.lt, _EIGHT, _WHICH, lambda b, x, y: b.fcmp_ordered("<", x, y))
_operator(operator.eq, _EIGHT, _WHICH, lambda b, x, y: b.fcmp_ordered("==", x, y))
_operator(operator.and_, _WHICH, _WHICH, lambda b, x, y: b.and_(x, y))


def _llvm(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    """A function of LLVM's; llvmlite has no names for those of vectors."""
    module = builder.module
    kind = ir.FunctionType(result, arguments)
    return module.globals.get(name) or ir.Function(module, kind, name)


@_intrinsic
def eight(_: Any, x: Any) -> Any:
    """Eight times a float64."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        none = ir.Constant(_DOUBLES, ir.Undefined)
        first = builder.insert_element(none, values[0], _INT(0))
        return builder.shuffle_vector(
            first, none, ir.Constant(ir.VectorType(_INT, TOGETHER), [0] * TOGETHER)
        )

    return _EIGHT(types.float64), code


@_intrinsic
def known(_: Any, x: Any) -> Any:
    """Which are not NaN."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fcmp_ordered("ord", values[0], values[0])

    return _WHICH(x), code


@_intrinsic
def where(_: Any, which: Any, x: Any, y: Any) -> Any:
    """``x`` where ``which``, else ``y``."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(*values)

    return _EIGHT(which, x, y), code


@_intrinsic
def root(_: Any, x: Any) -> Any:
    """Square roots."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        of = _llvm(builder, f"llvm.sqrt.v{TOGETHER}f64", _DOUBLES, [_DOUBLES])
        return builder.call(of, values)

    return _EIGHT(x), code


@_intrinsic
def bits_of(_: Any, which: Any) -> Any:
    """``which`` as a byte, the first in its least bit."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.IntType(8))

    return types.uint8(which), code


@_intrinsic
def which_of(_: Any, bits: Any) -> Any:
    """The other way round."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], _BITS)

    return _WHICH(types.uint8), code


@_intrinsic
def below(_: Any, count: Any) -> Any:
    """The first ``count`` of eight; all, if there are more."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        whole = ir.VectorType(ir.IntType(64), TOGETHER)
        none = ir.Constant(whole, ir.Undefined)
        zeros = ir.Constant(ir.VectorType(_INT, TOGETHER), [0] * TOGETHER)
        first = builder.insert_element(none, values[0], _INT(0))
        counts = builder.shuffle_vector(first, none, zeros)
        return builder.icmp_signed("<", ir.Constant(whole, list(range(TOGETHER))), counts)

    return _WHICH(types.int64), code


def _address(context: Any, builder: Any, kind: Any, array: Any, at: Any = None) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return data if at is None else builder.gep(data, [at])


@_intrinsic
def _first(_: Any, x: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _address(context, builder, x, values[0])
        found = builder.load(builder.bitcast(place, _DOUBLES.as_pointer()))
        found.align = 8
        return found

    return _EIGHT(x), code


@_intrinsic
def _put_first(_: Any, x: Any, value: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _address(context, builder, x, values[0])
        builder.store(values[1], builder.bitcast(place, _DOUBLES.as_pointer())).align = 8
        return context.get_dummy_value()

    return types.void(x, _EIGHT), code


@part
def row(x: Any, r: int) -> Eight:
    """Row ``r`` of a float64 ``(rows, 8)``."""
    return _first(x[np.uint64(r)])


@part
def put_row(x: Any, r: int, value: Eight) -> None:
    """Set it."""
    _put_first(x[np.uint64(r)], value)


@_intrinsic
def some_of(_: Any, x: Any, at: Any, which: Any) -> Any:
    """Float32 or float64 from ``x[at]`` on, as float64: those of eight that ``which`` says; nothing
    else is read. The rest is NaN."""
    narrow = x.dtype is types.float32
    element = ir.FloatType() if narrow else ir.DoubleType()
    vector = ir.VectorType(element, TOGETHER)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _address(context, builder, x, values[0], values[1])
        place = builder.bitcast(place, vector.as_pointer())
        name = f"llvm.masked.load.v{TOGETHER}f{32 if narrow else 64}.p0"
        load = _llvm(builder, name, vector, [place.type, _INT, _BITS, vector])
        nan = ir.Constant(vector, [float("nan")] * TOGETHER)
        found = builder.call(load, [place, _INT(4 if narrow else 8), values[2], nan])
        return builder.fpext(found, _DOUBLES) if narrow else found

    return _EIGHT(x, types.int64, which), code


@_intrinsic
def put_column(_: Any, x: Any, r: Any, column: Any, value: Any) -> Any:
    """``value`` down a column of a float64 ``(rows, 8)``, from row ``r`` on.

    Eight columns at once, as a transposition of registers, were measured: as long for 123 rows, 1.3
    times as long for 12.
    """

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        index = ir.IntType(64)
        first = builder.add(builder.mul(values[1], index(TOGETHER)), values[2])
        place = _address(context, builder, x, values[0], first)
        for k in range(TOGETHER):
            number = builder.extract_element(values[3], _INT(k))
            builder.store(number, builder.gep(place, [index(TOGETHER * k)]))
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64, _EIGHT), code
