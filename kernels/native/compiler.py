"""From a function of ``kernels.native`` to machine code that is called with one pointer.

The pointer is to 64-bit words, one after the other what the arguments are made of, as
``kernels.words`` lays them out. The function that numba makes of ``call`` below has numba's calling
convention: where the result goes, where an error goes, then the pointer; it returns 0 if all went
well.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, from_dtype, types
from numba.np.arrayobj import populate_array

from kernels.native.front_end import object_code
from kernels.words import Array, Kind, Scalar

_WORD = ir.IntType(64)
_WORDS = types.CPointer(types.int64)
_TUPLE: Any = types.BaseTuple  # its own type does not know `types`
_SCALARS = {Scalar.INTEGER: types.int64, Scalar.FLOAT: types.float64, Scalar.BOOLEAN: types.boolean}


def compile_kernel(module: str, function: str, kinds: tuple[Kind, ...]) -> tuple[str, bytes]:
    """The symbol and the object file of a kernel for arguments of these kinds."""
    kernel = getattr(importlib.import_module(f"kernels.native.{module}"), function)
    arguments = _reader(types.Tuple([_type(kind) for kind in kinds]))

    def call(words: Any) -> Any:
        return kernel(*arguments(words))

    return object_code(call, _WORDS)


def _type(kind: Kind) -> Any:
    if isinstance(kind, Array):
        return types.Array(from_dtype(np.dtype(kind.dtype)), kind.dimensions, "C")
    if isinstance(kind, Scalar):
        return _SCALARS[kind]
    return types.NamedTuple([_type(field) for field in kind.fields], kind.type)


def _reader(kind: Any) -> Any:
    """An intrinsic that makes the tuple of all arguments of the words."""

    @extending.intrinsic
    def arguments(_: Any, words: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return _Reader(context, builder, values[0]).read(kind)

        return kind(words), code

    return arguments


class _Reader:
    """LLVM code that reads words, one after the other."""

    def __init__(self, context: Any, builder: Any, words: Any) -> None:
        self._context, self._builder, self._words = context, builder, words
        self._next = 0

    def read(self, kind: Any) -> Any:
        """A value of numba's type ``kind``."""
        if isinstance(kind, types.Array):
            return self._array(kind)
        if isinstance(kind, _TUPLE):
            fields = [self.read(field) for field in kind.types]
            return self._context.make_tuple(self._builder, kind, fields)
        word = self._word()
        if kind == types.boolean:
            return self._builder.trunc(word, ir.IntType(1))
        return self._builder.bitcast(word, ir.DoubleType()) if kind == types.float64 else word

    def _word(self) -> Any:
        place = self._builder.gep(self._words, [_WORD(self._next)])
        self._next += 1
        return self._builder.load(place)

    def _array(self, kind: Any) -> Any:
        """Its address and its shape; it lies in C order."""
        made = self._context.make_array(kind)(self._context, self._builder)
        data = self._builder.inttoptr(self._word(), made.data.type)
        shape = [self._word() for _ in range(kind.ndim)]
        size = _WORD(self._context.get_abi_sizeof(self._context.get_data_type(kind.dtype)))
        strides = [size]
        for length in shape[:0:-1]:
            strides.insert(0, self._builder.mul(strides[0], length))
        populate_array(made, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)
        return made._getvalue()
